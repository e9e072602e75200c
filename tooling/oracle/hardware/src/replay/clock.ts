import type { TimerHandle, VmClock } from '@ringzero/processor';

/** Time for a machine without devices: no timer is ever due. */
export class PlainClock implements VmClock {
  readonly mode = 'virtual';
  readonly tscFrequency = 1_000_000_000;
  #now = 0;

  now(): number {
    return this.#now;
  }

  advance(instructions: number): void {
    this.#now += instructions;
  }

  quantum(): number {
    return 1_000_000;
  }

  poll(): void {}

  skipIdle(): boolean {
    return false;
  }

  idleMilliseconds(): number {
    return Infinity;
  }

  schedule(deadline: number): TimerHandle {
    throw new RangeError(`a timer at ${deadline} ns: the replay machine has none`);
  }
}
