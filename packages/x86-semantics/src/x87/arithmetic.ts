/** Addition, multiplication, division and square root of unpacked operands. Each packs into R and returns status flags. */

import { BIAS, FSW_DE, FSW_ZE, ROUND_DOWN } from './constants.ts';
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
import { mulHighUnsigned } from '../emit-js/pure.ts';
import { ANYTHING, NEGATE_B, signAndExponent, type X87Numbers } from './numbers.ts';
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
export function squareRoot(w: Int32Array, fcw: number): number {
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
  const flags = kind === DENORMAL ? FSW_DE : 0;
  const unbiased = w[A + EXPONENT] - BIAS;
  // The radicand is n0:n1:n2:0 with its binary point chosen so that the exponent is even and the root has bit 63 set.
  let n0 = w[A + HIGH];
  let n1 = w[A + LOW];
  let n2 = 0;
  if ((unbiased & 1) === 0) {
    n2 = n1 << 31;
    n1 = (n1 >>> 1) | (n0 << 31);
    n0 >>>= 1;
  }
  const exponent = (unbiased >> 1) + BIAS;
  const approximation = Math.sqrt(((n0 >>> 0) * 4294967296 + (n1 >>> 0)) * 18446744073709551616 + (n2 >>> 0) * 4294967296);
  const first = Math.min(Math.floor(approximation / 4294967296), 4294967295);
  let high = first | 0;
  // The double's own low part is too coarse: refine the second digit from the exact remainder of the first.
  const remainder = exactRemainder(n0, n1, high);
  const second = Math.floor((remainder * 4294967296 + (n2 >>> 0)) / (2 * first));
  let low: number;
  if (second > 4294967295) low = -1;
  else if (second < 0) {
    high = (high - 1) | 0;
    low = (second + 4294967296) | 0;
  } else low = second | 0;
  for (;;) {
    // radicand − root², as four words.
    const crossLow = Math.imul(high, low);
    const crossHigh = mulHighUnsigned(high, low);
    const p3 = Math.imul(low, low);
    const column2 = (mulHighUnsigned(low, low) >>> 0) + (crossLow >>> 0) * 2;
    const carry2 = Math.floor(column2 / 4294967296);
    const column1 = (Math.imul(high, high) >>> 0) + (crossHigh >>> 0) * 2 + carry2;
    const p1 = column1 >>> 0;
    const p0 = mulHighUnsigned(high, high) + Math.floor(column1 / 4294967296);
    const d3 = -p3 | 0;
    const c3 = p3 !== 0 ? 1 : 0;
    const d2 = (n2 >>> 0) - (column2 >>> 0) - c3;
    const d1 = (n1 >>> 0) - p1 - (d2 < 0 ? 1 : 0);
    const d0 = (n0 - p0 - (d1 < 0 ? 1 : 0)) | 0;
    if (d0 < 0) {
      if (low === 0) high = (high - 1) | 0;
      low = (low - 1) | 0;
      continue;
    }
    // A remainder above twice the root means that the root is one too small; it then has 66 bits at most.
    const top = d0 * 4294967296 + (d1 < 0 ? d1 + 4294967296 : d1);
    const r2 = d2 | 0;
    const twiceTop = high >>> 31;
    const twiceHigh = (high << 1) | (low >>> 31);
    const twiceLow = low << 1;
    if (top > twiceTop || (top === twiceTop && (r2 === twiceHigh ? d3 >>> 0 > twiceLow >>> 0 : r2 >>> 0 > twiceHigh >>> 0))) {
      low = (low + 1) | 0;
      if (low === 0) high = (high + 1) | 0;
      continue;
    }
    let rest = 0;
    if (top !== 0 || (r2 | d3) !== 0) {
      rest = top !== 0 || (r2 === high ? d3 >>> 0 > low >>> 0 : r2 >>> 0 > high >>> 0) ? -0x40000000 : 0x40000000;
    }
    return flags | roundAndPack(w, fcw, 0, exponent, high, low, rest);
  }
}

/** n0:n1 − root², a small signed number, exact. */
function exactRemainder(n0: number, n1: number, root: number): number {
  const low = (n1 >>> 0) - (Math.imul(root, root) >>> 0);
  return ((n0 - mulHighUnsigned(root, root)) | 0) * 4294967296 + low;
}
