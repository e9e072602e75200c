import { FX_ST } from '../format/layout.ts';
import type { Context, Difference } from './context.ts';

/** Twice the relative error that RCPPS and RSQRTPS may have. */
const APPROXIMATION = 3 * 2 ** -12;
/** The smallest normal single: results below it may be flushed to zero. */
const TINY = 2 ** -126;
/** How far 8000…h lies below FFFF…h. */
const ALL_BUT_TOP = (1n << 63n) - 1n;
const STATUS_PRECISION = 0x20 << 16;
const STATUS_C1 = 0x200 << 16;

function single(bits: number): number {
  return new Float32Array(Int32Array.of(bits).buffer)[0];
}

/** Whether two singles are within twice the error of an approximation. */
export function areClose({ what, expected, actual }: Difference): boolean {
  if (!what.startsWith('xmm')) return false;
  const [left, right] = [single(expected), single(actual)];
  return Math.abs(left - right) <= Math.max(APPROXIMATION * Math.abs(left), TINY);
}

/** Whether an x87 difference is one of the last place: a significand off by one, C1 or PE. */
export function extendedUlps({ what, expected, actual }: Difference, { differences }: Context): boolean {
  if (what === 'fcw/fsw') return ((expected ^ actual) & ~(STATUS_PRECISION | STATUS_C1)) === 0;
  const register = /^st(\d)\[[012]\]$/.exec(what)?.[1];
  if (register === undefined) return false;
  const [left, right] = (['expected', 'actual'] as const).map((side) => {
    // Words that agree are not among the differences, and cancel out.
    const word = (index: number): bigint => BigInt((differences.find((other) => other.what === `st${register}[${index}]`)?.[side] ?? 0) >>> 0);
    return { exponent: word(2), significand: word(0) | (word(1) << 32n) };
  });
  const distance = right.significand - left.significand;
  if (left.exponent === right.exponent) return distance === 1n || distance === -1n;
  // From all ones to the next exponent.
  return right.exponent - left.exponent === 1n ? distance === -ALL_BUT_TOP : left.exponent - right.exponent === 1n && distance === ALL_BUT_TOP;
}

/** Value of ST(i) before the case, as a double. */
function stackValue({ start }: Context, index: number): number {
  const at = FX_ST + 4 * index;
  const exponent = (start[at + 2] & 0x7fff) - 16383 - 63;
  const significand = (start[at + 1] >>> 0) * 2 ** 32 + (start[at] >>> 0);
  const magnitude = (start[at + 2] & 0x7fff) === 0x7fff ? (start[at + 1] === -0x8000_0000 && start[at] === 0 ? Infinity : NaN) : significand * 2 ** exponent;
  return (start[at + 2] & 0x8000) !== 0 ? -magnitude : magnitude;
}

/** Whether ST(0) is in the range for which F2XM1 and FYL2XP1 are defined; what is no number is none of their business. */
export function isInDomain(context: Context): boolean {
  const value = stackValue(context, 0);
  if (Number.isNaN(value)) return true;
  if (context.code.forms.includes('F2xm1')) return Math.abs(value) <= 1;
  return value >= Math.SQRT1_2 - 1 && value <= Math.SQRT2 - 1;
}
