/** Transcendental functions of unpacked operands (SDM vol. 1 §8.3.7, §8.3.8). Precision control has no part in them. */

import { BIAS, FCW_EXTENDED, FSW_C2, FSW_DE, FSW_ZE } from './constants.ts';
import { arcTangent, cosine, expm1, FRACTION, LN_2, logRatio, ONE, PI, PI_66, PI_66_FRACTION, sine } from './fixed-point.ts';
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

const FRACTION_BITS = Number(FRACTION);
/** Below this exponent x² vanishes beside 1 in the bits that are kept. */
const TINY = BIAS - 34;

function significand(w: Int32Array, slot: number): bigint {
  return (BigInt(w[slot + HIGH] >>> 0) << 32n) | BigInt(w[slot + LOW] >>> 0);
}

function shift(value: bigint, left: number): bigint {
  return left >= 0 ? value << BigInt(left) : value >> BigInt(-left);
}

/** A slot as fixed point; its bits below 2^−200 are cut off. */
function toFixed(w: Int32Array, slot: number): bigint {
  const magnitude = shift(significand(w, slot), w[slot + EXPONENT] - BIAS - 63 + FRACTION_BITS);
  return w[slot + SIGN] === 0 ? magnitude : -magnitude;
}

function bitLength(value: bigint): number {
  const digits = value.toString(16);
  return digits.length * 4 - Math.clz32(parseInt(digits[0], 16)) + 28;
}

/** Packs magnitude × 2^−fractionBits as an inexact result: the true value is taken to lie a little above. PE is always reported. */
function packBig(w: Int32Array, fcw: number, sign: number, magnitude: bigint, fractionBits: number): number {
  if (magnitude === 0n) {
    packZero(w, sign);
    return 0;
  }
  const length = bitLength(magnitude);
  const top = shift(magnitude, 96 - length);
  const high = Number(BigInt.asIntN(32, top >> 64n));
  const low = Number(BigInt.asIntN(32, top >> 32n));
  const rest = Number(BigInt.asIntN(32, top)) | 1;
  return roundAndPack(w, fcw | FCW_EXTENDED, sign, length - 1 - fractionBits + BIAS, high, low, rest);
}

/** Packs a signed fixed-point result that is never exact. */
function packFixed(w: Int32Array, fcw: number, value: bigint): number {
  return value < 0n ? packBig(w, fcw, 1, -value, FRACTION_BITS) : packBig(w, fcw, 0, value, FRACTION_BITS);
}

/** Packs A a little smaller (`towards` −1) or larger (1) than it is. */
function packNear(w: Int32Array, fcw: number, towards: number): number {
  const magnitude = (significand(w, A) << 64n) + BigInt(towards);
  return packBig(w, fcw, w[A + SIGN], magnitude, BIAS + 127 - w[A + EXPONENT]);
}

/** F2XM1: 2^A − 1 for A from −1 to 1; outside, where the manual leaves it undefined, A itself. */
export function exponential(w: Int32Array, fcw: number): number {
  const kind = w[A];
  if (kind >= QUIET) return propagateOne(w);
  if (kind === INFINITE) {
    if (w[A + SIGN] === 0) packInfinity(w, 0);
    else packMinusOne(w);
    return 0;
  }
  if (kind === ZERO) {
    packSlot(w, A);
    return 0;
  }
  const flags = kind === DENORMAL ? FSW_DE : 0;
  const exponent = w[A + EXPONENT];
  if (exponent < BIAS - 68) {
    return flags | packBig(w, fcw, w[A + SIGN], significand(w, A) * LN_2, BIAS + 63 - exponent + FRACTION_BITS);
  }
  if (exponent >= BIAS) {
    packSlot(w, A);
    if (exponent === BIAS && w[A + HIGH] === -0x80000000 && w[A + LOW] === 0 && w[A + SIGN] === 1) w[R_EXPONENT] -= 1;
    return 0;
  }
  return flags | packFixed(w, fcw, expm1((toFixed(w, A) * LN_2) >> FRACTION));
}

function packMinusOne(w: Int32Array): void {
  w[R_EXPONENT] = 0x8000 | BIAS;
  w[R_HIGH] = -0x80000000;
  w[R_LOW] = 0;
}

/** FYL2X: B × log2 A. */
export function logarithm(w: Int32Array, fcw: number): number {
  const kind = w[A];
  const other = w[B];
  if (kind >= QUIET || other >= QUIET) return propagateTwo(w);
  const signB = w[B + SIGN];
  if (kind === ZERO) {
    if (other === ZERO) return invalid(w);
    packInfinity(w, signB ^ 1);
    return other === INFINITE ? 0 : FSW_ZE;
  }
  if (w[A + SIGN] !== 0) return invalid(w);
  if (kind === INFINITE) {
    if (other === ZERO) return invalid(w);
    packInfinity(w, signB);
    return denormalFlag(w);
  }
  const exponent = w[A + EXPONENT] - BIAS;
  const power = w[A + HIGH] === -0x80000000 && w[A + LOW] === 0;
  const flags = denormalFlag(w);
  if (other === INFINITE) {
    if (power && exponent === 0) return invalid(w);
    packInfinity(w, exponent < 0 ? signB ^ 1 : signB);
    return flags;
  }
  if (other === ZERO || (power && exponent === 0)) {
    packZero(w, exponent < 0 ? signB ^ 1 : signB);
    return flags;
  }
  if (power) {
    return flags | packScaled(w, fcw, BigInt(exponent) << FRACTION);
  }
  return flags | packScaled(w, fcw, log2(significand(w, A), exponent));
}

/** log2 of significand × 2^(exponent − 63), as fixed point. The significand has 64 bits. */
function log2(bits: bigint, exponent: number): bigint {
  let unit = 1n << 63n;
  let whole = exponent;
  // Keep the ratio within √½ … √2, so that the series is short and a result near 0 keeps its bits.
  if (bits > 0xb504f333f9de6485n) {
    unit <<= 1n;
    whole++;
  }
  return (BigInt(whole) << FRACTION) + (logRatio(bits, unit) << FRACTION) / LN_2;
}

/** Packs B × a fixed-point factor. */
function packScaled(w: Int32Array, fcw: number, factor: bigint): number {
  const negative = factor < 0n;
  const magnitude = significand(w, B) * (negative ? -factor : factor);
  return packBig(w, fcw, w[B + SIGN] ^ (negative ? 1 : 0), magnitude, BIAS + 63 - w[B + EXPONENT] + FRACTION_BITS);
}

/** FYL2XP1: B × log2(A + 1). Defined for |A| up to 1 − √½; evaluated wherever the logarithm exists. */
export function logarithmPlusOne(w: Int32Array, fcw: number): number {
  const kind = w[A];
  const other = w[B];
  if (kind >= QUIET || other >= QUIET) return propagateTwo(w);
  const signA = w[A + SIGN];
  const signB = w[B + SIGN];
  const exponent = w[A + EXPONENT];
  if (kind === INFINITE) {
    if (signA !== 0 || other === ZERO) return invalid(w);
    packInfinity(w, signB);
    return denormalFlag(w);
  }
  if (kind !== ZERO && signA !== 0 && exponent >= BIAS) return invalid(w);
  const flags = denormalFlag(w);
  if (other === INFINITE) {
    if (kind === ZERO) return invalid(w);
    packInfinity(w, signA ^ signB);
    return flags;
  }
  if (kind === ZERO || other === ZERO) {
    packZero(w, signA ^ signB);
    return flags;
  }
  if (exponent < BIAS - 68) {
    const product = ((significand(w, A) * significand(w, B)) << FRACTION) << FRACTION;
    return flags | packBig(w, fcw, signA ^ signB, product / LN_2, BIAS + 126 - exponent + BIAS - w[B + EXPONENT] + FRACTION_BITS);
  }
  if (exponent >= BIAS + 130) return flags | packScaled(w, fcw, log2(significand(w, A), exponent - BIAS));
  const sum = ONE + toFixed(w, A);
  const length = bitLength(sum);
  // The ratio of the sum to its power of two, that power chosen as in log2.
  const large = shift(sum, 64 - length) > 0xb504f333f9de6485n;
  const whole = length - 1 - FRACTION_BITS + (large ? 1 : 0);
  const unit = shift(ONE, whole);
  return flags | packScaled(w, fcw, (BigInt(whole) << FRACTION) + (logRatio(sum, unit) << FRACTION) / LN_2);
}

/** FPATAN: the angle of the point (A, B). */
export function angle(w: Int32Array, fcw: number): number {
  const kind = w[A];
  const other = w[B];
  if (kind >= QUIET || other >= QUIET) return propagateTwo(w);
  const negative = w[A + SIGN] !== 0;
  const sign = w[B + SIGN];
  const flags = denormalFlag(w);
  if (other === ZERO || (kind === INFINITE && other !== INFINITE)) {
    if (negative) return flags | packBig(w, fcw, sign, PI, FRACTION_BITS);
    packZero(w, sign);
    return flags;
  }
  if (other === INFINITE) {
    const quarters = kind !== INFINITE ? 2n : negative ? 3n : 1n;
    return flags | packBig(w, fcw, sign, (PI * quarters) >> 2n, FRACTION_BITS);
  }
  if (kind === ZERO) return flags | packBig(w, fcw, sign, PI >> 1n, FRACTION_BITS);
  const x = significand(w, A);
  const y = significand(w, B);
  const distance = w[B + EXPONENT] - w[A + EXPONENT];
  if (distance < -40 && !negative) {
    // y/x − (y/x)³/3: the quotient, a little less.
    const quotient = (y << FRACTION) / x;
    return flags | packBig(w, fcw, sign, quotient - (quotient >> 82n) - 1n, FRACTION_BITS - distance);
  }
  let result: bigint;
  if (distance < 0 || (distance === 0 && y <= x)) {
    const t = distance < -FRACTION_BITS ? 0n : shift(y << FRACTION, distance) / x;
    result = negative ? PI - arcTangent(t) - 1n : arcTangent(t);
  } else {
    const t = distance > FRACTION_BITS ? 0n : shift(x << FRACTION, -distance) / y;
    result = negative ? (PI >> 1n) + arcTangent(t) : (PI >> 1n) - arcTangent(t) - 1n;
  }
  return flags | packBig(w, fcw, sign, result, FRACTION_BITS);
}

/** Which functions {@link circular} leaves in R and Q. */
export const SINE = 0;
export const COSINE = 1;
/** Sine in R, cosine in Q. */
export const BOTH = 2;
/** Tangent in R, 1 in Q. */
export const TANGENT = 3;

/** FSIN, FCOS, FSINCOS, FPTAN of A. C2 alone when |A| is 2^63 or more: nothing is computed. */
export function circular(w: Int32Array, fcw: number, which: number): number {
  const kind = w[A];
  if (kind >= QUIET || kind === INFINITE) {
    const flags = kind === INFINITE ? invalid(w) : propagateOne(w);
    copyToSecond(w);
    return flags;
  }
  if (kind !== ZERO && w[A + EXPONENT] >= BIAS + 63) return FSW_C2;
  if (kind === ZERO) {
    packOne(w);
    if (which === COSINE) return 0;
    copyToSecond(w);
    packZero(w, w[A + SIGN]);
    return 0;
  }
  const flags = kind === DENORMAL ? FSW_DE : 0;
  if (w[A + EXPONENT] < TINY) return flags | circularTiny(w, fcw, which);
  // The argument less the nearest multiple of π/2, exactly.
  const argument = shift(significand(w, A), w[A + EXPONENT] - BIAS - 63 + FRACTION_BITS);
  const quarterTurn = PI_66 << (FRACTION - PI_66_FRACTION - 1n);
  const turns = (argument + (quarterTurn >> 1n)) / quarterTurn;
  const rest = argument - turns * quarterTurn;
  const quadrant = Number(turns & 3n);
  const negative = w[A + SIGN] !== 0;
  const odd = (quadrant & 1) !== 0;
  const a = which === COSINE ? 0n : odd ? cosine(rest) : sine(rest);
  const b = which === SINE ? 0n : odd ? sine(rest) : cosine(rest);
  const sin = (quadrant >= 2) !== negative ? -a : a;
  const cos = quadrant === 1 || quadrant === 2 ? -b : b;
  if (which === SINE) return flags | packFixed(w, fcw, sin);
  if (which === COSINE) return flags | packFixed(w, fcw, cos);
  if (which === TANGENT) {
    packOne(w);
    copyToSecond(w);
    const sign = sin < 0n !== cos < 0n ? 1 : 0;
    const quotient = (a << FRACTION) / b;
    return flags | packBig(w, fcw, sign, quotient < 0n ? -quotient : quotient, FRACTION_BITS);
  }
  const second = packFixed(w, fcw, cos);
  copyToSecond(w);
  return flags | (second & ~0x200) | packFixed(w, fcw, sin);
}

/** |A| so small that sin A and tan A are its neighbours, and cos A that of 1. */
function circularTiny(w: Int32Array, fcw: number, which: number): number {
  let flags = 0;
  if (which === COSINE || which === BOTH) {
    flags = packBig(w, fcw, 0, (1n << 127n) - 1n, 127);
    if (which === COSINE) return flags;
    flags &= ~0x200;
  } else {
    packOne(w);
  }
  copyToSecond(w);
  return flags | packNear(w, fcw, which === TANGENT ? 1 : -1);
}

function packOne(w: Int32Array): void {
  w[R_EXPONENT] = BIAS;
  w[R_HIGH] = -0x80000000;
  w[R_LOW] = 0;
}

function copyToSecond(w: Int32Array): void {
  w[Q_EXPONENT] = w[R_EXPONENT];
  w[Q_HIGH] = w[R_HIGH];
  w[Q_LOW] = w[R_LOW];
}
