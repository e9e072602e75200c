/**
 * A drive's work on the host, one piece at a time. A reset cancels what a guest waits for, but what the host has begun goes on: the next
 * piece waits for its end. However often a guest resets, one piece runs and at most one waits.
 */
export class HostWork {
  #isBusy = false;
  #waiting: { readonly begin: () => void; readonly drop: () => void } | undefined;

  /** Does `work` when the one before is over. A promise that `drop` or another `run` overtakes is fulfilled without it. */
  run(work: () => void | Promise<void>): void | Promise<void> {
    if (!this.#isBusy) return this.#start(work);
    this.drop();
    return new Promise((resolve, reject) => {
      this.#waiting = {
        begin: () => {
          try {
            Promise.resolve(this.#start(work)).then(resolve, reject);
          } catch (error) {
            reject(error as Error);
          }
        },
        drop: resolve,
      };
    });
  }

  /** Forgets what has not begun. */
  drop(): void {
    this.#waiting?.drop();
    this.#waiting = undefined;
  }

  #start(work: () => void | Promise<void>): void | Promise<void> {
    const result = work();
    if (result === undefined) return;
    this.#isBusy = true;
    return result.finally(() => {
      this.#isBusy = false;
      const next = this.#waiting;
      this.#waiting = undefined;
      next?.begin();
    });
  }
}
