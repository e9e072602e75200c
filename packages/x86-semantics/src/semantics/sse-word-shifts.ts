import type { Builder } from '../ir/builder.ts';
import type { Expression } from '../ir/nodes.ts';
import { clearWords, setWords } from './sse-words.ts';

// Packed shifts by an immediate, on doublewords. A compiled block knows the count, and only one arm of each choice is left of it.

/** Shifts of doublewords and words, each alone; `count` is below the element's size. */
const SHIFTS: Readonly<Record<string, (b: Builder, a: Expression, count: Expression) => Expression>> = {
  pslld: (b, a, count) => b.shl(a, count),
  psrld: (b, a, count) => b.shr(a, count),
  psrad: (b, a, count) => b.sar(a, count),
  psllw: (b, a, count) => b.and(b.shl(a, count), b.mul(b.and(b.shl(0xffff, count), 0xffff), 0x10001)),
  psrlw: (b, a, count) => b.and(b.shr(a, count), b.mul(b.shr(0xffff, count), 0x10001)),
  psraw: (b, x, count) => {
    const a = b.let(x);
    return b.or(b.and(b.sar(a, count), -0x10000), b.and(b.sar(b.shl(a, 16), b.add(count, 16)), 0xffff));
  },
};

/** PSLLW … PSRAD by an immediate: counts as large as the element clear it, or fill it with its sign. */
export function shiftWords(b: Builder, name: string, dst: Expression, bytes: number): void {
  const last = name.endsWith('w') ? 15 : 31;
  const count = b.and(b.immediate, 0xff);
  const isArithmetic = name.startsWith('psra');
  for (let at = 0; at < bytes; at += 4) {
    const shifted = SHIFTS[name]!(b, b.word(dst, at), isArithmetic ? b.select(b.compare('gtu', count, last), last, count) : count);
    b.setWord(dst, at, isArithmetic ? shifted : b.select(b.compare('gtu', count, last), 0, shifted));
  }
}

/** PSLLQ and PSRLQ by an immediate. */
export function shiftQuadwords(b: Builder, isLeft: boolean, dst: Expression, bytes: number): void {
  const count = b.and(b.immediate, 0xff);
  // The half that bits leave, and the one that they come into.
  const [from, to] = isLeft ? [0, 4] : [4, 0];
  const shift = (x: Expression, by: Expression): Expression => (isLeft ? b.shl(x, by) : b.shr(x, by));
  const rest = (x: Expression, by: Expression): Expression => (isLeft ? b.shr(x, by) : b.shl(x, by));
  b.if(b.compare('gtu', count, 63), () => clearWords(b, dst, 0, bytes), () =>
    b.if(b.compare('gtu', count, 31), () => {
      for (let at = 0; at < bytes; at += 8) {
        b.setWord(dst, at + to, shift(b.word(dst, at + from), b.sub(count, 32)));
        b.setWord(dst, at + from, 0);
      }
    }, () => b.if(count, () => {
      for (let at = 0; at < bytes; at += 8) {
        b.setWord(dst, at + to, b.or(shift(b.word(dst, at + to), count), rest(b.word(dst, at + from), b.sub(32, count))));
        b.setWord(dst, at + from, shift(b.word(dst, at + from), count));
      }
    })));
}

/** `words`, the lowest first, shifted right by the immediate's bytes: four doublewords, or none if the count is beyond `words`. */
export function shiftBytesRight(b: Builder, dst: Expression, words: readonly Expression[]): void {
  const count = b.and(b.immediate, 0xff);
  const from = b.shr(count, 2);
  const by = b.shl(b.and(count, 3), 3);
  const arm = (first: number): void => {
    if (first === words.length) {
      clearWords(b, dst, 0, 16);
      return;
    }
    b.if(b.eq(from, first), () => {
      const used = Array.from({ length: 5 }, (_, i) => b.let(words[first + i] ?? b.const(0)));
      setWords(b, dst, [0, 1, 2, 3].map((i) => b.select(b.eq(by, 0), used[i]!, b.or(b.shr(used[i]!, by), b.shl(used[i + 1]!, b.sub(32, by))))));
    }, () => arm(first + 1));
  };
  arm(0);
}

/** PSLLDQ: the register shifted left by the immediate's bytes. */
export function shiftBytesLeft(b: Builder, dst: Expression): void {
  const count = b.and(b.immediate, 0xff);
  const from = b.shr(count, 2);
  const by = b.shl(b.and(count, 3), 3);
  const arm = (words: number): void => {
    if (words === 4) {
      clearWords(b, dst, 0, 16);
      return;
    }
    b.if(b.eq(from, words), () => {
      const used = Array.from({ length: 5 - words }, (_, i) => b.let(i === 0 ? b.const(0) : b.word(dst, 4 * (i - 1))));
      const shifted = used.slice(1).map((high, i) => b.select(b.eq(by, 0), high, b.or(b.shl(high, by), b.shr(used[i]!, b.sub(32, by)))));
      setWords(b, dst, [...Array.from({ length: words }, () => b.const(0)), ...shifted]);
    }, () => arm(words + 1));
  };
  arm(0);
}
