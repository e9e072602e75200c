/**
 * Sum, product and quotient of two numbers that are neither zero, infinite nor NaN: what nearly every x87 instruction
 * computes, on 32-bit halves in locals. A number takes three lanes of the state, laid out as a register is: low and high half of
 * the significand, whose bit 63 is set, then sign and exponent, in which bits 31:16 go on with the exponent (below 1 for what
 * was a denormal; 0 in a register). Operands are at lanes `a` and `b`, the result goes to lane `to`.
 */

import { BIAS, FSW_C0, FSW_C3, FSW_EXCEPTIONS, FSW_PE, ROUND_DOWN } from './constants.ts';
import { mulHighUnsigned } from '../emit-js/pure.ts';
import { R_EXPONENT, R_HIGH, R_LOW } from './operand.ts';
import { lane32 } from '@ringzero/x86';
import { FCW_DEFAULT, FCW_ROUNDING, roundAndPack } from './round.ts';

const FCW = lane32('fcw');
const TOP_BIT = -0x80000000;
const SIGN_BIT = 0x8000;
/** Precision control: a significand of 53 bits. */
const FCW_DOUBLE = 0x0200;
const LARGEST = 0x7ffe;
const C1_SHIFT = 9;
const TWO_32 = 4294967296;

/** The carry out of a sum of 32-bit integers. */
function carryOut(a: number, b: number, sum: number): number {
  return ((a & b) | ((a | b) & ~sum)) >>> 31;
}

/** The borrow out of a difference, to which another borrow may have been taken. */
function borrowOut(a: number, b: number, difference: number): number {
  return ((~a & b) | (~(a ^ b) & difference)) >>> 31;
}

/** The exponent in the third lane of a number. */
function exponentOf(signExponent: number): number {
  return (signExponent & 0x7fff) | ((signExponent >> 16) << 15);
}

/** The sign (0 or 1) and exponent of a number, as its third lane holds them. */
export function signAndExponent(sign: number, exponent: number): number {
  return (sign << 15) | (exponent & 0x7fff) | ((exponent >> 15) << 16);
}

/** Instead of flags: the operands are not normal, or may not be used (`refused`), or an exception is unmasked. Nothing was done. */
const REFUSED = -1;
/** For `refused`: operands were looked at, and are numbers in the wider sense above; exceptions are the caller's business. */
export const ANYTHING = -1;

/** Whether sign and exponent, and the significand's high half, are of a normal number. */
function isNormal(signExponent: number, high: number): boolean {
  return high < 0 && ((signExponent + 1) & 0x7fff) > 1;
}

/** What `add` is to change the sign of: a, or b. */
export const NEGATE_A = 0x8000;
export const NEGATE_B = 0x10000;

function isZero(signExponent: number, high: number, low: number): boolean {
  return ((signExponent & 0x7fff) | high | low) === 0;
}

/** Whether high · 2^32 + low is above another such number. */
function isAbove(high: number, low: number, otherHigh: number, otherLow: number): boolean {
  return high > otherHigh || (high === otherHigh && low > otherLow);
}

/** Arithmetic of numbers at lanes of the state, to another such lane. The results are flags OE, UE, PE and C1, or {@link REFUSED}. */
export interface X87Numbers {
  /** a + b, with the signs of those in `negates` changed. */
  add(to: number, a: number, b: number, refused: number, negates: number): number;
  multiply(to: number, a: number, b: number, refused: number): number;
  divide(to: number, a: number, b: number, refused: number): number;
  squareRoot(to: number, a: number, refused: number): number;
  /** C3 and C0 of a comparison. */
  order(a: number, b: number, refused: number): number;
}

/**
 * Arithmetic over one state. A closure, and the lanes a constant of it: V8 takes them for constants of the code as long as
 * there is but one state, which saves a fifth.
 */
export function createNumbers(lanes: Int32Array): X87Numbers {
  const n = lanes;

  /** Rounds and writes a result: 64 or 53 bits to nearest at once, everything else by {@link roundAndPack}. Returns OE, UE, PE and C1. */
  function roundTo(fcw: number, to: number, sign: number, exponent: number, high: number, low: number, rest: number): number {
    const control = fcw & FCW_ROUNDING;
    if ((control === FCW_DEFAULT || control === FCW_DOUBLE) && exponent > 0 && exponent < LARGEST) {
      let unit = 1;
      if (control === FCW_DOUBLE) {
        unit = 0x800;
        rest = (low << 21) | (rest !== 0 ? 1 : 0);
        low &= -0x800;
      }
      // Whether it rounds up is as good as random: no branch depends on it.
      const below = rest << 1;
      const odd = unit === 1 ? low : low >>> 11;
      const up = (rest >>> 31) & (((below | -below) >>> 31) | (odd & 1));
      low = (low + (unit === 1 ? up : up << 11)) | 0;
      if (up !== 0 && low === 0) {
        high = (high + 1) | 0;
        if (high === 0) {
          high = TOP_BIT;
          exponent++;
        }
      }
      n[to] = low;
      n[to + 1] = high;
      n[to + 2] = (sign << 15) | exponent;
      return rest === 0 ? 0 : FSW_PE | (up << C1_SHIFT);
    }
    const flags = roundAndPack(n, fcw, sign, exponent, high, low, rest);
    n[to] = n[R_LOW];
    n[to + 1] = n[R_HIGH];
    n[to + 2] = n[R_EXPONENT];
    return flags;
  }

  function zero(to: number, sign: number): number {
    n[to] = 0;
    n[to + 1] = 0;
    n[to + 2] = sign;
    return 0;
  }

  /** Sum (signs changed already) or product of operands of which one is not normal: if that one is a zero, and it may be computed. */
  function withZero(to: number, a: number, b: number, se: number, seOther: number, isProduct: boolean): number {
    const fcw = n[FCW];
    if ((fcw & FSW_EXCEPTIONS) !== FSW_EXCEPTIONS) return REFUSED;
    const isFirst = isZero(se, n[a + 1], n[a]);
    const number = isFirst ? b : a;
    const other = isFirst ? seOther : se;
    if ((!isFirst && !isZero(seOther, n[b + 1], n[b])) || !isNormal(other, n[number + 1])) return REFUSED;
    return isProduct ? zero(to, (se ^ seOther) & SIGN_BIT) : roundTo(fcw, to, (other >>> 15) & 1, other & 0x7fff, n[number + 1], n[number], 0);
  }

  /** a + b, with the signs of those in `negates` changed. */
  function add(to: number, a: number, b: number, refused: number, negates: number): number {
    const fcw = n[FCW];
    const aLow = n[a];
    const aHigh = n[a + 1];
    let bLow = n[b];
    let bHigh = n[b + 1];
    const se = n[a + 2] ^ (negates & SIGN_BIT);
    const seOther = n[b + 2] ^ (negates >>> 1 & SIGN_BIT);
    if (refused !== ANYTHING && (refused !== 0 || (fcw & FSW_EXCEPTIONS) !== FSW_EXCEPTIONS || !isNormal(se, aHigh) || !isNormal(seOther, bHigh))) {
      return refused !== 0 ? REFUSED : withZero(to, a, b, se, seOther, false);
    }
    // Which one is larger is as good as random: they change places without a branch.
    let distance = exponentOf(se) - exponentOf(seOther);
    const change = distance >> 31;
    distance = (distance ^ change) - change;
    const larger = se ^ ((se ^ seOther) & change);
    let high = aHigh ^ ((aHigh ^ bHigh) & change);
    let low = aLow ^ ((aLow ^ bLow) & change);
    bHigh ^= high ^ aHigh;
    bLow ^= low ^ aLow;
    let sign = (larger >>> 15) & 1;
    let exponent = exponentOf(larger);
    let rest = 0;
    if (distance !== 0) {
      if (distance < 32) {
        rest = bLow << -distance;
        bLow = (bLow >>> distance) | (bHigh << -distance);
        bHigh >>>= distance;
      } else if (distance < 64) {
        const beyond = distance - 32;
        if (beyond === 0) {
          rest = bLow;
          bLow = bHigh;
        } else {
          rest = (bHigh << (32 - beyond)) | (bLow >>> beyond) | ((bLow << (32 - beyond)) !== 0 ? 1 : 0);
          bLow = bHigh >>> beyond;
        }
        bHigh = 0;
      } else {
        const beyond = distance - 64;
        if (beyond === 0) rest = bHigh | (bLow !== 0 ? 1 : 0);
        else if (beyond < 32) rest = (bHigh >>> beyond) | (((bHigh << (32 - beyond)) | bLow) !== 0 ? 1 : 0);
        else rest = 1;
        bHigh = 0;
        bLow = 0;
      }
    }
    if (((se ^ seOther) & SIGN_BIT) === 0) {
      const sumLow = (low + bLow) | 0;
      const sumHigh = (high + bHigh + carryOut(low, bLow, sumLow)) | 0;
      const shift = carryOut(high, bHigh, sumHigh);
      rest = (rest >>> shift) | (rest & shift) | ((sumLow << 1) << (31 - shift));
      low = (sumLow >>> shift) | ((sumHigh << 1) << (31 - shift));
      high = (sumHigh >>> shift) | (shift << 31);
      exponent += shift;
    } else {
      const differenceLow = (low - bLow - (rest !== 0 ? 1 : 0)) | 0;
      high = (high - bHigh - borrowOut(low, bLow, differenceLow)) | 0;
      low = differenceLow;
      rest = -rest | 0;
      if (distance === 0 && borrowOut(aHigh, bHigh, high) !== 0) {
        // Equal exponents, and the second one is larger.
        sign ^= 1;
        high = (~high + (low === 0 ? 1 : 0)) | 0;
        low = -low | 0;
      }
      if (high === 0) {
        if (low === 0) {
          if (rest === 0) return zero(to, ((fcw >>> 10) & 3) === ROUND_DOWN ? SIGN_BIT : 0);
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
      high = (high << shift) | ((low >>> 1) >>> (31 - shift));
      low = (low << shift) | ((rest >>> 1) >>> (31 - shift));
      rest <<= shift;
      exponent -= shift;
    }
    return roundTo(fcw, to, sign, exponent, high, low, rest);
  }

  /** a × b. Which way bits fall is as good as random, so carries and the last shift are computed without branches. */
  function multiply(to: number, a: number, b: number, refused: number): number {
    const fcw = n[FCW];
    const aLow = n[a];
    const aHigh = n[a + 1];
    const bLow = n[b];
    const bHigh = n[b + 1];
    const se = n[a + 2];
    const seOther = n[b + 2];
    if (refused !== ANYTHING && (refused !== 0 || (fcw & FSW_EXCEPTIONS) !== FSW_EXCEPTIONS || !isNormal(se, aHigh) || !isNormal(seOther, bHigh))) {
      return refused !== 0 ? REFUSED : withZero(to, a, b, se, seOther, true);
    }
    const a0 = aLow & 0xffff;
    const a1 = aLow >>> 16;
    const a2 = aHigh & 0xffff;
    const a3 = aHigh >>> 16;
    const b0 = bLow & 0xffff;
    const b1 = bLow >>> 16;
    const b2 = bHigh & 0xffff;
    const b3 = bHigh >>> 16;
    // High halves of the four products of halves, as mulHighUnsigned has them.
    let f = 0;
    let g = 0;
    f = (Math.imul(a1, b0) + (Math.imul(a0, b0) >>> 16)) | 0;
    g = (Math.imul(a0, b1) + (f & 0xffff)) | 0;
    const lowestHigh = (Math.imul(a1, b1) + (f >>> 16) + (g >>> 16)) | 0;
    f = (Math.imul(a3, b0) + (Math.imul(a2, b0) >>> 16)) | 0;
    g = (Math.imul(a2, b1) + (f & 0xffff)) | 0;
    const crossOneHigh = (Math.imul(a3, b1) + (f >>> 16) + (g >>> 16)) | 0;
    f = (Math.imul(a1, b2) + (Math.imul(a0, b2) >>> 16)) | 0;
    g = (Math.imul(a0, b3) + (f & 0xffff)) | 0;
    const crossTwoHigh = (Math.imul(a1, b3) + (f >>> 16) + (g >>> 16)) | 0;
    f = (Math.imul(a3, b2) + (Math.imul(a2, b2) >>> 16)) | 0;
    g = (Math.imul(a2, b3) + (f & 0xffff)) | 0;
    const upperHigh = (Math.imul(a3, b3) + (f >>> 16) + (g >>> 16)) | 0;
    // Columns of the 128-bit product: their sums, and what they carry.
    const lowest = Math.imul(aLow, bLow);
    const crossOne = Math.imul(aHigh, bLow);
    const crossTwo = Math.imul(aLow, bHigh);
    const upper = Math.imul(aHigh, bHigh);
    const crossed = (crossOne + crossTwo) | 0;
    const rest = (crossed + lowestHigh) | 0;
    const carry = carryOut(crossOne, crossTwo, crossed) + carryOut(crossed, lowestHigh, rest);
    const crossedHigh = (crossOneHigh + crossTwoHigh) | 0;
    const column = (crossedHigh + upper) | 0;
    const low = (column + carry) | 0;
    const high = (upperHigh + carryOut(crossOneHigh, crossTwoHigh, crossedHigh) + carryOut(crossedHigh, upper, column) + carryOut(column, carry, low)) | 0;
    const shift = (~high) >>> 31;
    const sticky = (rest << shift) | ((lowest | -lowest) >>> 31);
    return roundTo(fcw, to, ((se ^ seOther) >>> 15) & 1, exponentOf(se) + exponentOf(seOther) - BIAS + 1 - shift, (high << shift) | ((low >>> 1) >>> (31 - shift)), (low << shift) | ((rest >>> 1) >>> (31 - shift)), sticky);
  }

  /** a ÷ b. */
  function divide(to: number, a: number, b: number, refused: number): number {
    const fcw = n[FCW];
    const aLow = n[a];
    const aHigh = n[a + 1];
    const bLow = n[b];
    const bHigh = n[b + 1];
    const se = n[a + 2];
    const seOther = n[b + 2];
    if (refused !== ANYTHING && (refused !== 0 || (fcw & FSW_EXCEPTIONS) !== FSW_EXCEPTIONS || !isNormal(se, aHigh) || !isNormal(seOther, bHigh))) return REFUSED;
    // Whether the significand of a is not below that of b: then the quotient has a bit more, and b is taken once beforehand.
    const lessLow = (aLow - bLow) | 0;
    const lessHigh = (aHigh - bHigh - borrowOut(aLow, bLow, lessLow)) | 0;
    const whole = borrowOut(aHigh, bHigh, lessHigh) ^ 1;
    let rHigh = aHigh ^ ((aHigh ^ lessHigh) & -whole);
    let rLow = aLow ^ ((aLow ^ lessLow) & -whole);
    // A digit's estimate is within 1 of the true 32-bit digit: five roundings of 2^-53 against a quotient below 2^32.
    const reciprocal = 4294967296 / ((bHigh >>> 0) * 4294967296 + (bLow >>> 0));
    let high = 0;
    let low = 0;
    for (let digit = 0; digit < 2; digit++) {
      const estimate = ((rHigh >>> 0) * 4294967296 + (rLow >>> 0)) * reciprocal;
      let q = estimate > 4294967295 ? -1 : estimate | 0;
      // remainder·2^32 − q·divisor, kept modulo 2^96 in top:rHigh:rLow.
      const productLow = Math.imul(q, bLow);
      const crossLow = Math.imul(q, bHigh);
      const crossHigh = mulHighUnsigned(q, bLow);
      const middle = (crossLow + crossHigh) | 0;
      const productHigh = (mulHighUnsigned(q, bHigh) + carryOut(crossLow, crossHigh, middle)) | 0;
      const difference = (rLow - middle - (productLow !== 0 ? 1 : 0)) | 0;
      let top = (rHigh - productHigh - borrowOut(rLow, middle, difference)) | 0;
      rHigh = difference;
      rLow = -productLow | 0;
      while (top < 0) {
        q = (q - 1) | 0;
        const sumLow = (rLow + bLow) | 0;
        const sumHigh = (rHigh + bHigh + carryOut(rLow, bLow, sumLow)) | 0;
        top = (top + carryOut(rHigh, bHigh, sumHigh)) | 0;
        rLow = sumLow;
        rHigh = sumHigh;
      }
      while (top > 0 || (rHigh === bHigh ? rLow >>> 0 >= bLow >>> 0 : rHigh >>> 0 > bHigh >>> 0)) {
        q = (q + 1) | 0;
        const restLow = (rLow - bLow) | 0;
        const restHigh = (rHigh - bHigh - borrowOut(rLow, bLow, restLow)) | 0;
        top = (top - borrowOut(rHigh, bHigh, restHigh)) | 0;
        rLow = restLow;
        rHigh = restHigh;
      }
      high = low;
      low = q;
    }
    // The next bit, and whether anything is left: twice the remainder is never the divisor, since no quotient has exactly 65 bits.
    const twiceHigh = (rHigh << 1) | (rLow >>> 31);
    const twiceLow = rLow << 1;
    const nextLow = (twiceLow - bLow) | 0;
    const nextHigh = (twiceHigh - bHigh - borrowOut(twiceLow, bLow, nextLow)) | 0;
    const nextBit = (rHigh >>> 31) | (borrowOut(twiceHigh, bHigh, nextHigh) ^ 1);
    let rest = (nextBit << 31) | ((rHigh | rLow) !== 0 ? 1 : 0);
    rest = (rest >>> whole) | (rest & whole) | ((low << 1) << (31 - whole));
    low = (low >>> whole) | ((high << 1) << (31 - whole));
    high = (high >>> whole) | (whole << 31);
    return roundTo(fcw, to, ((se ^ seOther) >>> 15) & 1, exponentOf(se) - exponentOf(seOther) + BIAS - 1 + whole, high, low, rest);
  }

  /** √a, of a positive number: two digits of 32 bits by the host's square root and quotient, each put right by an exact remainder. */
  function squareRoot(to: number, a: number, refused: number): number {
    const fcw = n[FCW];
    const se = n[a + 2];
    const aHigh = n[a + 1];
    const aLow = n[a];
    if (refused !== ANYTHING && (refused !== 0 || (fcw & FSW_EXCEPTIONS) !== FSW_EXCEPTIONS || !isNormal(se, aHigh) || (se & SIGN_BIT) !== 0)) return REFUSED;
    const unbiased = exponentOf(se) - BIAS;
    // The radicand n0:n1:n2:0 has its binary point where the exponent is even and the root has bit 63 set.
    const shift = (unbiased & 1) ^ 1;
    const n0 = aHigh >>> shift;
    const n1 = (aLow >>> shift) | ((aHigh << 31) & -shift);
    const n2 = ((aLow << 31) & -shift) >>> 0;
    let first = Math.min(Math.floor(Math.sqrt(n0 * TWO_32 + (n1 >>> 0))), TWO_32 - 1);
    // n0:n1 - first², not above 2 · first once first is right.
    let remainder = ((n0 - mulHighUnsigned(first | 0, first | 0)) | 0) * TWO_32 + ((n1 >>> 0) - (Math.imul(first, first) >>> 0));
    if (remainder < 0) {
      first--;
      remainder += 2 * first + 1;
    }
    let second = Math.min(Math.floor((remainder * TWO_32 + n2) / (2 * first)), TWO_32 - 1);
    // remainder · 2^32 + n2 - 2 · first · second: its low half by integers, the rest by doubles, which are right to 2^13.
    const excessLow = ((n2 | 0) - Math.imul(first << 1, second)) >>> 0;
    const excess = excessLow + Math.round((remainder * TWO_32 - 2 * first * second + n2 - excessLow) / TWO_32) * TWO_32;
    // What is left of the radicand: high · 2^32 + low, where high may be negative.
    const square = Math.imul(second, second);
    let low = -square >>> 0;
    let high = excess - (mulHighUnsigned(second | 0, second | 0) >>> 0) - (square !== 0 ? 1 : 0);
    while (high < 0) {
      second--;
      low += 2 * second + 1;
      const carry = Math.floor(low / TWO_32);
      low -= carry * TWO_32;
      high += 2 * first + carry;
    }
    while (isAbove(high, low, 2 * first + (second >= 0x80000000 ? 1 : 0), (second << 1) >>> 0)) {
      low -= 2 * second + 1;
      const borrow = Math.floor(low / TWO_32);
      low -= borrow * TWO_32;
      high += borrow - 2 * first;
      second++;
    }
    // Above the root itself, more than a half follows; it is never exactly that.
    const rest = high === 0 && low === 0 ? 0 : isAbove(high, low, first, second) ? -0x40000000 : 0x40000000;
    return roundTo(fcw, to, 0, (unbiased >> 1) + BIAS, first | 0, second | 0, rest);
  }

  /** C3 and C0 of a comparison of normal numbers. */
  function order(a: number, b: number, refused: number): number {
    const se = n[a + 2];
    const seOther = n[b + 2];
    const high = n[a + 1];
    const highOther = n[b + 1];
    if (refused !== 0 || !isNormal(se, high) || !isNormal(seOther, highOther)) return REFUSED;
    const sign = se & SIGN_BIT;
    if (sign !== (seOther & SIGN_BIT)) return sign === 0 ? 0 : FSW_C0;
    let order = (se & 0x7fff) - (seOther & 0x7fff);
    if (order === 0) order = (high >>> 0) - (highOther >>> 0);
    if (order === 0) order = (n[a] >>> 0) - (n[b] >>> 0);
    if (order === 0) return FSW_C3;
    return order < 0 === (sign === 0) ? FSW_C0 : 0;
  }

  return { add, multiply, divide, squareRoot, order };
}
