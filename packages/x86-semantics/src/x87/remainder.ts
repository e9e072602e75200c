/** FPREM and FPREM1, FSCALE, FXTRACT. */

import { BIAS, FCW_EXTENDED, FSW_C0, FSW_C1, FSW_C2, FSW_C3, FSW_DE, FSW_ZE } from './constants.ts';
import { toScale } from './convert.ts';
import {
  A,
  B,
  DENORMAL,
  denormalFlag,
  EXPONENT,
  HIGH,
  INFINITE,
  invalid,
  LOW,
  packInfinity,
  packSlot,
  packZero,
  propagateOne,
  propagateTwo,
  Q_EXPONENT,
  Q_HIGH,
  Q_LOW,
  QUIET,
  R_EXPONENT,
  R_HIGH,
  R_LOW,
  SIGN,
  ZERO,
} from './operand.ts';
import { roundAndPack } from './round.ts';

/** Marks that {@link remainder} left quotient bits: a NaN or an invalid operation leaves C0 and C3 alone. Above the status word. */
export const FSW_QUOTIENT = 0x10000;

/**
 * Remainder of A by B: truncating (FPREM) or to nearest (FPREM1). Returns flags with the quotient's low bits in C0 (bit 2),
 * C3 (bit 1) and C1 (bit 0), or C2 when the exponents differ by 64 or more and only a part was done.
 */
export function remainder(w: Int32Array, fcw: number, nearest: boolean): number {
  const classA = w[A];
  const classB = w[B];
  if (classA >= QUIET || classB >= QUIET) return propagateTwo(w);
  if (classA === INFINITE || classB === ZERO) return invalid(w);
  const flags = denormalFlag(w) | FSW_QUOTIENT;
  let sign = w[A + SIGN];
  if (classA === ZERO) {
    packZero(w, sign);
    return flags;
  }
  const distance = w[A + EXPONENT] - w[B + EXPONENT];
  let high = w[A + HIGH];
  let low = w[A + LOW];
  if (classB === INFINITE || distance < (nearest ? -1 : 0)) {
    return flags | roundAndPack(w, fcw | FCW_EXTENDED, sign, w[A + EXPONENT], high, low, 0);
  }
  const dHigh = w[B + HIGH];
  const dLow = w[B + LOW];
  // Any count from 32 to 63 is allowed for a partial step.
  const steps = distance < 64 ? distance : 32 + (distance & 31);
  let quotient = 0;
  const exponent = w[A + EXPONENT] - steps;
  let over = 0;
  for (let i = steps; i >= 0; i--) {
    quotient = (quotient << 1) & 7;
    if (over !== 0 || (high === dHigh ? low >>> 0 >= dLow >>> 0 : high >>> 0 > dHigh >>> 0)) {
      high = (high - dHigh - (low >>> 0 < dLow >>> 0 ? 1 : 0)) | 0;
      low = (low - dLow) | 0;
      over = 0;
      quotient |= 1;
    }
    if (i > 0) {
      over = high >>> 31;
      high = (high << 1) | (low >>> 31);
      low <<= 1;
    }
  }
  let codes = FSW_C2;
  if (distance < 64) {
    if (distance === -1 && !roundsToNext(high, low, dHigh, dLow, distance, 0)) {
      return flags | roundAndPack(w, fcw | FCW_EXTENDED, sign, exponent - 1, high, low, 0);
    }
    if (nearest && roundsToNext(high, low, dHigh, dLow, distance, quotient)) {
      if (distance === -1) return flags | FSW_C1 | subtractHalf(w, fcw, sign ^ 1, exponent);
      const borrow = dLow >>> 0 < low >>> 0 ? 1 : 0;
      high = (dHigh - high - borrow) | 0;
      low = (dLow - low) | 0;
      sign ^= 1;
      quotient++;
    }
    codes = ((quotient & 4) !== 0 ? FSW_C0 : 0) | ((quotient & 2) !== 0 ? FSW_C3 : 0) | ((quotient & 1) !== 0 ? FSW_C1 : 0);
  }
  if ((high | low) === 0) {
    packZero(w, w[A + SIGN]);
    return flags | codes;
  }
  return flags | codes | packNormalized(w, fcw, sign, exponent, high, low, 0);
}

/** Whether the quotient to nearest (even) is the next one up. At distance −1 the divisor is scaled up by one bit. */
function roundsToNext(high: number, low: number, dHigh: number, dLow: number, distance: number, quotient: number): boolean {
  if (distance === -1) return high === dHigh ? low >>> 0 > dLow >>> 0 : high >>> 0 > dHigh >>> 0;
  if (high < 0) return true;
  const twiceHigh = (high << 1) | (low >>> 31);
  const twiceLow = low << 1;
  if (twiceHigh === dHigh && twiceLow === dLow) return (quotient & 1) !== 0;
  return twiceHigh === dHigh ? twiceLow >>> 0 > dLow >>> 0 : twiceHigh >>> 0 > dHigh >>> 0;
}

/** |B| − |A| where B's exponent, `exponent`, is one above A's. */
function subtractHalf(w: Int32Array, fcw: number, sign: number, exponent: number): number {
  const lost = w[A + LOW] & 1;
  const halfLow = (w[A + LOW] >>> 1) | (w[A + HIGH] << 31);
  const borrow = w[B + LOW] >>> 0 < (halfLow >>> 0) + lost ? 1 : 0;
  const low = (w[B + LOW] - halfLow - lost) | 0;
  const high = (w[B + HIGH] - (w[A + HIGH] >>> 1) - borrow) | 0;
  return packNormalized(w, fcw, sign, exponent, high, low, lost << 31);
}

function packNormalized(w: Int32Array, fcw: number, sign: number, exponent: number, high: number, low: number, rest: number): number {
  if (high === 0) {
    high = low;
    low = rest;
    rest = 0;
    exponent -= 32;
  }
  if (high === 0) {
    high = low;
    low = 0;
    exponent -= 32;
  }
  const shift = Math.clz32(high);
  if (shift !== 0) {
    high = (high << shift) | (low >>> (32 - shift));
    low = (low << shift) | (rest >>> (32 - shift));
    rest <<= shift;
    exponent -= shift;
  }
  return roundAndPack(w, fcw | FCW_EXTENDED, sign, exponent, high, low, rest);
}

/** FSCALE: A × 2^trunc(B). Precision control has no part in it. */
export function scale(w: Int32Array, fcw: number): number {
  const classA = w[A];
  const classB = w[B];
  if (classA >= QUIET || classB >= QUIET) return propagateTwo(w);
  const sign = w[A + SIGN];
  if (classB === INFINITE) {
    if (w[B + SIGN] === 0) {
      if (classA === ZERO) return invalid(w);
      packInfinity(w, sign);
    } else {
      if (classA === INFINITE) return invalid(w);
      packZero(w, sign);
    }
    return denormalFlag(w);
  }
  const flags = denormalFlag(w);
  if (classA === ZERO || classA === INFINITE) {
    packSlot(w, A);
    return flags;
  }
  return flags | roundAndPack(w, fcw | FCW_EXTENDED, sign, w[A + EXPONENT] + toScale(w, B), w[A + HIGH], w[A + LOW], 0);
}

/** FXTRACT: the exponent of A as a number in R, its significand in Q. */
export function extract(w: Int32Array): number {
  const kind = w[A];
  if (kind >= QUIET) {
    const flags = propagateOne(w);
    w[Q_EXPONENT] = w[R_EXPONENT];
    w[Q_HIGH] = w[R_HIGH];
    w[Q_LOW] = w[R_LOW];
    return flags;
  }
  const sign = w[A + SIGN];
  w[Q_HIGH] = w[A + HIGH];
  w[Q_LOW] = w[A + LOW];
  if (kind === ZERO) {
    w[Q_EXPONENT] = sign << 15;
    packInfinity(w, 1);
    return FSW_ZE;
  }
  if (kind === INFINITE) {
    w[Q_EXPONENT] = (sign << 15) | 0x7fff;
    packInfinity(w, 0);
    return 0;
  }
  w[Q_EXPONENT] = (sign << 15) | BIAS;
  packSmall(w, w[A + EXPONENT] - BIAS);
  return kind === DENORMAL ? FSW_DE : 0;
}

function packSmall(w: Int32Array, value: number): void {
  if (value === 0) {
    packZero(w, 0);
    return;
  }
  const magnitude = Math.abs(value);
  const shift = Math.clz32(magnitude);
  w[R_EXPONENT] = (value < 0 ? 0x8000 : 0) | (BIAS + 31 - shift);
  w[R_HIGH] = magnitude << shift;
  w[R_LOW] = 0;
}
