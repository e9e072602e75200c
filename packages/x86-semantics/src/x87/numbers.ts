/**
 * Sum, product and quotient of two numbers that are neither zero, infinite nor NaN: what nearly every x87 instruction
 * computes, on 32-bit halves in locals. A number is x = 2·exponent + sign (the exponent biased, below 1 for what was a
 * denormal), and a significand high:low with bit 63 set. The result goes to three lanes of `out` at `to`, laid out as a
 * register is: low, high, sign and exponent. `w` serves results beyond the format's range.
 */

import { BIAS, FSW_C1, FSW_PE, ROUND_DOWN } from './constants.ts';
import { R_EXPONENT, R_HIGH, R_LOW } from './operand.ts';
import { FCW_DEFAULT, FCW_ROUNDING, roundAndPack } from './round.ts';

const TOP_BIT = -0x80000000;
/** Precision control: a significand of 53 bits. */
const FCW_DOUBLE = 0x0200;
const LARGEST = 0x7ffe;

/** High half of the product of two unsigned 32-bit integers. */
export function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const low = Math.imul(aLow, bLow) >>> 16;
  const middle = (Math.imul(aHigh, bLow) >>> 0) + low;
  const other = (Math.imul(aLow, bHigh) >>> 0) + (middle & 0xffff);
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (other >>> 16)) | 0;
}

/** Rounds and writes a result: 64 or 53 bits to nearest at once, everything else by {@link roundAndPack}. Returns OE, UE, PE and C1. */
function roundTo(w: Int32Array, out: Int32Array, to: number, fcw: number, sign: number, exponent: number, high: number, low: number, rest: number): number {
  const control = fcw & FCW_ROUNDING;
  if ((control === FCW_DEFAULT || control === FCW_DOUBLE) && exponent > 0 && exponent < LARGEST) {
    let unit = 1;
    if (control === FCW_DOUBLE) {
      unit = 0x800;
      rest = (low << 21) | (rest !== 0 ? 1 : 0);
      low &= -0x800;
    }
    let flags = 0;
    if (rest !== 0) {
      flags = FSW_PE;
      if (rest < 0 && ((rest << 1) | (low & unit)) !== 0) {
        flags = FSW_PE | FSW_C1;
        low = (low + unit) | 0;
        if (low === 0) {
          high = (high + 1) | 0;
          if (high === 0) {
            high = TOP_BIT;
            exponent++;
          }
        }
      }
    }
    out[to] = low;
    out[to + 1] = high;
    out[to + 2] = (sign << 15) | exponent;
    return flags;
  }
  const flags = roundAndPack(w, fcw, sign, exponent, high, low, rest);
  out[to] = w[R_LOW];
  out[to + 1] = w[R_HIGH];
  out[to + 2] = w[R_EXPONENT];
  return flags;
}

/** a + b. */
export function addNumbers(w: Int32Array, out: Int32Array, to: number, fcw: number, xa: number, aHigh: number, aLow: number, xb: number, bHigh: number, bLow: number): number {
  const differ = ((xa ^ xb) & 1) !== 0;
  let distance = (xa >> 1) - (xb >> 1);
  let x = xa;
  let high = aHigh;
  let low = aLow;
  if (distance < 0 || (distance === 0 && differ && (high === bHigh ? low >>> 0 < bLow >>> 0 : high >>> 0 < bHigh >>> 0))) {
    distance = -distance;
    x = xb;
    high = bHigh;
    low = bLow;
    bHigh = aHigh;
    bLow = aLow;
  }
  let exponent = x >> 1;
  let rest = 0;
  if (distance !== 0) {
    if (distance < 32) {
      rest = bLow << -distance;
      bLow = (bLow >>> distance) | (bHigh << -distance);
      bHigh >>>= distance;
    } else if (distance < 64) {
      const n = distance - 32;
      if (n === 0) {
        rest = bLow;
        bLow = bHigh;
      } else {
        rest = (bHigh << (32 - n)) | (bLow >>> n) | ((bLow << (32 - n)) !== 0 ? 1 : 0);
        bLow = bHigh >>> n;
      }
      bHigh = 0;
    } else {
      const n = distance - 64;
      if (n === 0) rest = bHigh | (bLow !== 0 ? 1 : 0);
      else if (n < 32) rest = (bHigh >>> n) | (((bHigh << (32 - n)) | bLow) !== 0 ? 1 : 0);
      else rest = 1;
      bHigh = 0;
      bLow = 0;
    }
  }
  if (!differ) {
    const sumLow = (low + bLow) | 0;
    const carry = sumLow >>> 0 < low >>> 0 ? 1 : 0;
    high = (high + bHigh + carry) | 0;
    low = sumLow;
    // Bit 63 of the larger one was set: a sum without it has carried out, and so has one of two equal exponents.
    if (high >= 0 || distance === 0) {
      rest = (low << 31) | (rest >>> 1) | (rest & 1);
      low = (low >>> 1) | (high << 31);
      high = (high >>> 1) | TOP_BIT;
      exponent++;
    }
    return roundTo(w, out, to, fcw, x & 1, exponent, high, low, rest);
  }
  const borrow = rest !== 0 ? 1 : 0;
  rest = -rest | 0;
  const borrowHigh = low >>> 0 < (bLow >>> 0) + borrow ? 1 : 0;
  low = (low - bLow - borrow) | 0;
  high = (high - bHigh - borrowHigh) | 0;
  if (high >= 0) {
    if (high === 0) {
      if (low === 0) {
        if (rest === 0) {
          out[to] = 0;
          out[to + 1] = 0;
          out[to + 2] = ((fcw >>> 10) & 3) === ROUND_DOWN ? 0x8000 : 0;
          return 0;
        }
        high = rest;
        rest = 0;
        exponent -= 64;
      } else {
        high = low;
        low = rest;
        rest = 0;
        exponent -= 32;
      }
    }
    const shift = Math.clz32(high);
    if (shift !== 0) {
      high = (high << shift) | (low >>> (32 - shift));
      low = (low << shift) | (rest >>> (32 - shift));
      rest <<= shift;
      exponent -= shift;
    }
  }
  return roundTo(w, out, to, fcw, x & 1, exponent, high, low, rest);
}

/** a × b. */
export function multiplyNumbers(w: Int32Array, out: Int32Array, to: number, fcw: number, xa: number, aHigh: number, aLow: number, xb: number, bHigh: number, bLow: number): number {
  let exponent = (xa >> 1) + (xb >> 1) - BIAS + 1;
  let high: number;
  let low: number;
  let rest: number;
  if ((aLow | bLow) === 0) {
    high = multiplyHigh(aHigh, bHigh);
    low = Math.imul(aHigh, bHigh);
    rest = 0;
  } else {
    // Columns of the 128-bit product, from the lowest: each sum stays below 2^34, exact as a double.
    const lowest = Math.imul(aLow, bLow);
    const crossOneLow = Math.imul(aHigh, bLow) >>> 0;
    const crossTwoLow = Math.imul(aLow, bHigh) >>> 0;
    const column1 = crossOneLow + crossTwoLow + (multiplyHigh(aLow, bLow) >>> 0);
    const carry1 = column1 >= 8589934592 ? 2 : column1 >= 4294967296 ? 1 : 0;
    const column2 =
      (Math.imul(aHigh, bHigh) >>> 0) + (multiplyHigh(aHigh, bLow) >>> 0) + (multiplyHigh(aLow, bHigh) >>> 0) + carry1;
    const carry2 = column2 >= 8589934592 ? 2 : column2 >= 4294967296 ? 1 : 0;
    high = (multiplyHigh(aHigh, bHigh) + carry2) | 0;
    low = column2 | 0;
    rest = (column1 | 0) | (lowest !== 0 ? 1 : 0);
  }
  if (high >= 0) {
    high = (high << 1) | (low >>> 31);
    low = (low << 1) | (rest >>> 31);
    // The lowest bit of `rest` is sticky and stays so.
    rest = (rest << 1) | (rest & 1);
    exponent--;
  }
  return roundTo(w, out, to, fcw, (xa ^ xb) & 1, exponent, high, low, rest);
}

/** a ÷ b. */
export function divideNumbers(w: Int32Array, out: Int32Array, to: number, fcw: number, xa: number, aHigh: number, aLow: number, xb: number, bHigh: number, bLow: number): number {
  let rHigh = aHigh;
  let rLow = aLow;
  let exponent = (xa >> 1) - (xb >> 1) + BIAS - 1;
  const whole = rHigh === bHigh ? rLow >>> 0 >= bLow >>> 0 : rHigh >>> 0 > bHigh >>> 0;
  if (whole) {
    rHigh = (rHigh - bHigh - (rLow >>> 0 < bLow >>> 0 ? 1 : 0)) | 0;
    rLow = (rLow - bLow) | 0;
    exponent++;
  }
  const divisor = (bHigh >>> 0) * 4294967296 + (bLow >>> 0);
  let high = 0;
  let low = 0;
  for (let digit = 0; digit < 2; digit++) {
    // The estimate is within 1 of the true 32-bit digit: three roundings of 2^-53 against a quotient below 2^32.
    let estimate = Math.floor(((rHigh >>> 0) * 4294967296 + (rLow >>> 0)) / divisor * 4294967296);
    if (estimate > 4294967295) estimate = 4294967295;
    let q = estimate | 0;
    // remainder·2^32 − q·divisor, kept modulo 2^96 in top:rHigh:rLow.
    const productLow = Math.imul(q, bLow);
    const middle = (multiplyHigh(q, bLow) >>> 0) + (Math.imul(q, bHigh) >>> 0);
    const productHigh = (multiplyHigh(q, bHigh) + (middle >= 4294967296 ? 1 : 0)) | 0;
    const borrow = productLow !== 0 ? 1 : 0;
    const difference = (rLow >>> 0) - (middle >>> 0) - borrow;
    let top = (rHigh - productHigh - (difference < 0 ? 1 : 0)) | 0;
    rHigh = difference | 0;
    rLow = -productLow | 0;
    while (top < 0) {
      q = (q - 1) | 0;
      const sumLow = (rLow >>> 0) + (bLow >>> 0);
      const sumHigh = (rHigh >>> 0) + (bHigh >>> 0) + (sumLow >= 4294967296 ? 1 : 0);
      rLow = sumLow | 0;
      rHigh = sumHigh | 0;
      if (sumHigh >= 4294967296) top = (top + 1) | 0;
    }
    while (top > 0 || (rHigh === bHigh ? rLow >>> 0 >= bLow >>> 0 : rHigh >>> 0 > bHigh >>> 0)) {
      q = (q + 1) | 0;
      const borrowLow = rLow >>> 0 < bLow >>> 0 ? 1 : 0;
      const differenceHigh = (rHigh >>> 0) - (bHigh >>> 0) - borrowLow;
      rLow = (rLow - bLow) | 0;
      rHigh = differenceHigh | 0;
      if (differenceHigh < 0) top = (top - 1) | 0;
    }
    high = low;
    low = q;
  }
  const exact = (rHigh | rLow) === 0;
  if (whole) {
    const rest = (low << 31) | (exact ? 0 : 1);
    low = (low >>> 1) | (high << 31);
    high = (high >>> 1) | -0x80000000;
    return roundTo(w, out, to, fcw, (xa ^ xb) & 1, exponent, high, low, rest);
  }
  return roundTo(w, out, to, fcw, (xa ^ xb) & 1, exponent, high, low, exact ? 0 : halfCompare(rHigh, rLow, bHigh, bLow));
}

/** Rest word for a remainder r below the divisor d, both 64 bits: above, at or below one half. */
function halfCompare(rHigh: number, rLow: number, dHigh: number, dLow: number): number {
  if (rHigh < 0) return -0x40000000;
  const high = (rHigh << 1) | (rLow >>> 31);
  const low = rLow << 1;
  if (high === dHigh && low === dLow) return -0x80000000;
  return (high === dHigh ? low >>> 0 > dLow >>> 0 : high >>> 0 > dHigh >>> 0) ? -0x40000000 : 0x40000000;
}
