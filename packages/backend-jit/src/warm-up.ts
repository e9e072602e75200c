import { hostMilliseconds } from '@ringzero/backend-interpreter/engine';
import { BUDGET, type Handler, type Operation } from '@ringzero/x86-semantics';

/** Entries of a region before V8 is asked to optimize it, as far as is counted: once a look stands for more, the first is enough, since all of the region has been rehearsed (ADR 28). */
export const FIRST_ASKED = 100;
/** Asked again after so many times more, for as long as that is less than V8 would take by itself: it may have had no time, or given up what ran into something new. */
const FACTOR = 4;
const LAST = 100_000;
/** Refused calls at most, and between two looks at the clock; and for how long, in milliseconds. */
const CALLS = 4_000;
const STRETCH = 100;
const PATIENCE = 0.25;

/**
 * Has V8 optimize a region long before it would by itself. It waits until a function has executed about a thousand times its
 * size, and up to then the region runs slower than in tier 0. V8 tells how much a call has executed from where it returns, less
 * what jumps skipped on the way; what a switch's table skips in Sparkplug's code it leaves in. A region that refuses to run for want
 * of budget goes by such a table to its very end (see `RegionEmitter`): each of those calls takes nanoseconds, and counts as an
 * execution of all of it.
 */
export class WarmUp {
  readonly #region: Handler;
  #entries = 0;
  #next: number = FIRST_ASKED;

  constructor(region: Handler) {
    this.#region = region;
  }

  /** Counts entries. Returns whether it is time to `ask`. */
  isDue(entries: number): boolean {
    return this.#next < LAST && (this.#entries += entries) >= this.#next;
  }

  /** Calls the region with a budget that it refuses, so often that V8 optimizes it. Changes nothing else. */
  ask(op: Operation, R: Int32Array): void {
    this.#next *= FACTOR;
    const region = this.#region;
    const budget = R[BUDGET];
    R[BUDGET] = -1;
    const end = hostMilliseconds() + PATIENCE;
    for (let calls = 0; calls < CALLS && hostMilliseconds() < end; calls += STRETCH) {
      for (let i = 0; i < STRETCH; i++) region(op);
    }
    R[BUDGET] = budget;
  }
}
