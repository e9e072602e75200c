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
  packInfinity,
  packZero,
  propagateOne,
  propagateTwo,
  QUIET,
  SIGN,
  ZERO,
} from './operand.ts';
import { roundAndPack } from './round.ts';

/** High half of the product of two unsigned 32-bit integers. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const low = Math.imul(aLow, bLow) >>> 16;
  const middle = (Math.imul(aHigh, bLow) >>> 0) + low;
  const other = (Math.imul(aLow, bHigh) >>> 0) + (middle & 0xffff);
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (other >>> 16)) | 0;
}

/** A + B, or A − B when `subtract` is 1. */
export function add(w: Int32Array, fcw: number, subtract: number): number {
  const classA = w[A];
  const classB = w[B];
  if (classA === ZERO || classB === ZERO || classA >= INFINITE || classB >= INFINITE) return addSpecial(w, fcw, subtract);
  const flags = classA === DENORMAL || classB === DENORMAL ? FSW_DE : 0;
  let sign = w[A + SIGN];
  const signB = w[B + SIGN] ^ subtract;
  const differ = sign !== signB;
  let exponent = w[A + EXPONENT];
  let high = w[A + HIGH];
  let low = w[A + LOW];
  let bHigh = w[B + HIGH];
  let bLow = w[B + LOW];
  let distance = exponent - w[B + EXPONENT];
  if (distance < 0 || (distance === 0 && (high === bHigh ? low >>> 0 < bLow >>> 0 : high >>> 0 < bHigh >>> 0))) {
    sign = signB;
    distance = -distance;
    exponent = w[B + EXPONENT];
    bHigh = high;
    bLow = low;
    high = w[B + HIGH];
    low = w[B + LOW];
  }
  let rest = 0;
  if (distance !== 0) {
    if (distance < 32) {
      rest = bLow << (32 - distance);
      bLow = (bLow >>> distance) | (bHigh << (32 - distance));
      bHigh >>>= distance;
    } else if (distance < 64) {
      const n = distance - 32;
      if (n === 0) {
        rest = bLow;
        bLow = bHigh;
      } else {
        rest = (bHigh << (32 - n)) | (bLow >>> n) | ((bLow << (32 - n)) !== 0 ? 1 : 0);
        bLow = bHigh >>> n;
      }
      bHigh = 0;
    } else {
      const n = distance - 64;
      if (n === 0) rest = bHigh | (bLow !== 0 ? 1 : 0);
      else if (n < 32) rest = (bHigh >>> n) | (((bHigh << (32 - n)) | bLow) !== 0 ? 1 : 0);
      else rest = 1;
      bHigh = 0;
      bLow = 0;
    }
  }
  if (!differ) {
    const sumLow = (low + bLow) | 0;
    const carry = sumLow >>> 0 < low >>> 0 ? 1 : 0;
    const wide = (high >>> 0) + (bHigh >>> 0) + carry;
    high = wide | 0;
    low = sumLow;
    if (wide >= 4294967296) {
      rest = (low << 31) | (rest >>> 1) | (rest & 1);
      low = (low >>> 1) | (high << 31);
      high = (high >>> 1) | -0x80000000;
      exponent++;
    }
    return flags | roundAndPack(w, fcw, sign, exponent, high, low, rest);
  }
  const borrow = rest !== 0 ? 1 : 0;
  rest = -rest | 0;
  const borrowHigh = low >>> 0 < (bLow >>> 0) + borrow ? 1 : 0;
  low = (low - bLow - borrow) | 0;
  high = (high - bHigh - borrowHigh) | 0;
  if (high === 0) {
    if (low === 0) {
      if (rest === 0) {
        packZero(w, ((fcw >>> 10) & 3) === ROUND_DOWN ? 1 : 0);
        return flags;
      }
      high = rest;
      rest = 0;
      exponent -= 64;
    } else {
      high = low;
      low = rest;
      rest = 0;
      exponent -= 32;
    }
  }
  const shift = Math.clz32(high);
  if (shift !== 0) {
    high = (high << shift) | (low >>> (32 - shift));
    low = (low << shift) | (rest >>> (32 - shift));
    rest <<= shift;
    exponent -= shift;
  }
  return flags | roundAndPack(w, fcw, sign, exponent, high, low, rest);
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
export function multiply(w: Int32Array, fcw: number): number {
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
  const flags = classA === DENORMAL || classB === DENORMAL ? FSW_DE : 0;
  const aHigh = w[A + HIGH];
  const aLow = w[A + LOW];
  const bHigh = w[B + HIGH];
  const bLow = w[B + LOW];
  let exponent = w[A + EXPONENT] + w[B + EXPONENT] - BIAS + 1;
  let high: number;
  let low: number;
  let rest: number;
  if ((aLow | bLow) === 0) {
    high = multiplyHigh(aHigh, bHigh);
    low = Math.imul(aHigh, bHigh);
    rest = 0;
  } else {
    // Columns of the 128-bit product, from the lowest: each sum stays below 2^34, exact as a double.
    const lowest = Math.imul(aLow, bLow);
    const crossOneLow = Math.imul(aHigh, bLow) >>> 0;
    const crossTwoLow = Math.imul(aLow, bHigh) >>> 0;
    const column1 = crossOneLow + crossTwoLow + (multiplyHigh(aLow, bLow) >>> 0);
    const carry1 = column1 >= 8589934592 ? 2 : column1 >= 4294967296 ? 1 : 0;
    const column2 =
      (Math.imul(aHigh, bHigh) >>> 0) + (multiplyHigh(aHigh, bLow) >>> 0) + (multiplyHigh(aLow, bHigh) >>> 0) + carry1;
    const carry2 = column2 >= 8589934592 ? 2 : column2 >= 4294967296 ? 1 : 0;
    high = (multiplyHigh(aHigh, bHigh) + carry2) | 0;
    low = column2 | 0;
    rest = (column1 | 0) | (lowest !== 0 ? 1 : 0);
  }
  if (high >= 0) {
    high = (high << 1) | (low >>> 31);
    low = (low << 1) | (rest >>> 31);
    // The lowest bit of `rest` is sticky and stays so.
    rest = (rest << 1) | (rest & 1);
    exponent--;
  }
  return flags | roundAndPack(w, fcw, sign, exponent, high, low, rest);
}

/** A ÷ B. */
export function divide(w: Int32Array, fcw: number): number {
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
  const flags = classA === DENORMAL || classB === DENORMAL ? FSW_DE : 0;
  const dHigh = w[B + HIGH];
  const dLow = w[B + LOW];
  let rHigh = w[A + HIGH];
  let rLow = w[A + LOW];
  let exponent = w[A + EXPONENT] - w[B + EXPONENT] + BIAS - 1;
  const whole = rHigh === dHigh ? rLow >>> 0 >= dLow >>> 0 : rHigh >>> 0 > dHigh >>> 0;
  if (whole) {
    rHigh = (rHigh - dHigh - (rLow >>> 0 < dLow >>> 0 ? 1 : 0)) | 0;
    rLow = (rLow - dLow) | 0;
    exponent++;
  }
  const divisor = (dHigh >>> 0) * 4294967296 + (dLow >>> 0);
  let high = 0;
  let low = 0;
  for (let digit = 0; digit < 2; digit++) {
    // The estimate is within 1 of the true 32-bit digit: three roundings of 2^-53 against a quotient below 2^32.
    let estimate = Math.floor(((rHigh >>> 0) * 4294967296 + (rLow >>> 0)) / divisor * 4294967296);
    if (estimate > 4294967295) estimate = 4294967295;
    let q = estimate | 0;
    // remainder·2^32 − q·divisor, kept modulo 2^96 in top:rHigh:rLow.
    const productLow = Math.imul(q, dLow);
    const middle = (multiplyHigh(q, dLow) >>> 0) + (Math.imul(q, dHigh) >>> 0);
    const productHigh = (multiplyHigh(q, dHigh) + (middle >= 4294967296 ? 1 : 0)) | 0;
    const borrow = productLow !== 0 ? 1 : 0;
    const difference = (rLow >>> 0) - (middle >>> 0) - borrow;
    let top = (rHigh - productHigh - (difference < 0 ? 1 : 0)) | 0;
    rHigh = difference | 0;
    rLow = -productLow | 0;
    while (top < 0) {
      q = (q - 1) | 0;
      const sumLow = (rLow >>> 0) + (dLow >>> 0);
      const sumHigh = (rHigh >>> 0) + (dHigh >>> 0) + (sumLow >= 4294967296 ? 1 : 0);
      rLow = sumLow | 0;
      rHigh = sumHigh | 0;
      if (sumHigh >= 4294967296) top = (top + 1) | 0;
    }
    while (top > 0 || (rHigh === dHigh ? rLow >>> 0 >= dLow >>> 0 : rHigh >>> 0 > dHigh >>> 0)) {
      q = (q + 1) | 0;
      const borrowLow = rLow >>> 0 < dLow >>> 0 ? 1 : 0;
      const differenceHigh = (rHigh >>> 0) - (dHigh >>> 0) - borrowLow;
      rLow = (rLow - dLow) | 0;
      rHigh = differenceHigh | 0;
      if (differenceHigh < 0) top = (top - 1) | 0;
    }
    high = low;
    low = q;
  }
  const exact = (rHigh | rLow) === 0;
  if (whole) {
    const rest = (low << 31) | (exact ? 0 : 1);
    low = (low >>> 1) | (high << 31);
    high = (high >>> 1) | -0x80000000;
    return flags | roundAndPack(w, fcw, sign, exponent, high, low, rest);
  }
  return flags | roundAndPack(w, fcw, sign, exponent, high, low, exact ? 0 : halfCompare(rHigh, rLow, dHigh, dLow));
}

/** Rest word for a remainder r below the divisor d, both 64 bits: above, at or below one half. */
function halfCompare(rHigh: number, rLow: number, dHigh: number, dLow: number): number {
  if (rHigh < 0) return -0x40000000;
  const high = (rHigh << 1) | (rLow >>> 31);
  const low = rLow << 1;
  if (high === dHigh && low === dLow) return -0x80000000;
  return (high === dHigh ? low >>> 0 > dLow >>> 0 : high >>> 0 > dHigh >>> 0) ? -0x40000000 : 0x40000000;
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
    const crossHigh = multiplyHigh(high, low);
    const p3 = Math.imul(low, low);
    const column2 = (multiplyHigh(low, low) >>> 0) + (crossLow >>> 0) * 2;
    const carry2 = Math.floor(column2 / 4294967296);
    const column1 = (Math.imul(high, high) >>> 0) + (crossHigh >>> 0) * 2 + carry2;
    const p1 = column1 >>> 0;
    const p0 = multiplyHigh(high, high) + Math.floor(column1 / 4294967296);
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
  return ((n0 - multiplyHigh(root, root)) | 0) * 4294967296 + low;
}
