import type { Block } from '@ringzero/backend-interpreter/engine';
import { CompilationCredit } from './compilation-credit.ts';
import type { ResolvedOptions } from './options.ts';

/** With a threshold below this every execution counts. */
export const EXACT_BELOW = 1000;
/** Instructions that a VP retires while it starts. */
export const STARTED = 100_000_000;

type Thresholds = Pick<ResolvedOptions, 'threshold' | 'loopThreshold' | 'functionThreshold' | 'startFactor'>;

/** Decides when a block that tier 0 executes is worth a function. */
export class TierUp {
  readonly #block: number;
  readonly #loop: number;
  readonly #function: number;
  readonly #credit: CompilationCredit = new CompilationCredit();
  readonly #startFactor: number;
  /** No block is worth it before it has been executed more often than this. */
  readonly least: number;

  constructor({ threshold, loopThreshold, functionThreshold, startFactor }: Thresholds) {
    this.#block = threshold;
    this.#loop = loopThreshold;
    this.#function = functionThreshold;
    this.#startFactor = startFactor;
    this.least = loopThreshold / startFactor;
  }

  /** Whether a block that was executed more often than {@link least} shall be compiled now. @param retired instructions so far. */
  isDue({ hits, profile }: Block, retired: number): boolean {
    const isEarly = retired < STARTED && this.#startFactor > 1;
    const executions = isEarly ? hits * this.#startFactor : hits;
    if (executions <= this.#loop) return false;
    if (executions > this.#block || profile.isLoopHeader) return true;
    return profile.isFunction && executions > this.#function && (isEarly || this.#credit.has(retired));
  }

  /** V8 is given so many guest instructions to compile. */
  spend(instructions: number, retired: number): void {
    this.#credit.spend(instructions, retired);
  }
}
