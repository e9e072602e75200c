/** Runs that are looked at for one request. */
const LOOKAHEAD = 64;

/** Free runs of places, taken from one after the other. */
export class FreeRuns {
  /** Start and end of each; those before `#next` are taken. */
  #runs: number[] = [];
  #next = 0;
  /** What is left of the one that is taken from. */
  #at = 0;
  #end = 0;

  add(start: number, end: number): void {
    this.#runs.push(start, end);
  }

  clear(): void {
    this.#runs = [];
    this.#next = this.#at = this.#end = 0;
  }

  /** Where `count` places are, which are no longer free; −1 where none of the next runs is that long. */
  take(count: number): number {
    if (this.#end - this.#at < count && !this.#goOn(count)) return -1;
    const start = this.#at;
    this.#at += count;
    return start;
  }

  /** Goes on with one of the next runs. Those before it that are too short come later. */
  #goOn(count: number): boolean {
    const runs = this.#runs;
    const first = this.#next;
    for (let run = first; run < Math.min(runs.length, first + 2 * LOOKAHEAD); run += 2) {
      const [start, end] = [runs[run], runs[run + 1]];
      if (end - start < count) continue;
      runs[run] = runs[first];
      runs[run + 1] = runs[first + 1];
      this.#next = first + 2;
      this.#at = start;
      this.#end = end;
      return true;
    }
    return false;
  }
}
