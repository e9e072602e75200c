/** Conversions of slot A to narrower formats, and rounding to an integer. */

import {
  BIAS,
  FSW_C1,
  FSW_DE,
  FSW_IE,
  FSW_OE,
  FSW_PE,
  FSW_UE,
} from './constants.ts';
import {
  A,
  DENORMAL,
  EXPONENT,
  HIGH,
  INFINITE,
  LOW,
  packSlot,
  packZero,
  propagateOne,
  QUIET,
  R_EXPONENT,
  R_HIGH,
  R_LOW,
  SIGN,
  SIGNALING,
  T_HIGH,
  T_LOW,
  T_REST,
  UNSUPPORTED,
  ZERO,
} from './operand.ts';
import { overflowsToInfinity, roundsUp, shiftRightSticky } from './round.ts';

const TOP_BIT = -0x80000000;

/** Rounds A to a single in R_LOW. An unmasked overflow or underflow is reported alone: nothing will be stored. */
export function toSingle(w: Int32Array, fcw: number): number {
  const kind = w[A];
  const sign = w[A + SIGN] << 31;
  if (kind === ZERO || kind >= INFINITE) {
    if (kind === UNSUPPORTED) {
      w[R_LOW] = -0x400000;
      return FSW_IE;
    }
    w[R_LOW] = kind === ZERO ? sign : sign | 0x7f800000;
    if (kind >= QUIET) w[R_LOW] |= 0x400000 | ((w[A + HIGH] >>> 8) & 0x7fffff);
    return kind === SIGNALING ? FSW_IE : 0;
  }
  const rounding = (fcw >>> 10) & 3;
  const high = w[A + HIGH];
  const low = w[A + LOW];
  let exponent = w[A + EXPONENT] - (BIAS - 127);
  let kept = high >>> 8;
  let rest = (high << 24) | (low !== 0 ? 1 : 0);
  let up = roundsUp(rounding, w[A + SIGN], rest, kept & 1);
  let flags = 0;
  if (exponent <= 0 && !(exponent === 0 && up && kept === 0xffffff)) {
    if ((fcw & FSW_UE) === 0) return FSW_UE;
    shiftRightSticky(w, kept, rest, 0, Math.min(1 - exponent, 70));
    kept = w[T_HIGH];
    rest = w[T_LOW] | (w[T_REST] !== 0 ? 1 : 0);
    up = roundsUp(rounding, w[A + SIGN], rest, kept & 1);
    exponent = 0;
    flags = rest !== 0 ? FSW_UE : 0;
  } else {
    kept &= 0x7fffff;
  }
  if (rest !== 0) flags |= FSW_PE | (up ? FSW_C1 : 0);
  // The carry of the significand runs into the exponent field by itself.
  const magnitude = exponent < 255 ? (exponent << 23) + kept + (up ? 1 : 0) : 0x7f800000;
  if (magnitude >= 0x7f800000) {
    if ((fcw & FSW_OE) === 0) return FSW_OE;
    const infinite = overflowsToInfinity(rounding, w[A + SIGN]);
    w[R_LOW] = sign | (infinite ? 0x7f800000 : 0x7f7fffff);
    return FSW_OE | FSW_PE | (infinite ? FSW_C1 : 0);
  }
  w[R_LOW] = sign | magnitude;
  return flags;
}

/** Rounds A to a double in R_HIGH and R_LOW. */
export function toDouble(w: Int32Array, fcw: number): number {
  const kind = w[A];
  const sign = w[A + SIGN] << 31;
  const high = w[A + HIGH];
  const low = w[A + LOW];
  if (kind === ZERO || kind >= INFINITE) {
    w[R_LOW] = 0;
    if (kind === UNSUPPORTED) {
      w[R_HIGH] = -0x80000;
      return FSW_IE;
    }
    w[R_HIGH] = kind === ZERO ? sign : sign | 0x7ff00000;
    if (kind >= QUIET) {
      w[R_HIGH] |= 0x80000 | ((high >>> 11) & 0xfffff);
      w[R_LOW] = (low >>> 11) | (high << 21);
    }
    return kind === SIGNALING ? FSW_IE : 0;
  }
  const rounding = (fcw >>> 10) & 3;
  let exponent = w[A + EXPONENT] - (BIAS - 1023);
  let keptHigh = high >>> 11;
  let keptLow = (low >>> 11) | (high << 21);
  let rest = low << 21;
  let up = roundsUp(rounding, w[A + SIGN], rest, keptLow & 1);
  let flags = 0;
  if (exponent <= 0 && !(exponent === 0 && up && keptHigh === 0x1fffff && keptLow === -1)) {
    if ((fcw & FSW_UE) === 0) return FSW_UE;
    shiftRightSticky(w, keptHigh, keptLow, rest, Math.min(1 - exponent, 100));
    keptHigh = w[T_HIGH];
    keptLow = w[T_LOW];
    rest = w[T_REST];
    up = roundsUp(rounding, w[A + SIGN], rest, keptLow & 1);
    exponent = 0;
    flags = rest !== 0 ? FSW_UE : 0;
  } else {
    keptHigh &= 0xfffff;
  }
  if (rest !== 0) flags |= FSW_PE | (up ? FSW_C1 : 0);
  if (up) {
    keptLow = (keptLow + 1) | 0;
    if (keptLow === 0) keptHigh++;
  }
  const magnitude = exponent < 2047 ? (exponent << 20) + keptHigh : 0x7ff00000;
  if (magnitude >= 0x7ff00000) {
    if ((fcw & FSW_OE) === 0) return FSW_OE;
    const infinite = overflowsToInfinity(rounding, w[A + SIGN]);
    w[R_HIGH] = sign | (infinite ? 0x7ff00000 : 0x7fefffff);
    w[R_LOW] = infinite ? 0 : -1;
    return FSW_OE | FSW_PE | (infinite ? FSW_C1 : 0);
  }
  w[R_HIGH] = sign | magnitude;
  w[R_LOW] = keptLow;
  return flags;
}

/** Rounds the magnitude of A to an integer in T_HIGH:T_LOW. IE when it needs more than 64 bits or is no number. */
export function toMagnitude(w: Int32Array, rounding: number): number {
  const kind = w[A];
  w[T_HIGH] = 0;
  w[T_LOW] = 0;
  if (kind === ZERO) return 0;
  const shift = BIAS + 63 - w[A + EXPONENT];
  if (kind >= INFINITE || shift < 0) return FSW_IE;
  shiftRightSticky(w, w[A + HIGH], w[A + LOW], 0, Math.min(shift, 100));
  const rest = w[T_REST];
  if (rest === 0) return 0;
  if (!roundsUp(rounding, w[A + SIGN], rest, w[T_LOW] & 1)) return FSW_PE;
  w[T_LOW] += 1;
  if (w[T_LOW] === 0) w[T_HIGH] += 1;
  return FSW_PE | FSW_C1;
}

/** Rounds A to a signed integer of 16, 32 or 64 bits in R_HIGH:R_LOW; the integer indefinite when it does not fit. */
export function toInteger(w: Int32Array, bits: number, rounding: number): number {
  const flags = toMagnitude(w, rounding);
  const negative = w[A + SIGN] !== 0;
  const high = w[T_HIGH];
  const low = w[T_LOW];
  let fits = (flags & FSW_IE) === 0;
  if (fits) {
    if (bits === 64) fits = high >= 0 || (negative && high === TOP_BIT && low === 0);
    else if (high !== 0) fits = false;
    else if (bits === 32) fits = low >= 0 || (negative && low === TOP_BIT);
    else fits = low >>> 0 < 0x8000 || (negative && low === 0x8000);
  }
  if (!fits) {
    w[R_HIGH] = TOP_BIT;
    w[R_LOW] = bits === 64 ? 0 : bits === 32 ? TOP_BIT : -0x8000;
    return FSW_IE;
  }
  w[R_LOW] = negative ? -low | 0 : low;
  w[R_HIGH] = negative ? (~high + (low === 0 ? 1 : 0)) | 0 : high;
  return flags;
}

/** Largest magnitude of a packed decimal: eighteen digits. */
const DECIMAL_LIMIT = 999999999999999999n;

/** Rounds A to packed decimal (vol. 1 §4.7) at `offset` of `bytes`. */
export function toDecimal(w: Int32Array, rounding: number, bytes: Uint8Array, offset: number): number {
  let flags = toMagnitude(w, rounding);
  let value = (BigInt(w[T_HIGH] >>> 0) << 32n) | BigInt(w[T_LOW] >>> 0);
  if ((flags & FSW_IE) !== 0 || value > DECIMAL_LIMIT) {
    bytes.fill(0, offset, offset + 7);
    bytes[offset + 7] = 0xc0;
    bytes[offset + 8] = 0xff;
    bytes[offset + 9] = 0xff;
    flags = FSW_IE;
    return flags;
  }
  for (let i = 0; i < 9; i++) {
    const pair = Number(value % 100n);
    value /= 100n;
    bytes[offset + i] = (Math.floor(pair / 10) << 4) | (pair % 10);
  }
  bytes[offset + 9] = w[A + SIGN] << 7;
  return flags;
}

/** Value of a packed decimal at `offset`, as a magnitude in T_HIGH:T_LOW. Digits above 9 count as what they are. */
export function fromDecimal(w: Int32Array, bytes: Uint8Array, offset: number): void {
  let value = 0n;
  for (let i = 8; i >= 0; i--) {
    const byte = bytes[offset + i];
    value = value * 100n + BigInt((byte >>> 4) * 10 + (byte & 15));
  }
  w[T_HIGH] = Number(BigInt.asIntN(32, value >> 32n));
  w[T_LOW] = Number(BigInt.asIntN(32, value));
}

/** FRNDINT: A rounded to an integral value, in R. */
export function roundToIntegral(w: Int32Array, rounding: number): number {
  const kind = w[A];
  if (kind >= QUIET) return propagateOne(w);
  if (kind === ZERO || kind === INFINITE || w[A + EXPONENT] >= BIAS + 63) {
    packSlot(w, A);
    return 0;
  }
  const flags = toMagnitude(w, rounding) | (kind === DENORMAL ? FSW_DE : 0);
  packMagnitude(w, w[A + SIGN]);
  return flags;
}

/** Packs T_HIGH:T_LOW as an integral value. */
export function packMagnitude(w: Int32Array, sign: number): void {
  let high = w[T_HIGH];
  let low = w[T_LOW];
  if ((high | low) === 0) {
    packZero(w, sign);
    return;
  }
  let exponent = BIAS + 63;
  if (high === 0) {
    high = low;
    low = 0;
    exponent -= 32;
  }
  const shift = Math.clz32(high);
  if (shift !== 0) {
    high = (high << shift) | (low >>> (32 - shift));
    low <<= shift;
  }
  w[R_EXPONENT] = (sign << 15) | (exponent - shift);
  w[R_HIGH] = high;
  w[R_LOW] = low;
}

/** A as an integer clipped to ±65536, cut towards zero: FSCALE's exponent. */
export function toScale(w: Int32Array, slot: number): number {
  if (w[slot] === ZERO) return 0;
  const exponent = w[slot + EXPONENT] - BIAS;
  if (exponent < 0) return 0;
  const magnitude = exponent > 16 ? 65536 : w[slot + HIGH] >>> (31 - exponent);
  return w[slot + SIGN] === 0 ? magnitude : -magnitude;
}
