type Work = () => void | Promise<void>;

/**
 * What a device has the host do. A reset cancels what a guest waits for, but what the host has begun goes on, and keeps its buffers: all
 * work after a {@link HostWork.cancel} waits for its end. However often a guest resets its device, what it may have in flight runs once and
 * waits once; and what was cancelled never overtakes what came after it.
 *
 * In virtual time waiting is the host's affair alone: a transfer's end for the guest does not depend on it.
 */
export class HostWork {
  /** Pieces that have begun and are not over. */
  #running = 0;
  /** They were cancelled. */
  #isDraining = false;
  #waiting: { readonly begin: () => void; readonly drop: () => void }[] = [];

  /** Does `work`, once all that was cancelled is over. A promise of work that is cancelled before is fulfilled without it. */
  run(work: Work): void | Promise<void> {
    if (!this.#isDraining) return this.#start(work);
    return new Promise((resolve, reject) => {
      this.#waiting.push({
        begin: () => {
          try {
            Promise.resolve(this.#start(work)).then(resolve, reject);
          } catch (error) {
            reject(error as Error);
          }
        },
        drop: resolve,
      });
    });
  }

  /** Forgets what has not begun; work from now on waits for what has. */
  cancel(): void {
    const dropped = this.#waiting;
    this.#waiting = [];
    this.#isDraining = this.#running > 0;
    for (const { drop } of dropped) drop();
  }

  #start(work: Work): void | Promise<void> {
    const result = work();
    if (result === undefined) return;
    this.#running++;
    return result.finally(() => {
      this.#running--;
      if (this.#running > 0 || !this.#isDraining) return;
      this.#isDraining = false;
      const next = this.#waiting;
      this.#waiting = [];
      for (const { begin } of next) begin();
    });
  }
}
