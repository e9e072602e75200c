/** Comparison and classification of unpacked operands. */

import { FSW_C0, FSW_C2, FSW_C3, FSW_CODES, FSW_IE } from './constants.ts';
import { A, B, DENORMAL, denormalFlag, EXPONENT, HIGH, INFINITE, LOW, NORMAL, QUIET, SIGN, UNSUPPORTED, ZERO } from './operand.ts';

/**
 * Compares A with B: condition codes (C3 equal, C0 less, all three unordered) together with IE and DE.
 * A quiet NaN is invalid for FCOM and its like, not for FUCOM.
 */
export function compare(w: Int32Array, unordered: boolean): number {
  const classA = w[A];
  const classB = w[B];
  if (classA >= QUIET || classB >= QUIET) {
    return unordered && classA <= QUIET && classB <= QUIET ? FSW_CODES : FSW_CODES | FSW_IE;
  }
  const flags = denormalFlag(w);
  if (classA === ZERO && classB === ZERO) return flags | FSW_C3;
  const signA = w[A + SIGN];
  if (classA === ZERO) return flags | (w[B + SIGN] === 0 ? FSW_C0 : 0);
  if (classB === ZERO) return flags | (signA === 0 ? 0 : FSW_C0);
  if (signA !== w[B + SIGN]) return flags | (signA === 0 ? 0 : FSW_C0);
  let order = w[A + EXPONENT] - w[B + EXPONENT];
  if (order === 0) order = (w[A + HIGH] >>> 0) - (w[B + HIGH] >>> 0);
  if (order === 0) order = (w[A + LOW] >>> 0) - (w[B + LOW] >>> 0);
  if (order === 0) return flags | FSW_C3;
  return flags | ((order < 0) === (signA === 0) ? FSW_C0 : 0);
}

/** FXAM's C3, C2 and C0 for the class in slot A (vol. 2A, FXAM). */
export function examine(w: Int32Array): number {
  switch (w[A]) {
    case ZERO:
      return FSW_C3;
    case NORMAL:
      return FSW_C2;
    case DENORMAL:
      return FSW_C3 | FSW_C2;
    case INFINITE:
      return FSW_C2 | FSW_C0;
    case UNSUPPORTED:
      return 0;
    default:
      return FSW_C0;
  }
}
