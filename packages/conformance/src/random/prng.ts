/** A seeded generator of pseudo-random numbers: the same seed gives the same sequence everywhere. */
export class Random {
  #state: number;

  constructor(seed: number) {
    // Neighbouring seeds must not give neighbouring sequences; a state of 0 would stay 0.
    this.#state = (Math.imul(seed + 1, 0x9e3779b1) ^ 0x5bd1e995) | 1;
    for (let i = 0; i < 4; i++) this.bits();
  }

  /** 32 random bits, unsigned (Marsaglia's xorshift, then a multiplication). */
  bits(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return (Math.imul(x, 0x2545f491) ^ (x >>> 15)) >>> 0;
  }

  /** An integer from 0 to `limit` − 1. */
  below(limit: number): number {
    return Math.floor((this.bits() / 0x1_0000_0000) * limit);
  }

  /** True once in `n` times. */
  oneIn(n: number): boolean {
    return this.below(n) === 0;
  }

  /** One of the entries. */
  pick<T>(entries: readonly T[]): T {
    return entries[this.below(entries.length)] as T;
  }

  /** A byte. */
  byte(): number {
    return this.below(256);
  }
}
