/**
 * The generator of everything that a seed stands for: initial states, the window's contents, and what cases are made.
 * Recorded corpora depend on its sequence: a change needs a new format version.
 */
export class Sequence {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** The next int32 (a Weyl sequence through a 32-bit mixer). */
  next(): number {
    this.#state = (this.#state + 0x9e37_79b9) | 0;
    let x = this.#state;
    x = Math.imul(x ^ (x >>> 16), 0x21f0_aaad);
    x = Math.imul(x ^ (x >>> 15), 0x735a_2d97);
    return x ^ (x >>> 15);
  }

  /** An integer in [0, bound). */
  below(bound: number): number {
    return (this.next() >>> 0) % bound;
  }

  oneIn(count: number): boolean {
    return this.below(count) === 0;
  }

  pick<Value>(values: ArrayLike<Value>): Value {
    const value = values[this.below(values.length)];
    if (value === undefined) throw new RangeError('nothing to pick from');
    return value;
  }
}
