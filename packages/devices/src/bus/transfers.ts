/** A device's request that the host works on. */
export interface Transfer {
  /** When it ends for the guest at the earliest, in the clock's nanoseconds. Part of the device's saved state. */
  readonly due: number;
  /** Its end is not told. The host may go on with it. */
  cancel(): void;
}

/**
 * Requests that take the host time. In real time they end when the host is done. In virtual time they end at a moment that
 * follows from the request alone: where the host is not done by then, the machine waits, and the guest does not notice.
 *
 * A device saves what a pending request was, with its `due`, and starts it again when it is restored.
 */
export interface Transfers {
  /**
   * Starts `work`, which must not touch the guest's memory or the device: those change in `done`, which is called in a timer's
   * place, never within `start`, with the error if `work` failed. `bytes` says how much is moved; `due` is a restored request's.
   */
  start(work: () => void | Promise<void>, bytes: number, done: (error?: unknown) => void, due?: number): Transfer;
}
