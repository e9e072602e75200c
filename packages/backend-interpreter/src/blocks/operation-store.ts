import { Operation } from '@ringzero/x86-semantics';

/** Decoded operations kept if nobody says. */
export const DEFAULT_CAPACITY = 300_000;
const SMALLEST_CAPACITY = 100;
const LARGEST_CAPACITY = 10_000_000;

/** Throws a RangeError that names the engine if a VP cannot keep so many operations. */
export function requireCapacity(engine: string, capacity: number): void {
  if (Number.isInteger(capacity) && capacity >= SMALLEST_CAPACITY && capacity <= LARGEST_CAPACITY) return;
  throw new RangeError(`${engine} decodedInstructions ${capacity}: expected an integer from ${SMALLEST_CAPACITY} to ${LARGEST_CAPACITY}`);
}

/** Operations that a guest has had decoded before there is a pool: most guests of tests and examples never do. */
const PATIENCE = 6000;
/** Shorter runs are left until their neighbours are free. */
const SHORTEST_RUN = 4;
/** Runs that are looked at for a block. */
const LOOKAHEAD = 8;

function unused(): Operation {
  throw new Error('an operation was executed that belongs to no block');
}

/**
 * Where operations of blocks come from: a pool, made once, in which those of a block lie side by side for good, since what cold
 * code waits for is memory. V8's collector would move a block's head away from the rest, because links lead to it, and would have
 * to mark and free what is dropped.
 *
 * What is released may still be executing. It is used again only after {@link recycle}, which the run loop calls with nothing
 * executing.
 */
export class OperationStore {
  /** Whether {@link recycle} has something to do. */
  isDue = false;
  readonly #capacity: number;
  #patience: number;
  #pool: readonly Operation[] = [];
  #isFree = new Uint8Array(0);
  /** Start and end of each free run, as far as known; what is left of the one that is taken from. */
  #runs: number[] = [];
  #run = 0;
  #at = 0;
  #end = 0;
  /** Operations released since the runs were looked for, and whether one was missed. */
  #released = 0;
  #isShort = false;

  /** @param capacity operations that are in blocks at a time, about. */
  constructor(capacity: number) {
    this.#capacity = capacity + (capacity >> 4);
    this.#patience = Math.min(PATIENCE, capacity >> 3);
  }

  /** Where `count` operations lie in the pool that are nobody's any more; −1 where none are found soon, or there is no pool. */
  reserve(count: number): number {
    if (this.#end - this.#at < count && !this.#nextRun(count)) {
      this.#missed(count);
      return -1;
    }
    const start = this.#at;
    this.#at += count;
    this.#isFree.fill(0, start, this.#at);
    return start;
  }

  /** Goes on with one of the next runs. Those before it that are too short come later. */
  #nextRun(count: number): boolean {
    const runs = this.#runs;
    const first = this.#run;
    for (let run = first; run < Math.min(runs.length, first + 2 * LOOKAHEAD); run += 2) {
      const [start, end] = [runs[run], runs[run + 1]];
      if (end - start < count) continue;
      runs[run] = runs[first];
      runs[run + 1] = runs[first + 1];
      this.#run = first + 2;
      this.#at = start;
      this.#end = end;
      return true;
    }
    return false;
  }

  /** The operations that `reserve` has found, or new ones. */
  operations(start: number, count: number): Operation[] {
    return start < 0 ? Array.from({ length: count }, () => new Operation(unused)) : this.#pool.slice(start, start + count);
  }

  /** The block that had them is dropped. */
  release(start: number, count: number): void {
    if (start < 0) return;
    this.#isFree.fill(1, start, start + count);
    this.#released += count;
    this.isDue ||= this.#isShort && this.#isWorthIt();
  }

  /** Makes the pool, or finds what was released. No operation may be executing. */
  recycle(): void {
    this.isDue = false;
    this.#isShort = false;
    this.#released = 0;
    if (this.#pool.length === 0) {
      this.#pool = Array.from({ length: this.#capacity }, () => new Operation(unused));
      this.#isFree = new Uint8Array(this.#capacity).fill(1);
    }
    this.#findRuns();
  }

  #missed(count: number): void {
    if (this.#pool.length === 0) {
      this.#patience -= count;
      this.isDue = this.#patience < 0;
      return;
    }
    this.#isShort = true;
    this.isDue = this.#isWorthIt();
  }

  #isWorthIt(): boolean {
    return this.#released > this.#capacity >> 4;
  }

  #findRuns(): void {
    const isFree = this.#isFree;
    this.#runs = [];
    this.#run = this.#at = this.#end = 0;
    for (let start = isFree.indexOf(1); start >= 0; ) {
      const found = isFree.indexOf(0, start);
      const end = found < 0 ? isFree.length : found;
      if (end - start >= SHORTEST_RUN) this.#runs.push(start, end);
      start = found < 0 ? -1 : isFree.indexOf(1, end);
    }
  }
}
