/** Says that a stop was requested. There is one such value; test for it with {@link isVpStopped}. */
export interface VpStopped {
  readonly kind: 'vpStopped';
}

const STOPPED: VpStopped = Object.freeze({ kind: 'vpStopped' });

/** Whether the outcome of {@link StopVp.untilStop} is the stop rather than the promise's own value. */
export function isVpStopped(value: unknown): value is VpStopped {
  return value === STOPPED;
}

/**
 * The view that a running processor has of a stop request. A request is for good: a source stops once, and a new run
 * takes a new source.
 */
export interface StopVp {
  /** The token once a stop has been requested, else `undefined`. Throws nothing, allocates nothing. */
  check(): VpStopped | undefined;
  /**
   * Waits for `promise`, but not beyond a stop: settles as the promise does, or with {@link VpStopped} as soon as a stop
   * is requested. The promise itself is not cancelled, and a rejection after the stop is nobody's.
   */
  untilStop<T>(promise: PromiseLike<T>): Promise<T | VpStopped>;
}

/** Asks processors to leave `runVp`. One source may serve any number of processors. */
export class StopVpSource {
  #stopping = false;
  /** Waits that a stop must end. A wait leaves the set when it settles, so that a long run accumulates nothing. */
  readonly #waits: Set<() => void> = new Set<() => void>();

  /** Whether {@link stop} was called. */
  get isStopping(): boolean {
    return this.#stopping;
  }

  /** Requests the stop. Idempotent. */
  stop(): void {
    if (this.#stopping) return;
    this.#stopping = true;
    for (const end of [...this.#waits]) end();
    this.#waits.clear();
  }

  /** A view to hand to `runVp`. */
  checker(): StopVp {
    return {
      check: () => (this.#stopping ? STOPPED : undefined),
      untilStop: <T>(promise: PromiseLike<T>) => this.#untilStop(promise),
    };
  }

  #untilStop<T>(promise: PromiseLike<T>): Promise<T | VpStopped> {
    return new Promise<T | VpStopped>((resolve, reject) => {
      const end = (): void => resolve(STOPPED);
      // Attached even when the stop came first: an unobserved rejection would otherwise bring the host down.
      promise.then(
        (value) => {
          this.#waits.delete(end);
          resolve(value);
        },
        (error: unknown) => {
          this.#waits.delete(end);
          reject(error);
        },
      );
      if (this.#stopping) end();
      else this.#waits.add(end);
    });
  }
}
