import { hostMilliseconds } from '@ringzero/backend-interpreter/engine';

/** How often something is seen, several looks at least, before it is asked how long that took, and in how many milliseconds that is often: leaving a region so often takes a few hundredths of them. */
const TIMES = 512;
const MILLISECONDS = 2;

interface Seen {
  times: number;
  since: number;
}

/** Tells what happens often, in relation to time, from what only adds up. */
export class OftenInTime<K extends object> {
  readonly #seen = new WeakMap<K, Seen>();

  /** Notes that it happened to `key` so many times more. Returns whether that is often. */
  isOften(key: K, times: number): boolean {
    const seen = this.#seen.get(key);
    if (seen === undefined) {
      this.#seen.set(key, { times, since: hostMilliseconds() });
      return false;
    }
    seen.times += times;
    if (seen.times < TIMES) return false;
    const now = hostMilliseconds();
    const isOften = now - seen.since < MILLISECONDS;
    seen.times = 0;
    seen.since = now;
    return isOften;
  }
}
