import { mulHighUnsigned } from '../emit-js/pure.ts';
import { BIAS, FSW_EXCEPTIONS } from './constants.ts';
import { FCW } from './operand.ts';
import type { NumberRounding } from './round-number.ts';
import { ANYTHING, borrowOut, carryOut, exponentOf, isNormal, REFUSED, SIGN_BIT } from './significand.ts';

const TWO_32 = 4294967296;

/** Whether high · 2^32 + low is above another such number. */
function isAbove(high: number, low: number, otherHigh: number, otherLow: number): boolean {
  return high > otherHigh || (high === otherHigh && low > otherLow);
}

/** Quotients and square roots of numbers of one state: digits of 32 bits. */
export interface QuotientNumbers {
  divide(to: number, a: number, b: number, refused: number): number;
  squareRoot(to: number, a: number, refused: number): number;
}

export function createQuotients(lanes: Int32Array, { round96 }: NumberRounding): QuotientNumbers {
  const n = lanes;

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
    return round96(fcw, to, ((se ^ seOther) >>> 15) & 1, exponentOf(se) - exponentOf(seOther) + BIAS - 1 + whole, high, low, rest);
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
    return round96(fcw, to, 0, (unbiased >> 1) + BIAS, first | 0, second | 0, rest);
  }

  return { divide, squareRoot };
}
