import { createEventLoop } from './event-loop.ts';

/**
 * A backend's bookkeeping for `Partition.requestYield`: one per processor.
 *
 * A request makes the processor return to the event loop at least once, so that whoever asked gets to run. Requests made
 * before the processor got there count as one.
 */
export class NeedsYield {
  #requested = false;
  readonly #turn: () => Promise<void>;

  /** `turn` returns to the event loop once; by default that of the host. */
  constructor(turn: () => Promise<void> = createEventLoop().turn) {
    this.#turn = turn;
  }

  /** Asks for a yield. True if the processor must be kicked out of guest code; false if a request is already under way. */
  requestYield(): boolean {
    if (this.#requested) return false;
    this.#requested = true;
    return true;
  }

  /** Whether a request is waiting. Cheap enough for every quantum. */
  get isRequested(): boolean {
    return this.#requested;
  }

  /** Returns to the event loop exactly once if that was requested since the last call, else does nothing. */
  async maybeYield(): Promise<void> {
    if (!this.#requested) return;
    // Cleared first: a request made during the yield asks for another one.
    this.#requested = false;
    await this.#turn();
  }
}
