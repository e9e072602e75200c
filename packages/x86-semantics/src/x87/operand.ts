/**
 * The unpacked operands of one x87 computation, in lanes of the state beside the registers, so that 32-bit halves stay unboxed
 * and arithmetic works on either.
 *
 * A slot holds class, sign, biased exponent and a 64-bit significand whose bit 63 is set for every finite
 * non-zero number (denormals are normalised, their exponent then drops to 0 or below).
 */

import { lane32 } from '@ringzero/x86';
import { FSW_DE, FSW_IE } from './constants.ts';

/** i32 lane of the control word. */
export const FCW: number = lane32('fcw');
const WORK = lane32('x87Work');
/** The two operand slots. */
export const A: number = WORK;
export const B: number = WORK + 8;
/** Members of a slot. */
export const CLASS = 0;
export const SIGN = 1;
export const EXPONENT = 2;
export const HIGH = 3;
export const LOW = 4;
/** The packed result, laid out as a register is. Narrow results use the two significand lanes. */
export const R_LOW: number = WORK + 16;
export const R_HIGH: number = WORK + 17;
export const R_EXPONENT: number = WORK + 18;
/** A 96-bit intermediate: significand and the bits below it, the lowest of which is sticky. */
export const T_HIGH: number = WORK + 20;
export const T_LOW: number = WORK + 21;
export const T_REST: number = WORK + 22;
/** A result of numbers.ts before it is rounded, of two 64-bit halves; shares the place of the one above. */
export const N_SUM: number = WORK + 20;
/** A second packed result (FXTRACT, FSINCOS, FPTAN). */
export const Q_EXPONENT: number = WORK + 24;
export const Q_HIGH: number = WORK + 25;
export const Q_LOW: number = WORK + 26;
/** The operands as numbers.ts takes them. */
export const N_A: number = WORK + 28;
export const N_B: number = WORK + 32;

/** Classes, ordered so that one comparison sorts out what is not a plain number. */
export const ZERO = 0;
export const NORMAL = 1;
export const DENORMAL = 2;
export const INFINITE = 3;
export const QUIET = 4;
export const SIGNALING = 5;
export const UNSUPPORTED = 6;

const QUIET_BIT = 0x40000000;
const TOP_BIT = -0x80000000;

/** Shifts a slot's significand left until bit 63 is set. */
function normalize(w: Int32Array, slot: number): void {
  let high = w[slot + HIGH];
  let low = w[slot + LOW];
  let exponent = w[slot + EXPONENT];
  if (high === 0) {
    high = low;
    low = 0;
    exponent -= 32;
  }
  const shift = Math.clz32(high);
  if (shift !== 0) {
    high = (high << shift) | (low >>> (32 - shift));
    low <<= shift;
    exponent -= shift;
  }
  w[slot + HIGH] = high;
  w[slot + LOW] = low;
  w[slot + EXPONENT] = exponent;
}

/** Unpacks a double extended number. Integer bit clear with a non-zero exponent is unsupported (vol. 1 table 8-3). */
export function unpackExtended(w: Int32Array, slot: number, high: number, low: number, signExponent: number): void {
  const exponent = signExponent & 0x7fff;
  w[slot + SIGN] = (signExponent >>> 15) & 1;
  w[slot + EXPONENT] = exponent;
  w[slot + HIGH] = high;
  w[slot + LOW] = low;
  if (exponent === 0) {
    if ((high | low) === 0) {
      w[slot] = ZERO;
    } else {
      w[slot] = DENORMAL;
      w[slot + EXPONENT] = 1;
      normalize(w, slot);
    }
  } else if (high >= 0) {
    w[slot] = UNSUPPORTED;
  } else if (exponent === 0x7fff) {
    w[slot] = ((high << 1) | low) === 0 ? INFINITE : (high & QUIET_BIT) !== 0 ? QUIET : SIGNALING;
  } else {
    w[slot] = NORMAL;
  }
}

/** Unpacks a single. */
export function unpackSingle(w: Int32Array, slot: number, bits: number): void {
  const exponent = (bits >>> 23) & 0xff;
  const high = (bits << 8) | TOP_BIT;
  w[slot + SIGN] = bits >>> 31;
  w[slot + LOW] = 0;
  if (exponent === 0) {
    w[slot + HIGH] = bits << 8 & 0x7fffffff;
    if ((bits << 1) === 0) {
      w[slot] = ZERO;
      w[slot + EXPONENT] = 0;
    } else {
      w[slot] = DENORMAL;
      w[slot + EXPONENT] = 16383 - 126;
      normalize(w, slot);
    }
    return;
  }
  w[slot + HIGH] = high;
  if (exponent === 0xff) {
    w[slot + EXPONENT] = 0x7fff;
    w[slot] = (high << 1) === 0 ? INFINITE : (high & QUIET_BIT) !== 0 ? QUIET : SIGNALING;
  } else {
    w[slot + EXPONENT] = exponent + (16383 - 127);
    w[slot] = NORMAL;
  }
}

/** Unpacks a double given as two halves. */
export function unpackDouble(w: Int32Array, slot: number, bitsHigh: number, bitsLow: number): void {
  const exponent = (bitsHigh >>> 20) & 0x7ff;
  const high = (bitsHigh << 11) | (bitsLow >>> 21) | TOP_BIT;
  const low = bitsLow << 11;
  w[slot + SIGN] = bitsHigh >>> 31;
  w[slot + LOW] = low;
  if (exponent === 0) {
    w[slot + HIGH] = high & 0x7fffffff;
    if (((bitsHigh << 1) | bitsLow) === 0) {
      w[slot] = ZERO;
      w[slot + EXPONENT] = 0;
    } else {
      w[slot] = DENORMAL;
      w[slot + EXPONENT] = 16383 - 1022;
      normalize(w, slot);
    }
    return;
  }
  w[slot + HIGH] = high;
  if (exponent === 0x7ff) {
    w[slot + EXPONENT] = 0x7fff;
    w[slot] = ((high << 1) | low) === 0 ? INFINITE : (high & QUIET_BIT) !== 0 ? QUIET : SIGNALING;
  } else {
    w[slot + EXPONENT] = exponent + (16383 - 1023);
    w[slot] = NORMAL;
  }
}

/** Unpacks a magnitude of 64 bits with a sign. */
export function unpackMagnitude(w: Int32Array, slot: number, sign: number, high: number, low: number): void {
  w[slot + SIGN] = sign;
  w[slot + HIGH] = high;
  w[slot + LOW] = low;
  if ((high | low) === 0) {
    w[slot] = ZERO;
    w[slot + EXPONENT] = 0;
    return;
  }
  w[slot] = NORMAL;
  w[slot + EXPONENT] = 16383 + 63;
  normalize(w, slot);
}

/** Unpacks a signed 32-bit integer. */
export function unpackInt32(w: Int32Array, slot: number, value: number): void {
  unpackMagnitude(w, slot, value >>> 31, 0, value < 0 ? -value | 0 : value);
}

/** Unpacks a signed 64-bit integer. */
export function unpackInt64(w: Int32Array, slot: number, high: number, low: number): void {
  if (high >= 0) {
    unpackMagnitude(w, slot, 0, high, low);
  } else {
    unpackMagnitude(w, slot, 1, (~high + (low === 0 ? 1 : 0)) | 0, -low | 0);
  }
}

/** Packs a slot as it stands: for values that the double extended format holds exactly. A signaling NaN becomes quiet. */
export function packSlot(w: Int32Array, slot: number): void {
  const kind = w[slot];
  w[R_EXPONENT] = (w[slot + SIGN] << 15) | w[slot + EXPONENT];
  w[R_HIGH] = kind === SIGNALING ? w[slot + HIGH] | QUIET_BIT : w[slot + HIGH];
  w[R_LOW] = w[slot + LOW];
}

/** The result is the default NaN ("real indefinite", vol. 1 §4.2.4). */
export function packIndefinite(w: Int32Array): void {
  w[R_EXPONENT] = 0xffff;
  w[R_HIGH] = -0x40000000;
  w[R_LOW] = 0;
}

export function packZero(w: Int32Array, sign: number): void {
  w[R_EXPONENT] = sign << 15;
  w[R_HIGH] = 0;
  w[R_LOW] = 0;
}

export function packInfinity(w: Int32Array, sign: number): void {
  w[R_EXPONENT] = (sign << 15) | 0x7fff;
  w[R_HIGH] = TOP_BIT;
  w[R_LOW] = 0;
}

/** Masked response to an invalid operation. Returns its flag. */
export function invalid(w: Int32Array): number {
  packIndefinite(w);
  return FSW_IE;
}

/** DE when an operand that counts is denormal. */
export function denormalFlag(w: Int32Array): number {
  return w[A] === DENORMAL || w[B] === DENORMAL ? FSW_DE : 0;
}

/** Result and flags when the only operand, in slot A, is a NaN or unsupported. */
export function propagateOne(w: Int32Array): number {
  if (w[A] === UNSUPPORTED) return invalid(w);
  packSlot(w, A);
  return w[A] === SIGNALING ? FSW_IE : 0;
}

/** Result and flags when at least one of A and B is a NaN or unsupported (vol. 1 table 4-7). */
export function propagateTwo(w: Int32Array): number {
  const a = w[A];
  const b = w[B];
  if (a === UNSUPPORTED || b === UNSUPPORTED) return invalid(w);
  const flags = a === SIGNALING || b === SIGNALING ? FSW_IE : 0;
  packSlot(w, pickNan(w, a, b));
  return flags;
}

function pickNan(w: Int32Array, a: number, b: number): number {
  if (a < QUIET) return B;
  if (b < QUIET) return A;
  if (a !== b) return a === QUIET ? A : B;
  const high = (w[A + HIGH] >>> 0) - (w[B + HIGH] >>> 0);
  const difference = high !== 0 ? high : (w[A + LOW] >>> 0) - (w[B + LOW] >>> 0);
  if (difference !== 0) return difference > 0 ? A : B;
  return w[A + SIGN] === 0 ? A : B;
}
