/** Addition, multiplication, division and square root of unpacked operands. Each packs into R and returns status flags. */

import { FSW_DE, FSW_ZE, ROUND_DOWN } from './constants.ts';
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
  N_A,
  N_B,
  packInfinity,
  packZero,
  propagateOne,
  propagateTwo,
  QUIET,
  R_LOW,
  SIGN,
  ZERO,
} from './operand.ts';
import { NEGATE_B, type X87Numbers } from './numbers.ts';
import { ANYTHING, signAndExponent } from './significand.ts';
import { roundAndPack } from './round.ts';

/** Copies a slot to lane `to`, as numbers.ts takes it. */
function toLanes(w: Int32Array, slot: number, to: number): number {
  w[to] = w[slot + LOW];
  w[to + 1] = w[slot + HIGH];
  w[to + 2] = signAndExponent(w[slot + SIGN], w[slot + EXPONENT]);
  return to;
}

/** A + B, or A − B when `subtract` is 1. */
export function add(x: X87Numbers, w: Int32Array, fcw: number, subtract: number): number {
  const classA = w[A];
  const classB = w[B];
  if (classA === ZERO || classB === ZERO || classA >= INFINITE || classB >= INFINITE) return addSpecial(w, fcw, subtract);
  return denormalFlag(w) | x.add(R_LOW, toLanes(w, A, N_A), toLanes(w, B, N_B), ANYTHING, subtract === 0 ? 0 : NEGATE_B);
}

function addSpecial(w: Int32Array, fcw: number, subtract: number): number {
  const classA = w[A];
  const classB = w[B];
  if (classA >= QUIET || classB >= QUIET) return propagateTwo(w);
  const signA = w[A + SIGN];
  const signB = w[B + SIGN] ^ subtract;
  if (classA === INFINITE || classB === INFINITE) {
    if (classA === classB && signA !== signB) return invalid(w);
    packInfinity(w, classA === INFINITE ? signA : signB);
    return denormalFlag(w);
  }
  if (classA === ZERO && classB === ZERO) {
    packZero(w, signA === signB ? signA : ((fcw >>> 10) & 3) === ROUND_DOWN ? 1 : 0);
    return 0;
  }
  // A number and a zero: the number, rounded to the precision in force.
  const slot = classA === ZERO ? B : A;
  return denormalFlag(w) | roundAndPack(w, fcw, slot === A ? signA : signB, w[slot + EXPONENT], w[slot + HIGH], w[slot + LOW], 0);
}

/** A × B. */
export function multiply(x: X87Numbers, w: Int32Array): number {
  const classA = w[A];
  const classB = w[B];
  const sign = w[A + SIGN] ^ w[B + SIGN];
  if (classA === ZERO || classB === ZERO || classA >= INFINITE || classB >= INFINITE) {
    if (classA >= QUIET || classB >= QUIET) return propagateTwo(w);
    if (classA === INFINITE || classB === INFINITE) {
      if (classA === ZERO || classB === ZERO) return invalid(w);
      packInfinity(w, sign);
    } else {
      packZero(w, sign);
    }
    return denormalFlag(w);
  }
  return denormalFlag(w) | x.multiply(R_LOW, toLanes(w, A, N_A), toLanes(w, B, N_B), ANYTHING);
}

/** A ÷ B. */
export function divide(x: X87Numbers, w: Int32Array): number {
  const classA = w[A];
  const classB = w[B];
  const sign = w[A + SIGN] ^ w[B + SIGN];
  if (classA === ZERO || classB === ZERO || classA >= INFINITE || classB >= INFINITE) {
    if (classA >= QUIET || classB >= QUIET) return propagateTwo(w);
    if (classA === classB) return invalid(w);
    if (classB === ZERO && classA !== INFINITE) {
      packInfinity(w, sign);
      return FSW_ZE;
    }
    if (classA === INFINITE || classB === ZERO) packInfinity(w, sign);
    else packZero(w, sign);
    return denormalFlag(w);
  }
  return denormalFlag(w) | x.divide(R_LOW, toLanes(w, A, N_A), toLanes(w, B, N_B), ANYTHING);
}

/** √A. */
export function squareRoot(x: X87Numbers, w: Int32Array): number {
  const kind = w[A];
  if (kind >= QUIET) return propagateOne(w);
  if (kind === ZERO) {
    packZero(w, w[A + SIGN]);
    return 0;
  }
  if (w[A + SIGN] !== 0) return invalid(w);
  if (kind === INFINITE) {
    packInfinity(w, 0);
    return 0;
  }
  return (kind === DENORMAL ? FSW_DE : 0) | x.squareRoot(R_LOW, toLanes(w, A, N_A), ANYTHING);
}
