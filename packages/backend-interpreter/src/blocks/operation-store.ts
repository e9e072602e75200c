import { Operation } from '@ringzero/x86-semantics';
import { FreeRuns } from './free-runs.ts';
import { OperationRows } from './operation-rows.ts';

/** Decoded operations kept if nobody says. */
export const DEFAULT_CAPACITY = 300_000;
const SMALLEST_CAPACITY = 100;
const LARGEST_CAPACITY = 10_000_000;

/** Throws a RangeError that names the engine if a VP cannot keep so many operations. */
export function requireCapacity(engine: string, capacity: number): void {
  if (Number.isInteger(capacity) && capacity >= SMALLEST_CAPACITY && capacity <= LARGEST_CAPACITY) return;
  throw new RangeError(`${engine} decodedInstructions ${capacity}: expected an integer from ${SMALLEST_CAPACITY} to ${LARGEST_CAPACITY}`);
}

/** Shorter runs are left until their neighbours are free. */
const SHORTEST_RUN = 4;
/** Runs of so many are kept for blocks of more than a few operations, since one of a hundred is as long as the longest block. */
const LONG_RUN = 64;
const FEW = 16;
/** The part of all operations, as a shift, for which it is worth to look for runs. */
const WORTH_SHIFT = 7;
/** Operations with rows that are in no block ({@link OperationStore.apart}), before those of the pool. */
const APART = 1024;

function unused(): Operation {
  throw new Error('an operation was executed that belongs to no block');
}

function create(): Operation {
  return new Operation(unused);
}

/**
 * Where operations of blocks come from: a pool, in which those of a block lie side by side for good, and so do their rows, since what
 * cold code waits for is memory. Each is made when it is first needed.
 *
 * What is released may still be executing. It is used again only after {@link recycle}, which is called with nothing
 * executing, by the run loop or where room must be made.
 */
export class OperationStore {
  /** Whether {@link recycle} has something to do. */
  isDue = false;
  readonly #capacity: number;
  /** What the dispatch switch reads of them. */
  readonly rows: OperationRows;
  readonly #isUsed: Uint8Array;
  #apart = 0;
  /** Free runs, as far as known. */
  readonly #short: FreeRuns = new FreeRuns();
  readonly #long: FreeRuns = new FreeRuns();
  /** Operations released since the runs were looked for, and whether one was missed. */
  #released = 0;
  #isShort = false;

  /** @param capacity operations that are in blocks at a time, about. */
  constructor(capacity: number) {
    this.#capacity = capacity + (capacity >> 4);
    this.#long.add(0, this.#capacity);
    this.#isUsed = new Uint8Array(this.#capacity);
    this.rows = new OperationRows(APART + this.#capacity);
  }

  /** Operations for good, their rows one behind the other, that are not for blocks. Throws a RangeError if there are no more. */
  apart(count: number): Operation[] {
    if (this.#apart + count > APART) throw new RangeError(`${count} operations apart: ${APART - this.#apart} are left`);
    const first = this.#apart + 1;
    this.#apart += count;
    return Array.from({ length: count }, (_, i) => this.rows.at(first + i, create));
  }

  /** Where `count` operations lie in the pool that are nobody's; −1 where none are found soon. */
  reserve(count: number): number {
    const [first, other] = count > FEW ? [this.#long, this.#short] : [this.#short, this.#long];
    let start = first.take(count);
    if (start < 0) start = other.take(count);
    if (start < 0) this.#missed();
    else this.#isUsed.fill(1, start, start + count);
    return start;
  }

  /** The operations that `reserve` has found, or new ones, which have no rows. */
  operations(start: number, count: number): Operation[] {
    // Array.from would look up the length and more by calls of V8's runtime.
    const operations: Operation[] = [];
    for (let i = 0; i < count; i++) operations.push(start < 0 ? create() : this.rows.at(1 + APART + start + i, create));
    return operations;
  }

  /** The block that had them is dropped. */
  release(start: number, count: number): void {
    if (start < 0) return;
    this.#isUsed.fill(0, start, start + count);
    this.#released += count;
    this.isDue ||= this.#isShort && this.#isWorthIt();
  }

  /** Finds what was released. No operation may be executing. */
  recycle(): void {
    this.isDue = false;
    this.#isShort = false;
    this.#released = 0;
    this.#findRuns();
  }

  #missed(): void {
    this.#isShort = true;
    this.isDue = this.#isWorthIt();
  }

  #isWorthIt(): boolean {
    return this.#released > this.#capacity >> WORTH_SHIFT;
  }

  #findRuns(): void {
    const isUsed = this.#isUsed;
    this.#short.clear();
    this.#long.clear();
    for (let start = isUsed.indexOf(0); start >= 0; ) {
      const found = isUsed.indexOf(1, start);
      const end = found < 0 ? isUsed.length : found;
      if (end - start >= LONG_RUN) this.#long.add(start, end);
      else if (end - start >= SHORTEST_RUN) this.#short.add(start, end);
      start = found < 0 ? -1 : isUsed.indexOf(0, end);
    }
  }
}
