import { DOUBLE_MIN, SINGLE_MAX, SINGLE_MIN } from './float-limits.ts';
import { FLOAT_ADD, FLOAT_MUL, FLOAT_SUB } from './mxcsr.ts';

/*
 * The host's arithmetic, where it gives the guest's result and raises nothing but a precision exception: operands that are
 * zero or normal, results likewise. Sums and products only (masked-float.ts has the rest). NaN stands for "ask SoftFloat". Rounding is to nearest, all exceptions masked.
 */

const SPLITTER = 134217729;
/** Between these no part of a split product over- or underflows. */
const PRODUCT_MIN = 1e-280;
const PRODUCT_MAX = 1e280;

/** Not denormal and no NaN; `min` is the least normal number. */
export function isWhole(x: number, min: number): boolean {
  return Math.abs(x) >= min || x === 0;
}

function isPlain(x: number, min: number): boolean {
  const magnitude = Math.abs(x);
  return (magnitude >= min && magnitude < Infinity) || magnitude === 0;
}

/** The smallest normal number may have been tiny before rounding. */
function isSafe(x: number, min: number, max: number): boolean {
  const magnitude = Math.abs(x);
  return magnitude > min && magnitude <= max;
}

export function isSumExact(a: number, b: number, sum: number): boolean {
  const part = sum - a;
  return a - (sum - part) + (b - part) === 0;
}

/** Whether a · b is exactly `product`; false when that cannot be told. Splits each factor into halves of 26 bits. */
export function isProductExact(a: number, b: number, product: number): boolean {
  const magnitude = Math.abs(product);
  if (!(magnitude > PRODUCT_MIN && magnitude < PRODUCT_MAX) || Math.abs(a) > PRODUCT_MAX || Math.abs(b) > PRODUCT_MAX) return product === 0 && (a === 0 || b === 0);
  const splitA = a * SPLITTER;
  const highA = splitA - (splitA - a);
  const lowA = a - highA;
  const splitB = b * SPLITTER;
  const highB = splitB - (splitB - b);
  const lowB = b - highB;
  return highA * highB - product + highA * lowB + lowA * highB + lowA * lowB === 0;
}

/** `a op b` in double precision, or NaN. `inexactKnown`: MXCSR.PE is set already. */
export function fastDouble(op: number, a: number, b: number, inexactKnown: boolean): number {
  if (!isPlain(a, DOUBLE_MIN) || !isPlain(b, DOUBLE_MIN)) return NaN;
  let result = 0;
  switch (op) {
    case FLOAT_ADD:
      result = a + b;
      if (result === 0) return result;
      return isSafe(result, DOUBLE_MIN, Number.MAX_VALUE) && (inexactKnown || isSumExact(a, b, result)) ? result : NaN;
    case FLOAT_SUB:
      result = a - b;
      if (result === 0) return result;
      return isSafe(result, DOUBLE_MIN, Number.MAX_VALUE) && (inexactKnown || isSumExact(a, -b, result)) ? result : NaN;
    case FLOAT_MUL:
      result = a * b;
      if (a === 0 || b === 0) return result;
      return isSafe(result, DOUBLE_MIN, Number.MAX_VALUE) && (inexactKnown || isProductExact(a, b, result)) ? result : NaN;
    default:
      return NaN;
  }
}

/** `a op b` in single precision, or NaN. Rounding a double's result once more changes nothing, since 53 ≥ 2 · 24 + 2. */
export function fastSingle(op: number, a: number, b: number, inexactKnown: boolean): number {
  if (!isPlain(a, SINGLE_MIN) || !isPlain(b, SINGLE_MIN)) return NaN;
  let wide = 0;
  let result = 0;
  switch (op) {
    case FLOAT_ADD:
    case FLOAT_SUB: {
      const addend = op === FLOAT_ADD ? b : -b;
      wide = a + addend;
      result = Math.fround(wide);
      if (wide === 0) return result;
      return isSafe(result, SINGLE_MIN, SINGLE_MAX) && (inexactKnown || (wide === result && isSumExact(a, addend, wide))) ? result : NaN;
    }
    case FLOAT_MUL:
      wide = a * b;
      result = Math.fround(wide);
      if (wide === 0) return result;
      return isSafe(result, SINGLE_MIN, SINGLE_MAX) && (inexactKnown || wide === result) ? result : NaN;
    default:
      return NaN;
  }
}

/** A double rounded to single precision, or NaN. */
export function fastNarrow(x: number, inexactKnown: boolean): number {
  const result = Math.fround(x);
  if (x === 0) return result;
  return isSafe(result, SINGLE_MIN, SINGLE_MAX) && (inexactKnown || result === x) ? result : NaN;
}

/** 1.5 · 2^52: adding it leaves no room for a fraction. */
const ROUNDER = 6755399441055744;

/** A number rounded to int32 (to nearest, or towards zero), or NaN. Zeros come out positive. */
export function fastInt32(x: number, truncates: boolean, inexactKnown: boolean): number {
  if (!(x > -2147483649 && x < 2147483648)) return NaN;
  const result = truncates ? Math.trunc(x) : x + ROUNDER - ROUNDER;
  return result <= 2147483647 && result >= -2147483648 && (inexactKnown || result === x) ? result : NaN;
}

/** Relations of two numbers, as bits. */
export const LESS = 1;
export const EQUAL = 2;
export const GREATER = 4;
export const UNORDERED = 8;
