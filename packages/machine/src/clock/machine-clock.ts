import type { VmClock } from '@ringzero/processor';

/** A VM's clock that its machine can also set and watch. */
export interface MachineClock extends VmClock {
  /** Sets the time, when a machine is restored. Timers stay at their deadlines: the devices schedule theirs again. */
  setNow(nanoseconds: number): void;
  /** Time stands still until the function that this gives is called: what devices make of a moment can be compared. */
  freeze(): () => void;
  /** Called when every VP waits for an event, before time is skipped or the host sleeps. Returning true keeps time where it is. */
  onIdle: (() => boolean) | undefined;
}
