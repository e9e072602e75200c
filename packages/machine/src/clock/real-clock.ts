import type { TimerHandle } from '@ringzero/processor';
import type { MachineClock } from './machine-clock.ts';
import { IdleSlack } from './idle-slack.ts';
import { TimerQueue } from './timer-queue.ts';

/** Most instructions between two polls; at the speeds seen this is a few milliseconds at most. */
const QUANTUM = 250_000;
/** The same while a timer is overdue: long enough for its handler. */
const OVERDUE_QUANTUM = 20_000;
const NS_PER_MS = 1e6;

/** Time of the host, from a monotonic source in nanoseconds. */
export class RealClock implements MachineClock {
  readonly mode = 'real';
  readonly tscFrequency = 1_000_000_000;
  onIdle: (() => boolean) | undefined;
  readonly #source: () => number;
  readonly #timers = new TimerQueue();
  readonly #slack = new IdleSlack();
  #offset: number;
  /** The host's time at which this clock stands still. */
  #frozen: number | undefined;

  /** `source` gives nanoseconds that never go back. */
  constructor(source: () => number) {
    this.#source = source;
    this.#offset = source();
  }

  now(): number {
    return Math.floor((this.#frozen ?? this.#source()) - this.#offset);
  }
  setNow(nanoseconds: number): void {
    this.#offset = (this.#frozen ?? this.#source()) - nanoseconds;
  }
  freeze(): () => void {
    this.#frozen ??= this.#source();
    return () => void (this.#frozen = undefined);
  }
  /** The host's time passes by itself; instructions only tell whether the guest is idle. */
  advance(instructions: number): void {
    this.#slack.noteWork(instructions);
  }
  quantum(): number {
    return this.#timers.next <= this.now() ? OVERDUE_QUANTUM : QUANTUM;
  }
  poll(): void {
    this.#timers.runScheduled(this.now());
  }
  skipIdle(): boolean {
    return false;
  }
  idleMilliseconds(): number {
    if (this.onIdle?.() === true) return Infinity;
    const now = this.now();
    return Math.max(0, (this.#slack.extend(now, this.#timers.next) - now) / NS_PER_MS);
  }
  schedule(deadline: number, callback: () => void): TimerHandle {
    return this.#timers.schedule(deadline, callback);
  }
}
