import type { TimerHandle, VmClock } from '@ringzero/processor';

interface Timer extends TimerHandle {
  readonly callback: () => void;
  readonly order: number;
}

/** A clock that a test moves by hand: `advanceTo` runs the due timers one by one, each at its own deadline. */
export class ManualClock implements VmClock {
  mode: VmClock['mode'] = 'virtual';
  readonly tscFrequency = 1_000_000_000;
  #now = 0;
  #order = 0;
  #timers: Timer[] = [];

  now(): number {
    return this.#now;
  }

  get pending(): number {
    return this.#timers.length;
  }

  advance(instructions: number): void {
    this.#now += instructions * 10;
  }

  quantum(): number {
    return 1000;
  }

  poll(): void {
    this.advanceTo(this.#now);
  }

  skipIdle(): boolean {
    const next = this.#next(Infinity);
    if (next === undefined) return false;
    this.advanceTo(next.deadline);
    return true;
  }

  idleMilliseconds(): number {
    const next = this.#next(Infinity);
    return next === undefined ? Infinity : Math.max(0, next.deadline - this.#now) / 1e6;
  }

  schedule(deadline: number, callback: () => void): TimerHandle {
    const timer: Timer = { deadline, callback, order: this.#order++, cancel: () => void (this.#timers = this.#timers.filter((other) => other !== timer)) };
    this.#timers.push(timer);
    return timer;
  }

  advanceTo(time: number): void {
    for (let timer = this.#next(time); timer !== undefined; timer = this.#next(time)) {
      timer.cancel();
      this.#now = Math.max(this.#now, timer.deadline);
      timer.callback();
    }
    this.#now = Math.max(this.#now, time);
  }

  advanceBy(nanoseconds: number): void {
    this.advanceTo(this.#now + nanoseconds);
  }

  #next(limit: number): Timer | undefined {
    return this.#timers
      .filter((timer) => timer.deadline <= limit)
      .sort((a, b) => a.deadline - b.deadline || a.order - b.order)[0];
  }
}

/** An interrupt line that remembers what it was set to. */
export class RecordingLine {
  level = false;
  /** Number of changes from low to high. */
  rises = 0;
  /** Whether processors take what it interrupts with. */
  isTaken = true;

  set(level: boolean): boolean | void {
    const isRise = level && !this.level;
    this.level = level;
    if (!isRise) return;
    if (this.isTaken) this.rises++;
    return this.isTaken;
  }
}

/** A state after a trip through JSON, as a snapshot file takes it. */
export function throughJson<T>(state: T): T {
  return JSON.parse(JSON.stringify(state)) as T;
}
