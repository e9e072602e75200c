/**
 * Parts of what numbers.ts computes with. A number takes three lanes of the state, laid out as a register is: low and high half of
 * the significand, whose bit 63 is set, then sign and exponent, in which bits 31:16 go on with the exponent (below 1 for what
 * was a denormal; 0 in a register).
 */

export const SIGN_BIT = 0x8000;

/** The carry out of a sum of 32-bit integers. */
export function carryOut(a: number, b: number, sum: number): number {
  return ((a & b) | ((a | b) & ~sum)) >>> 31;
}

/** The borrow out of a difference, to which another borrow may have been taken. */
export function borrowOut(a: number, b: number, difference: number): number {
  return ((~a & b) | (~(a ^ b) & difference)) >>> 31;
}

/** The exponent in the third lane of a number. */
export function exponentOf(signExponent: number): number {
  return (signExponent & 0x7fff) | ((signExponent >> 16) << 15);
}

/** The sign (0 or 1) and exponent of a number, as its third lane holds them. */
export function signAndExponent(sign: number, exponent: number): number {
  return (sign << 15) | (exponent & 0x7fff) | ((exponent >> 15) << 16);
}

/** Instead of flags: the operands are not normal, or may not be used (`refused`), or an exception is unmasked. Nothing was done. */
export const REFUSED = -1;
/** For `refused`: operands were looked at, and are numbers in the wider sense above; exceptions are the caller's business. */
export const ANYTHING = -1;

/** Whether sign and exponent, and the significand's high half, are of a normal number. */
export function isNormal(signExponent: number, high: number): boolean {
  return high < 0 && ((signExponent + 1) & 0x7fff) > 1;
}

export function isZero(signExponent: number, high: number, low: number): boolean {
  return ((signExponent & 0x7fff) | high | low) === 0;
}
