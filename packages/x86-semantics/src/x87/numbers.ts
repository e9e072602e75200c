/**
 * Sum, product and quotient of two numbers that are neither zero, infinite nor NaN: what nearly every x87 instruction
 * computes. Sums and products are 64-bit integers. Operands are at lanes `a` and `b` (`significand.ts`), the result goes to lane `to`;
 * lanes are even.
 * See `createRounding` for how 64-bit integers must be written.
 */

import { BIAS, FSW_C0, FSW_C3, FSW_EXCEPTIONS } from './constants.ts';
import { FCW, R_HIGH, R_LOW, T_HIGH, T_LOW, T_REST } from './operand.ts';
import { createQuotients, type QuotientNumbers } from './quotients.ts';
import { shiftRightSticky } from './round.ts';
import { createRounding, SUM } from './round-number.ts';
import { ANYTHING, borrowOut, exponentOf, isNormal, isZero, REFUSED, SIGN_BIT } from './significand.ts';

/** What `add` is to change the sign of: a, or b. */
export const NEGATE_A = 0x8000;
export const NEGATE_B = 0x10000;

/** Arithmetic of numbers at lanes of the state, to another such lane. The results are flags OE, UE, PE and C1, or {@link REFUSED}. */
export interface X87Numbers extends QuotientNumbers {
  /** a + b, with the signs of those in `negates` changed. */
  add(to: number, a: number, b: number, refused: number, negates: number): number;
  multiply(to: number, a: number, b: number, refused: number): number;
  /** C3 and C0 of a comparison. */
  order(a: number, b: number, refused: number): number;
}

/**
 * Arithmetic over one state. A closure, and the lanes a constant of it: V8 takes them for constants of the code as long as
 * there is but one state, which saves a fifth.
 */
export function createNumbers(lanes: Int32Array): X87Numbers {
  const n = lanes;
  const u = new BigUint64Array(lanes.buffer, lanes.byteOffset, lanes.length >> 1);
  const powers = BigUint64Array.from({ length: 64 }, (_, i) => 1n << BigInt(i));
  const rounding = createRounding(lanes, u);
  const { round128, round96, nothing, zero } = rounding;
  const { divide, squareRoot } = createQuotients(lanes, rounding);

  /** Sum (signs changed already) or product of operands of which one is not normal: if that one is a zero, and it may be computed. */
  function withZero(to: number, a: number, b: number, se: number, seOther: number, isProduct: boolean): number {
    const fcw = n[FCW];
    if ((fcw & FSW_EXCEPTIONS) !== FSW_EXCEPTIONS) return REFUSED;
    const isFirst = isZero(se, n[a + 1], n[a]);
    const number = isFirst ? b : a;
    const other = isFirst ? seOther : se;
    if ((!isFirst && !isZero(seOther, n[b + 1], n[b])) || !isNormal(other, n[number + 1])) return REFUSED;
    return isProduct ? zero(to, (se ^ seOther) & SIGN_BIT) : round96(fcw, to, (other >>> 15) & 1, other & 0x7fff, n[number + 1], n[number], 0);
  }

  /** a + b, with the signs of those in `negates` changed. */
  function add(to: number, a: number, b: number, refused: number, negates: number): number {
    const fcw = n[FCW];
    const aHigh = n[a + 1];
    const bHigh = n[b + 1];
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
    const sign = (larger >>> 15) & 1;
    const isSum = ((se ^ seOther) & SIGN_BIT) === 0;
    if (!isSum && distance < 2) return cancel(fcw, to, a ^ ((a ^ b) & change), b ^ ((a ^ b) & change), distance, sign, exponentOf(larger));
    let smaller = b ^ ((a ^ b) & change);
    let shift = distance + (isSum ? 1 : 0);
    if (shift > 63) {
      shiftRightSticky(n, n[smaller + 1], n[smaller], 0, shift - 63);
      n[R_HIGH] = n[T_HIGH];
      n[R_LOW] = n[T_LOW] | (n[T_REST] !== 0 ? 1 : 0);
      smaller = R_LOW;
      shift = 63;
    }
    const x = u[(a ^ ((a ^ b) & change)) >> 1];
    const y = u[smaller >> 1];
    // The smaller one is shifted right, a sum by one more, so that it has room: multiplied by a power of two, of which one half is 0.
    const power = powers[64 - shift];
    const yLow = BigInt.asUintN(64, y & 0xffff_ffffn);
    const yHigh = BigInt.asUintN(64, y >> 32n);
    const powerLow = BigInt.asUintN(64, power & 0xffff_ffffn);
    const powerHigh = BigInt.asUintN(64, power >> 32n);
    const cross = BigInt.asUintN(64, BigInt.asUintN(64, BigInt.asUintN(64, yLow * powerHigh) >> 32n) + BigInt.asUintN(64, BigInt.asUintN(64, yHigh * powerLow) >> 32n));
    const high = BigInt.asUintN(64, BigInt.asUintN(64, yHigh * powerHigh) + cross);
    const low = BigInt.asUintN(64, y * power);
    if (isSum) {
      const lowest = BigInt.asUintN(64, x << 63n);
      u[SUM] = BigInt.asUintN(64, BigInt.asUintN(64, BigInt.asUintN(64, x >> 1n) + high) + BigInt.asUintN(64, BigInt.asUintN(64, lowest & low) >> 63n));
      u[SUM + 1] = BigInt.asUintN(64, lowest + low);
    } else {
      u[SUM] = BigInt.asUintN(64, BigInt.asUintN(64, x - high) - BigInt.asUintN(64, BigInt.asUintN(64, low | BigInt.asUintN(64, -low)) >> 63n));
      u[SUM + 1] = BigInt.asUintN(64, -low);
    }
    return round128(fcw, to, sign, exponentOf(larger) + (isSum ? 1 : 0));
  }

  /** A difference of numbers whose exponents differ by 0 or 1, the larger one's first: any number of bits may go, but none is lost. */
  function cancel(fcw: number, to: number, a: number, b: number, distance: number, sign: number, exponent: number): number {
    const aHigh = n[a + 1];
    const aLow = n[a];
    const bHigh = n[b + 1] >>> distance;
    const bLow = (n[b] >>> distance) | ((n[b + 1] << 31) & -distance);
    let rest = (n[b] << 31) & -distance;
    let low = (aLow - bLow - (rest !== 0 ? 1 : 0)) | 0;
    let high = (aHigh - bHigh - borrowOut(aLow, bLow, low)) | 0;
    if (distance === 0 && borrowOut(aHigh, bHigh, high) !== 0) {
      // Equal exponents, and the second one is larger.
      sign ^= 1;
      high = (~high + (low === 0 ? 1 : 0)) | 0;
      low = -low | 0;
    }
    if (high === 0) {
      if (low === 0) {
        if (rest === 0) return nothing(fcw, to);
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
    return round96(fcw, to, sign, exponent - shift, high, low, rest << shift);
  }

  /** a × b. Which way bits fall is as good as random, so carries and the last shift are computed without branches. */
  function multiply(to: number, a: number, b: number, refused: number): number {
    const fcw = n[FCW];
    const aHigh = n[a + 1];
    const bHigh = n[b + 1];
    const se = n[a + 2];
    const seOther = n[b + 2];
    if (refused !== ANYTHING && (refused !== 0 || (fcw & FSW_EXCEPTIONS) !== FSW_EXCEPTIONS || !isNormal(se, aHigh) || !isNormal(seOther, bHigh))) {
      return refused !== 0 ? REFUSED : withZero(to, a, b, se, seOther, true);
    }
    const x = u[a >> 1];
    const y = u[b >> 1];
    const xLow = BigInt.asUintN(64, x & 0xffff_ffffn);
    const xHigh = BigInt.asUintN(64, x >> 32n);
    const yLow = BigInt.asUintN(64, y & 0xffff_ffffn);
    const yHigh = BigInt.asUintN(64, y >> 32n);
    const lowest = BigInt.asUintN(64, xLow * yLow);
    const crossOne = BigInt.asUintN(64, BigInt.asUintN(64, xHigh * yLow) + BigInt.asUintN(64, lowest >> 32n));
    const crossTwo = BigInt.asUintN(64, BigInt.asUintN(64, xLow * yHigh) + BigInt.asUintN(64, crossOne & 0xffff_ffffn));
    u[SUM] = BigInt.asUintN(64, BigInt.asUintN(64, BigInt.asUintN(64, xHigh * yHigh) + BigInt.asUintN(64, crossOne >> 32n)) + BigInt.asUintN(64, crossTwo >> 32n));
    u[SUM + 1] = BigInt.asUintN(64, x * y);
    return round128(fcw, to, ((se ^ seOther) >>> 15) & 1, exponentOf(se) + exponentOf(seOther) - BIAS + 1);
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
