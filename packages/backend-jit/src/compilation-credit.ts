/** Guest instructions that are executed while V8 has one compiled, so that its thread has time left. */
const EXECUTED_FOR_ONE = 10_000;
/** What is saved up at most: a region, so that what has just become hot need not wait behind many. */
const MOST = 200;
/** And owed. */
const LEAST = -3_000;

/**
 * Whether V8 has time for functions that are not very hot. It takes about 0.14 ms for each guest instruction of a region. Where ever
 * new code becomes hot, regions that hardly pay for that make others wait; where all that is hot is known, they are worth having.
 */
export class CompilationCredit {
  #instructions = 0;
  #retired = 0;

  /** @param retired guest instructions executed so far. */
  has(retired: number): boolean {
    this.#earn(retired);
    return this.#instructions > 0;
  }

  /** V8 is given so many guest instructions to compile. */
  spend(instructions: number, retired: number): void {
    this.#earn(retired);
    this.#instructions = Math.max(LEAST, this.#instructions - instructions);
  }

  /** Before anything is spent: what was executed long ago pays for no more than the most that is saved up. */
  #earn(retired: number): void {
    this.#instructions = Math.min(MOST, this.#instructions + (retired - this.#retired) / EXECUTED_FOR_ONE);
    this.#retired = retired;
  }
}
