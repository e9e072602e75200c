// The inputs of the recorded hardware vectors: the same tables and draws as tooling/oracle/simd/generate.c.

const COUNT = 1;
const SINGLE = 2;
const DOUBLE = 3;
const STRING = 4;

// prettier-ignore
const SINGLES = [
  0, 0x3f800000, 0x7f800000, 0x7fc00000, 0x7f800001, 0x7fffffff, 1, 0x007fffff, 0x00800000, 0x00800001, 0x7f7fffff, 0x7f000000,
  0x4f000000, 0x4effffff, 0x3f000000, 0x3fc00000, 0x40200000, 0x34000000, 0x33800000, 0x5f000000, 0x3f7fffff, 0x00ffffff,
];
// prettier-ignore
const DOUBLES = [
  0, 0x3ff00000, 0x7ff00000, 0x7ff80000, 0x7ff40000, 0x7fffffff, 0x000fffff, 0x00100000, 0x7fefffff, 0x7fe00000, 0x41dfffff,
  0x41e00000, 0x3fe00000, 0x3ff80000, 0x40040000, 0x3cb00000, 0x3ca00000, 0x47efffff, 0x38100000, 0x380fffff, 0x36a00000, 0x43e00000,
];
const LETTERS = [0x61, 0x62, 0x63, 0x80, 0x7f, 0x60, 0x61, 0x62];

/** What an instruction found: registers, 24 bytes of memory, MXCSR, and what decides about its operands. */
export interface HardwareInput {
  readonly xmm0: Uint8Array;
  readonly xmm1: Uint8Array;
  readonly mm0: Uint8Array;
  readonly mm1: Uint8Array;
  readonly memory: Uint8Array;
  readonly eax: number;
  readonly ecx: number;
  readonly edx: number;
  readonly mxcsr: number;
  /** Abridged x87 tags, as FXRSTOR takes them. */
  readonly tags: number;
  readonly immediate: number;
  /** Whether an operand that may be in memory is. */
  readonly wantsMemory: boolean;
  /** Of an operand in memory, in bytes. */
  readonly misalignment: number;
}

/** Draws the inputs of every case from a seed. */
export class HardwareInputs {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  next(): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return this.#state >>> 0;
  }

  #single(): number {
    const kind = this.next() & 15;
    const r = this.next();
    const m = this.next();
    const sign = m & 0x80000000;
    if (kind < 3) return sign | SINGLES[r % SINGLES.length]!;
    if (kind === 3) return sign | ((m & 0x7fffff) >> (r % 23));
    if (kind === 4) return m;
    if (kind === 5) return sign | ((1 + (r % 30)) << 23) | (m & 0x7fffff);
    if (kind === 6) return sign | ((254 - (r % 30)) << 23) | (m & 0x7fffff);
    if (kind < 10) return sign | ((120 + (r % 12)) << 23) | (m & 0x7fffff & (-1 << ((r >>> 8) % 24)));
    return sign | ((110 + (r % 50)) << 23) | (m & 0x7fffff);
  }

  #real(to: Uint32Array, at: number): void {
    const kind = this.next() & 15;
    const r = this.next();
    const m = this.next();
    let low = this.next();
    const sign = m & 0x80000000;
    let high = m & 0xfffff;
    if (kind < 3) {
      high = DOUBLES[r % DOUBLES.length]!;
      low = (r & 0x1000) !== 0 ? low : (r & 0x2000) !== 0 ? 0xffffffff : 0;
    } else if (kind === 3) high = (r & 0x100) !== 0 ? 0 : high >> (r % 20);
    else if (kind === 4) high = m & 0x7fffffff;
    else if (kind === 5) high |= (1 + (r % 60)) << 20;
    else if (kind === 6) high |= (2046 - (r % 60)) << 20;
    else if (kind < 10) {
      high |= (1016 + (r % 12)) << 20;
      low = (r & 0x100) !== 0 ? 0 : low & (-1 << ((r >>> 9) % 32));
    } else if (kind < 12) high |= (874 + (r % 280)) << 20;
    else high |= (1000 + (r % 60)) << 20;
    to[at] = low;
    to[at + 1] = sign | high;
  }

  integer(): number {
    const kind = this.next() & 7;
    const v = this.next();
    if (kind === 0) return 0;
    if (kind === 1) return 0x80008000 ^ (v & 0x00ff00ff);
    if (kind === 2) return 0x7f80ff01;
    if (kind === 3) return (v | 0) >> (v & 31);
    return v;
  }

  /** Few letters and few zeros, so that strings match here and there. */
  #letters(): number {
    const kind = this.next() & 15;
    const v = this.next();
    let result = 0;
    if (kind === 0) return this.integer();
    if (kind < 6) result = LETTERS[v & 7]! | (LETTERS[(v >>> 3) & 7]! << 16);
    else for (let i = 0; i < 4; i++) result |= LETTERS[(v >>> (3 * i)) & 7]! << (8 * i);
    return kind === 15 ? result & (-1 << ((v >>> 24) % 32)) : result;
  }

  draw(words: number, domain: number, isSource: boolean): Uint8Array {
    const to = new Uint32Array(words);
    for (let i = 0; i < words; i++) {
      if (domain === SINGLE) to[i] = this.#single();
      else if (domain === DOUBLE) this.#real(to, i++);
      else if (domain === STRING) to[i] = this.#letters();
      else to[i] = this.integer();
    }
    if (domain === COUNT && isSource && (this.next() & 7) !== 0) {
      to[0] = this.next() & 0x4f;
      to[1] = 0;
    }
    return new Uint8Array(to.buffer);
  }

  /** The inputs of one case, in the order in which the generator draws them. */
  case(domain: number): HardwareInput {
    const xmm0 = this.draw(4, domain, false);
    const drawn = this.draw(4, domain, true);
    const mm0 = this.draw(2, domain, false);
    const mm1 = this.draw(2, domain, true);
    const memory = this.draw(6, domain, true);
    let eax = this.integer();
    const ecx = this.integer();
    let edx = this.integer();
    if (domain === STRING) {
      const lengths = this.next();
      if ((lengths & 7) !== 0) eax = ((lengths >>> 8) & 63) - 20;
      if ((lengths & 0x70) !== 0) edx = ((lengths >>> 16) & 63) - 20;
    }
    const r = this.next();
    const masks = this.next();
    const immediate = this.next() & 0xff;
    let mxcsr = (r & 3) !== 0 ? (r & 0x6000) | ((r & 0x30) !== 0 ? 0 : 0x40) | ((r & 0xc0) !== 0 ? 0 : 0x8000) : 0;
    mxcsr |= (r & 0x300) !== 0 ? 0x1f80 : masks & 0x1f80;
    mxcsr |= (r & 0x400) !== 0 ? 0 : (r & 0x800) !== 0 ? 0x20 : masks & 0x3f;
    const xmm1 = (r & 0x70000) === 0 ? xmm0 : drawn;
    return { xmm0, xmm1, mm0, mm1, memory, eax, ecx, edx, mxcsr, tags: (masks >>> 16) & 0xff, immediate, wantsMemory: (r & 0x180000) === 0, misalignment: (r & 0xe00000) === 0 ? 4 : 0 };
  }
}
