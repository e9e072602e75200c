import type { TimerHandle } from '@ringzero/processor';
import type { MachineClock } from './machine-clock.ts';
import { TimerQueue } from './timer-queue.ts';

/** One instruction takes 10 ns: a processor of 100 MIPS. */
export const NANOSECONDS_PER_INSTRUCTION = 10;
/** Instructions between two looks at the host when no timer is set. */
const LONGEST_QUANTUM = 10_000_000;

/** Time that advances with retired instructions alone: a run repeats to the bit, on any engine. */
export class VirtualClock implements MachineClock {
  readonly mode = 'virtual';
  readonly tscFrequency = 1_000_000_000;
  onIdle: (() => boolean) | undefined;
  readonly #timers = new TimerQueue();
  #now = 0;

  now(): number {
    return this.#now;
  }
  setNow(nanoseconds: number): void {
    this.#now = nanoseconds;
  }
  freeze(): () => void {
    return () => undefined;
  }
  advance(instructions: number): void {
    this.#now += instructions * NANOSECONDS_PER_INSTRUCTION;
  }
  quantum(): number {
    const left = Math.ceil((this.#timers.next - this.#now) / NANOSECONDS_PER_INSTRUCTION);
    return Math.min(LONGEST_QUANTUM, Math.max(1, left));
  }
  poll(): void {
    this.#timers.run(this.#now);
  }
  skipIdle(): boolean {
    if (this.onIdle?.() === true || this.#timers.next === Infinity) return false;
    this.#now = Math.max(this.#now, this.#timers.next);
    return true;
  }
  idleMilliseconds(): number {
    return this.#timers.next === Infinity ? Infinity : 0;
  }
  schedule(deadline: number, callback: () => void): TimerHandle {
    return this.#timers.schedule(deadline, callback);
  }
}
