/** Arithmetic of x87 numbers against exact integers: random significands, and those where carries and roundings are at stake. */
import { lane32 } from '@ringzero/x86';
import { describe, expect, test } from 'vitest';
import { FSW_C1, FSW_PE } from './constants.ts';
import { createNumbers, NEGATE_B } from './numbers.ts';

const lanes = new Int32Array(4096);
const numbers = createNumbers(lanes);
const [TO, A, B] = [lane32('st', 0), lane32('st', 1), lane32('st', 2)];
const BIAS = 16383;
const CASES = 20_000;
const ONES = (1n << 64n) - 1n;
lanes[lane32('fcw')] = 0x037f;

let seed = 99;
function random(below: number): number {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return Math.floor((seed / 2 ** 32) * below);
}
function significand(): bigint {
  const bits = (BigInt(random(2 ** 32)) << 32n) | BigInt(random(2 ** 32));
  const top = 1n << 63n;
  switch (random(5)) {
    case 0:
      return top | (bits >> BigInt(random(64)));
    case 1:
      return ONES - (bits >> BigInt(random(64)) >> 1n);
    case 2:
      return top | (bits << BigInt(random(64)) & ONES);
    default:
      return top | bits;
  }
}

interface Value {
  readonly sign: bigint;
  readonly exponent: number;
  readonly bits: bigint;
}
function value(exponent: number): Value {
  return { sign: random(2) === 0 ? 1n : -1n, exponent, bits: significand() };
}
function put(lane: number, { sign, exponent, bits }: Value): void {
  lanes[lane] = Number(BigInt.asIntN(32, bits));
  lanes[lane + 1] = Number(BigInt.asIntN(32, bits >> 32n));
  lanes[lane + 2] = (sign < 0n ? 0x8000 : 0) | (exponent + BIAS);
}
function text(flags: number, lane: number = TO): string {
  return `${(lanes[lane + 2]! & 0xffff).toString(16)} ${(lanes[lane + 1]! >>> 0).toString(16)} ${(lanes[lane]! >>> 0).toString(16)} flags ${flags.toString(16)}`;
}

/** `m` · 2^`exponent` rounded to 64 bits to nearest; `m` may have a sticky bit at its end. */
function rounded(m: bigint, exponent: number): string {
  const magnitude = m < 0n ? -m : m;
  const shift = magnitude.toString(2).length - 64;
  let kept = shift > 0 ? magnitude >> BigInt(shift) : magnitude << BigInt(-shift);
  const rest = shift > 0 ? magnitude - (kept << BigInt(shift)) : 0n;
  const half = shift > 0 ? 1n << BigInt(shift - 1) : 1n;
  const up = rest > half || (rest === half && (kept & 1n) === 1n);
  if (up) kept++;
  let e = exponent + shift + 63;
  if (kept > ONES) {
    kept >>= 1n;
    e++;
  }
  put(TO + 12, { sign: m < 0n ? -1n : 1n, exponent: e, bits: kept });
  return text(rest === 0n ? 0 : FSW_PE | (up ? FSW_C1 : 0), TO + 12);
}

function squareRootOf(m: bigint): bigint {
  let x = 1n << BigInt((m.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (x + m / x) >> 1n;
    if (next >= x) return x;
    x = next;
  }
}

describe('x87 numbers', () => {
  test('products', () => {
    for (let i = 0; i < CASES; i++) {
      const [a, b] = [value(random(100) - 50), value(random(100) - 50)];
      put(A, a);
      put(B, b);
      expect(text(numbers.multiply(TO, A, B, 0))).toBe(rounded(a.sign * b.sign * a.bits * b.bits, a.exponent + b.exponent - 126));
    }
  });

  test('quotients', () => {
    for (let i = 0; i < CASES; i++) {
      const [a, b] = [value(random(100) - 50), value(random(100) - 50)];
      put(A, a);
      put(B, b);
      const dividend = a.bits << 70n;
      const quotient = dividend / b.bits;
      const sticky = quotient * b.bits === dividend ? 0n : 1n;
      expect(text(numbers.divide(TO, A, B, 0))).toBe(rounded(a.sign * b.sign * ((quotient << 1n) | sticky), a.exponent - b.exponent - 71));
    }
  });

  test('sums and differences', () => {
    for (let i = 0; i < CASES; i++) {
      const [a, b] = [value(random(3) === 0 ? 0 : random(140)), value(random(3) === 0 ? 0 : random(140))];
      put(A, a);
      put(B, b);
      const negates = random(2);
      const least = Math.min(a.exponent, b.exponent);
      const sum = a.sign * (a.bits << BigInt(a.exponent - least)) + (negates === 0 ? b.sign : -b.sign) * (b.bits << BigInt(b.exponent - least));
      if (sum === 0n) continue;
      expect(text(numbers.add(TO, A, B, 0, negates === 0 ? 0 : NEGATE_B))).toBe(rounded(sum, least - 63));
    }
  });

  test('square roots', () => {
    for (let i = 0; i < CASES; i++) {
      let a = { ...value(random(100) - 50), sign: 1n };
      // Now and then of a square, or next to one.
      if (random(3) === 0) {
        const root = significand() >> 32n;
        a = { ...a, bits: ((root * root + BigInt(random(3)) - 1n) & ONES) | (1n << 63n) };
      }
      put(A, a);
      const shift = 128 + ((a.exponent - 63) & 1);
      const radicand = a.bits << BigInt(shift);
      const exponent = a.exponent - 63 - shift;
      const root = squareRootOf(radicand);
      const sticky = root * root === radicand ? 0n : 1n;
      expect(text(numbers.squareRoot(TO, A, 0))).toBe(rounded((root << 1n) | sticky, exponent / 2 - 1));
    }
  });

  test('zeros', () => {
    const one: Value = { sign: 1n, exponent: 0, bits: 1n << 63n };
    put(A, { ...one, sign: -1n });
    put(B, { sign: 1n, exponent: -BIAS, bits: 0n });
    expect(text(numbers.multiply(TO, A, B, 0))).toBe('8000 0 0 flags 0');
    expect(text(numbers.add(TO, B, A, 0, NEGATE_B))).toBe('3fff 80000000 0 flags 0');
    expect(text(numbers.add(TO, A, B, 0, NEGATE_B))).toBe('bfff 80000000 0 flags 0');
    expect(numbers.add(TO, B, B, 0, 0)).toBe(-1);
    expect(numbers.divide(TO, A, B, 0)).toBe(-1);
  });

  test('what is refused', () => {
    const one: Value = { sign: 1n, exponent: 0, bits: 1n << 63n };
    put(A, one);
    put(B, one);
    expect(numbers.add(TO, A, B, 4, 0)).toBe(-1);
    put(B, { ...one, exponent: 0x4000 });
    expect(numbers.multiply(TO, A, B, 0)).toBe(-1);
    put(B, { ...one, exponent: -BIAS });
    expect(numbers.multiply(TO, A, B, 0)).toBe(-1);
    expect(numbers.divide(TO, A, B, 0)).toBe(-1);
    put(B, { ...one, bits: 1n });
    expect(numbers.order(A, B, 0)).toBe(-1);
    put(B, { ...one, sign: -1n });
    expect(numbers.squareRoot(TO, B, 0)).toBe(-1);
  });
});
