/** A timer that has been scheduled. */
export interface TimerHandle {
  /** Forgets the timer. Does nothing once it has fired or been cancelled. */
  cancel(): void;
  /** When it fires, in nanoseconds since the VM was created. */
  readonly deadline: number;
}

/**
 * Time of one VM, injected. Nothing in a backend or a device asks the host what time it is.
 *
 * Times are nanoseconds since the VM was created, as numbers (exact to 2^53 ns = 104 days).
 *
 * - `real`: the host's wall clock.
 * - `virtual`: time advances with retired instructions and jumps ahead while every processor is halted, so that a run
 *   repeats to the bit, on any backend.
 */
export interface VmClock {
  readonly mode: 'real' | 'virtual';
  /** Frequency in Hz of the time-stamp counter that the guest sees. */
  readonly tscFrequency: number;
  /** Time now, in nanoseconds. */
  now(): number;
  /**
   * virtual: the processor retired this many instructions since the last call. Called before every call-out to a device
   * and at the end of each quantum, so that `now()` is exact there. real: ignored.
   */
  advance(instructions: number): void;
  /**
   * The most instructions a processor may retire before `poll()` must be called again: in virtual mode until the next
   * timer's deadline (at least 1), in real mode a bounded quantum worth a few milliseconds.
   */
  quantum(): number;
  /** Runs every timer callback that is due. Callbacks may raise interrupts, which kick processors. */
  poll(): void;
  /**
   * All processors are halted. virtual: jumps to the next deadline and returns true, or returns false when there is
   * none (sleep until kicked). real: returns false.
   */
  skipIdle(): boolean;
  /** Milliseconds that the host may sleep until the next deadline, `Infinity` without one. */
  idleMilliseconds(): number;
  /** Schedules `callback` at `deadline` (nanoseconds); a past deadline is due at once. Ties fire in order of scheduling. */
  schedule(deadline: number, callback: () => void): TimerHandle;
}
