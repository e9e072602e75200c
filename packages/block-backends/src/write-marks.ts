/** When blocks were written, by marks that are set from time to time. */
export class WriteMarks {
  /** Behind all marks below this one. */
  #now = 1;
  readonly #written = new Map<number, number>();

  /** Sets a mark behind what was written so far. */
  set(): number {
    return this.#now++;
  }

  /** A block is being written. */
  note(index: number): void {
    this.#written.set(index, this.#now);
  }

  /** Those of `blocks` that were written behind `mark`, ascending; all without a mark. */
  behind<T>(blocks: ReadonlyMap<number, T>, mark = 0): (readonly [index: number, block: T])[] {
    return [...blocks].filter(([index]) => (this.#written.get(index) ?? 0) > mark).sort(([a], [b]) => a - b);
  }
}
