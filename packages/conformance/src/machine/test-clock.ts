import type { TimerHandle, VmClock } from '@ringzero/processor';

/** Nanoseconds per instruction: 100 million per second. */
export const NANOSECONDS_PER_INSTRUCTION = 10;
/** Most instructions of a quantum without a timer. */
const QUANTUM = 100_000;

interface Timer {
  readonly deadline: number;
  readonly callback: () => void;
}

/** How a {@link TestClock} differs from a plain virtual one. */
export interface TestClockOptions {
  /** `real` takes its time from `now` instead of from instructions. */
  readonly mode?: 'real' | 'virtual';
  /** Host time in nanoseconds, for `real`. */
  readonly now?: () => number;
  /** Time at which the clock starts, for a machine that goes on where another stopped. */
  readonly start?: number;
}

/**
 * Time of a test: virtual unless told otherwise, so that a run repeats exactly. `onIdle` is called when the machine is
 * halted and no timer is left, which is how test programs end.
 */
export class TestClock implements VmClock {
  readonly mode: 'real' | 'virtual';
  readonly tscFrequency = 1_000_000_000;
  /** The machine is halted, and nothing in the clock will wake it. */
  onIdle: () => void = () => {};
  /** Instructions that the processor said it retired. */
  instructions = 0;
  #virtualNow: number;
  readonly #hostNow: () => number;
  #timers: Timer[] = [];
  #limit: Timer | undefined;

  constructor(options: TestClockOptions = {}) {
    this.mode = options.mode ?? 'virtual';
    this.#virtualNow = options.start ?? 0;
    this.#hostNow = options.now ?? (() => 0);
  }

  now(): number {
    return this.mode === 'virtual' ? this.#virtualNow : this.#hostNow();
  }

  advance(instructions: number): void {
    this.instructions += instructions;
    this.#virtualNow += instructions * NANOSECONDS_PER_INSTRUCTION;
  }

  quantum(): number {
    if (this.mode === 'real') return QUANTUM;
    const next = Math.min(this.#next()?.deadline ?? Infinity, this.#limit?.deadline ?? Infinity);
    return Math.max(1, Math.min(QUANTUM, Math.ceil((next - this.#virtualNow) / NANOSECONDS_PER_INSTRUCTION)));
  }

  poll(): void {
    for (let next = this.#next(); next !== undefined && next.deadline <= this.now(); next = this.#next()) {
      const due = next;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      due.callback();
    }
    if (this.#limit === undefined || this.#limit.deadline > this.now()) return;
    const { callback } = this.#limit;
    this.#limit = undefined;
    callback();
  }

  skipIdle(): boolean {
    const next = this.#next();
    if (next === undefined) {
      this.onIdle();
      return false;
    }
    if (this.mode === 'real') return false;
    this.#virtualNow = Math.max(this.#virtualNow, next.deadline);
    return true;
  }

  idleMilliseconds(): number {
    const next = this.#next();
    return next === undefined ? Infinity : Math.max(0, (next.deadline - this.now()) / 1e6);
  }

  schedule(deadline: number, callback: () => void): TimerHandle {
    const timer = { deadline, callback };
    this.#timers.push(timer);
    return { deadline, cancel: () => void (this.#timers = this.#timers.filter((other) => other !== timer)) };
  }

  /** Schedules `callback` after exactly this many more instructions. */
  afterInstructions(count: number, callback: () => void): TimerHandle {
    return this.schedule(this.now() + count * NANOSECONDS_PER_INSTRUCTION, callback);
  }

  /**
   * Calls `callback` after this many more instructions. Unlike a timer it does not keep an idle machine waiting, and there
   * is one at most; `undefined` takes it away.
   */
  limit(count: number, callback: (() => void) | undefined): void {
    this.#limit = callback && { deadline: this.now() + count * NANOSECONDS_PER_INSTRUCTION, callback };
  }

  #next(): Timer | undefined {
    let next: Timer | undefined;
    // The first of equals, so that ties fire in order.
    for (const timer of this.#timers) if (next === undefined || timer.deadline < next.deadline) next = timer;
    return next;
  }
}
