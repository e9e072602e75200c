import type { TimerHandle, VmClock } from '@ringzero/processor';

/** Nanoseconds of the guest's time that a processor executes before the next one's turn. */
const SLICE = 200_000;

/** A processor as far as turns go. */
export interface TurnTaker {
  /** Whether somebody runs it. */
  readonly isActive: boolean;
  /** Whether it has instructions to execute, or an event to take. */
  readonly isRunnable: boolean;
}

/**
 * Who executes when several processors share virtual time: by the time alone, so that a run repeats to the bit however the host's
 * event loop goes, and goes on the same from a saved state. Each slice belongs to one processor, in turn; one that waits
 * leaves it to the next that does not.
 *
 * Processors wake each other by what they do to devices and APICs, which is at an exact instruction; the slice is then looked at anew.
 */
export class Turns {
  readonly #clock: VmClock;
  readonly #takers: readonly TurnTaker[];
  #sliceEnd: TimerHandle | undefined;

  constructor(clock: VmClock, takers: readonly TurnTaker[]) {
    this.#clock = clock;
    this.#takers = takers;
  }

  /** Whether it is `taker`'s turn. */
  isOf(taker: TurnTaker): boolean {
    const first = Math.floor(this.#clock.now() / SLICE);
    const count = this.#takers.length;
    for (let i = 0; i < count; i++) {
      const candidate = this.#takers[(first + i) % count];
      if (candidate.isActive && candidate.isRunnable) return candidate === taker;
    }
    return true;
  }

  /** A stretch of execution begins: the clock's quantum ends with the slice. */
  begin(): void {
    this.#sliceEnd = this.#clock.schedule((Math.floor(this.#clock.now() / SLICE) + 1) * SLICE, () => undefined);
  }

  /** The stretch is over. */
  end(): void {
    this.#sliceEnd?.cancel();
    this.#sliceEnd = undefined;
  }

  /** Some processor may have been woken: a stretch that is under way ends. */
  woken(): void {
    if (this.#sliceEnd === undefined) return;
    this.end();
    this.#sliceEnd = this.#clock.schedule(this.#clock.now(), () => undefined);
  }
}
