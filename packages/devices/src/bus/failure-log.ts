/** Failures that are told; a guest may try again and again. */
const MOST_FAILURES = 100;

/** Tells the host of a device's failures, up to a number of them. */
export class FailureLog {
  readonly #log: (message: string) => void;
  #failures = 0;

  constructor(log: (message: string) => void) {
    this.#log = log;
  }

  /** Tells of a failure in a line, unless there were too many already. */
  tell(message: string): void {
    if (this.#failures > MOST_FAILURES) return;
    this.#failures++;
    this.#log(this.#failures <= MOST_FAILURES ? message : `${MOST_FAILURES} failures: further ones are not told`);
  }
}
