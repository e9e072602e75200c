import type { TimerHandle, VmClock } from '@ringzero/processor';

/** One re-armable timer of a device: arming it again forgets the earlier deadline. */
export class Deadline {
  readonly #clock: VmClock;
  readonly #callback: () => void;
  #handle: TimerHandle | undefined;

  constructor(clock: VmClock, callback: () => void) {
    this.#clock = clock;
    this.#callback = callback;
  }

  /** Whether the callback is still to come. */
  get armed(): boolean {
    return this.#handle !== undefined;
  }

  /** Calls back once at `time` (nanoseconds). */
  arm(time: number): void {
    this.#handle?.cancel();
    this.#handle = this.#clock.schedule(time, () => {
      this.#handle = undefined;
      this.#callback();
    });
  }

  /** Forgets the deadline. */
  disarm(): void {
    this.#handle?.cancel();
    this.#handle = undefined;
  }
}
