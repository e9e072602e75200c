import type { Builder, Value } from '../ir/builder.ts';
import type { Expression } from '../ir/nodes.ts';

// Vector operations that 32-bit arithmetic does, doubleword by doubleword: engines see through them, where a unit's function would be a call.

/** A doubleword of the result from those of destination and source. */
type WordOperation = (b: Builder, a: Expression, c: Expression) => Expression;

/** The lowest and highest bits of bytes and words. */
const LOW_8 = 0x7f7f7f7f;
const HIGH_8 = 0x80808080 | 0;
const LOW_16 = 0x7fff7fff;
const HIGH_16 = 0x80008000 | 0;

/** Sums in each element: carries are kept out of its top bit, which is then added without carry. */
function sums(low: number, high: number): WordOperation {
  return (b, x, y) => {
    const [a, c] = [b.let(x), b.let(y)];
    return b.xor(b.add(b.and(a, low), b.and(c, low)), b.and(b.xor(a, c), high));
  };
}
function differences(low: number, high: number): WordOperation {
  return (b, x, y) => {
    const [a, c] = [b.let(x), b.let(y)];
    return b.xor(b.sub(b.or(a, high), b.and(c, low)), b.and(b.not(b.xor(a, c)), high));
  };
}
function chosen(op: 'lt' | 'gt' | 'ltu' | 'gtu'): WordOperation {
  return (b, x, y) => {
    const [a, c] = [b.let(x), b.let(y)];
    return b.select(b.compare(op, a, c), a, c);
  };
}

/** Ones in each element of `size` bits that is equal: its top bit is set where it differs, and the opposite then spread over it. */
function equals(low: number, high: number, size: 8 | 16): WordOperation {
  return (b, a, c) => {
    const x = b.let(b.xor(a, c));
    const equal = b.let(b.shr(b.and(b.not(b.or(b.add(b.and(x, low), low), x)), high), size - 1));
    return b.sub(b.shl(equal, size), equal);
  };
}
/** Ones in each byte of `a` that is not below that of `c`: top bits decide, or the difference of the rest where they are alike. */
function notBelow(b: Builder, a: Expression, c: Expression): Expression {
  const rest = b.sub(b.or(a, HIGH_8), b.and(c, LOW_8));
  const bits = b.let(b.and(b.or(b.and(a, b.not(c)), b.and(b.not(b.xor(a, c)), rest)), HIGH_8));
  const ones = b.let(b.shr(bits, 7));
  return b.sub(b.shl(ones, 8), ones);
}

/** Operations whose doublewords do not depend on one another, by mnemonic. */
export const WORD_OPERATIONS: Readonly<Record<string, WordOperation>> = {
  pand: (b, a, c) => b.and(a, c),
  pandn: (b, a, c) => b.and(b.not(a), c),
  por: (b, a, c) => b.or(a, c),
  pxor: (b, a, c) => b.xor(a, c),
  paddb: sums(LOW_8, HIGH_8),
  paddw: sums(LOW_16, HIGH_16),
  paddd: (b, a, c) => b.add(a, c),
  psubb: differences(LOW_8, HIGH_8),
  psubw: differences(LOW_16, HIGH_16),
  psubd: (b, a, c) => b.sub(a, c),
  pmulld: (b, a, c) => b.mul(a, c),
  pcmpeqd: (b, a, c) => b.select(b.eq(a, c), -1, 0),
  pcmpgtd: (b, a, c) => b.select(b.compare('gt', a, c), -1, 0),
  pcmpeqb: equals(LOW_8, HIGH_8, 8),
  pcmpeqw: equals(LOW_16, HIGH_16, 16),
  pminub: (b, x, y) => {
    const [a, c] = [b.let(x), b.let(y)];
    const mask = b.let(notBelow(b, a, c));
    return b.or(b.and(c, mask), b.and(a, b.not(mask)));
  },
  pmaxub: (b, x, y) => {
    const [a, c] = [b.let(x), b.let(y)];
    const mask = b.let(notBelow(b, a, c));
    return b.or(b.and(a, mask), b.and(c, b.not(mask)));
  },
  // The rounded mean is what both have, or either has, less half of where they differ.
  pavgb: (b, x, y) => {
    const [a, c] = [b.let(x), b.let(y)];
    return b.sub(b.or(a, c), b.and(b.shr(b.xor(a, c), 1), LOW_8));
  },
  pminsd: chosen('lt'),
  pmaxsd: chosen('gt'),
  pminud: chosen('ltu'),
  pmaxud: chosen('gtu'),
};

/** One of {@link WORD_OPERATIONS} on `bytes` bytes. An XMM register XORed with itself is how programs clear it: to doubles, which engines remember. */
export function wordwise(b: Builder, name: string, dst: Expression, src: Expression, bytes: number): void {
  if (name === 'pxor' && src.k === 'vector' && src.file === 'xmm') {
    b.if(b.eq(b.field('regNumber'), b.field('rmNumber')), () => clearWords(b, dst, 0, bytes), () => eachWord(b, name, dst, src, bytes));
  } else eachWord(b, name, dst, src, bytes);
}

function eachWord(b: Builder, name: string, dst: Expression, src: Expression, bytes: number): void {
  for (let at = 0; at < bytes; at += 4) b.setWord(dst, at, WORD_OPERATIONS[name]!(b, b.word(dst, at), b.word(src, at)));
}

/** PADDQ or PSUBQ: the carry or borrow out of each low half. */
export function quadwordSum(b: Builder, isDifference: boolean, dst: Expression, src: Expression, bytes: number): void {
  for (let at = 0; at < bytes; at += 8) {
    const low = b.let(b.word(dst, at));
    const other = b.let(b.word(src, at));
    const result = b.let(isDifference ? b.sub(low, other) : b.add(low, other));
    const high = b.let(b.word(dst, at + 4));
    const otherHigh = b.word(src, at + 4);
    b.setWord(dst, at + 4, isDifference ? b.sub(b.sub(high, otherHigh), b.compare('ltu', low, other)) : b.add(b.add(high, otherHigh), b.compare('ltu', result, low)));
    b.setWord(dst, at, result);
  }
}

/** Writes doublewords of which all are read before any is written. */
export function setWords(b: Builder, dst: Expression, words: readonly Expression[]): void {
  const values = words.map((word) => b.let(word));
  values.forEach((value, i) => b.setWord(dst, 4 * i, value));
}

/** Copies `bytes` bytes from `from` of `src` to `to` of `dst`; the others stay. */
export function moveWords(b: Builder, dst: Expression, src: Expression, bytes: number, to: number = 0, from: number = 0): void {
  for (let at = 0; at < bytes; at += 4) b.setWord(dst, to + at, b.word(src, from + at));
}

/** Clears the bytes from `start` to `end`: by quadwords, which processors hand on to doubles that are read, where those begin. */
export function clearWords(b: Builder, dst: Expression, start: number, end: number): void {
  for (let at = start; at < end; ) {
    const isWhole = at % 8 === 0 && at + 8 <= end;
    if (isWhole) b.setDouble(dst, at, b.floatConst(0), true);
    else b.setWord(dst, at, 0);
    at += isWhole ? 8 : 4;
  }
}

/** UNPCKLPS and its like: two doublewords of each operand from `start` on, interleaved; for MMX registers one. */
export function interleaveWords(b: Builder, dst: Expression, src: Expression, start: number, bytes: number): void {
  const words: Expression[] = [];
  for (let at = start; at < start + bytes / 2; at += 4) words.push(b.word(dst, at), b.word(src, at));
  setWords(b, dst, words);
}

/** PUNPCKLBW, PUNPCKLWD and their like: elements of 8 or 16 bits from byte `start` on, interleaved. */
export function interleaveElements(b: Builder, size: 8 | 16, dst: Expression, src: Expression, start: number, bytes: number): void {
  const words: Expression[] = [];
  for (let at = start; at < start + bytes / 2; at += 4) {
    const [a, c] = [b.let(b.word(dst, at)), b.let(b.word(src, at))];
    if (size === 16) words.push(b.or(b.and(a, 0xffff), b.shl(c, 16)), b.or(b.shr(a, 16), b.and(c, -0x10000)));
    else {
      const spread = (x: Expression): Expression => b.or(b.and(x, 0xff), b.and(b.shl(x, 8), 0xff0000));
      words.push(b.or(spread(a), b.shl(spread(c), 8)), b.or(spread(b.shr(a, 16)), b.shl(spread(b.shr(c, 16)), 8)));
    }
  }
  setWords(b, dst, words);
}

/** PUNPCKLQDQ and its like: a quadword of each operand, from byte `low` and `high` of it. */
export function pairQuadwords(b: Builder, dst: Expression, src: Expression, low: Value, high: Value): void {
  setWords(b, dst, [b.word(dst, low), b.word(dst, b.add(low, 4)), b.word(src, high), b.word(src, b.add(high, 4))]);
}

/** SHUFPS, and PSHUFD with one operand twice: two doublewords of `low`, two of `high`. */
export function shuffleWords(b: Builder, dst: Expression, low: Expression, high: Expression): void {
  const order = b.immediate;
  setWords(b, dst, [selectedWord(b, low, order, 0), selectedWord(b, low, order, 2), selectedWord(b, high, order, 4), selectedWord(b, high, order, 6)]);
}

/** The doubleword that two bits of `order` select. */
export function selectedWord(b: Builder, from: Expression, order: Value, bit: number): Expression {
  return b.word(from, b.shl(b.and(b.shr(order, bit), 3), 2));
}
