/** Rounding of a normalised result to the double extended format (SDM vol. 1 §4.8.4, §8.1.5.2, §8.5). */

import {
  BIAS_ADJUST,
  FSW_C1,
  FSW_OE,
  FSW_PE,
  FSW_UE,
  ROUND_DOWN,
  ROUND_NEAREST,
  ROUND_UP,
} from './constants.ts';
import { packInfinity, R_EXPONENT, R_HIGH, R_LOW, T_HIGH, T_LOW, T_REST } from './operand.ts';

const TOP_BIT = -0x80000000;
/** Precision and rounding control in FCW, and their value after FNINIT. */
export const FCW_ROUNDING = 0x0f00;
export const FCW_DEFAULT = 0x0300;

/** Shifts high:low:rest right by `count` (0 or more) into T, keeping a sticky bit. */
export function shiftRightSticky(w: Int32Array, high: number, low: number, rest: number, count: number): void {
  let n = count;
  let lost = 0;
  while (n >= 32) {
    lost |= rest;
    rest = low;
    low = high;
    high = 0;
    n -= 32;
    if ((high | low | rest) === 0) n = 0;
  }
  if (n !== 0) {
    lost |= rest << (32 - n);
    rest = (rest >>> n) | (low << (32 - n));
    low = (low >>> n) | (high << (32 - n));
    high >>>= n;
  }
  w[T_HIGH] = high;
  w[T_LOW] = low;
  w[T_REST] = lost === 0 ? rest : rest | 1;
}

/** Whether a magnitude grows by one unit when `rest` (bit 31 is one half) is cut off. */
export function roundsUp(rounding: number, sign: number, rest: number, odd: number): boolean {
  if (rest === 0) return false;
  if (rounding === ROUND_NEAREST) return rest < 0 && ((rest << 1) !== 0 || odd !== 0);
  if (rounding === ROUND_UP) return sign === 0;
  return rounding === ROUND_DOWN && sign !== 0;
}

/**
 * Rounds to the precision that `fcw` selects and packs into R. `high` has bit 31 set; `rest` are the 32 bits below, its
 * lowest sticky; the biased `exponent` may be out of range. Returns OE, UE, PE and C1 as they occur.
 */
export function roundAndPack(w: Int32Array, fcw: number, sign: number, exponent: number, high: number, low: number, rest: number): number {
  if (exponent <= 0) return roundTiny(w, fcw, sign, exponent, high, low, rest);
  if ((fcw & FCW_ROUNDING) === FCW_DEFAULT && exponent < 0x7ffe) {
    // What nearly every program uses: 64 bits, to nearest.
    let flags = 0;
    if (rest !== 0) {
      flags = FSW_PE;
      if (rest < 0 && ((rest << 1) | (low & 1)) !== 0) {
        flags = FSW_PE | FSW_C1;
        low = (low + 1) | 0;
        if (low === 0) {
          high = (high + 1) | 0;
          if (high === 0) {
            high = TOP_BIT;
            exponent++;
          }
        }
      }
    }
    w[R_EXPONENT] = (sign << 15) | exponent;
    w[R_HIGH] = high;
    w[R_LOW] = low;
    return flags;
  }
  return roundAt(w, fcw, sign, exponent, high, low, rest, 0);
}

function roundAt(w: Int32Array, fcw: number, sign: number, exponent: number, high: number, low: number, rest: number, tiny: number): number {
  const precision = (fcw >>> 8) & 3;
  const rounding = (fcw >>> 10) & 3;
  let flags = 0;
  if (precision === 2) {
    rest = (low << 21) | (rest !== 0 ? 1 : 0);
    low &= ~0x7ff;
  } else if (precision === 0) {
    rest = (high << 24) | ((low | rest) !== 0 ? 1 : 0);
    high &= ~0xff;
    low = 0;
  }
  if (rest !== 0) {
    flags = FSW_PE | tiny;
    const odd = precision === 2 ? low & 0x800 : precision === 0 ? high & 0x100 : low & 1;
    if (roundsUp(rounding, sign, rest, odd)) {
      flags |= FSW_C1;
      let carry = true;
      if (precision === 0) {
        high = (high + 0x100) | 0;
      } else {
        low = (low + (precision === 2 ? 0x800 : 1)) | 0;
        carry = low === 0;
        if (carry) high = (high + 1) | 0;
      }
      if (carry && high === 0) {
        high = TOP_BIT;
        exponent++;
      }
    }
  }
  if (exponent >= 0x7fff) return overflow(w, fcw, sign, exponent, high, low, flags);
  // A denormal that was rounded up to the smallest normal number has exponent 1; other denormals 0.
  if (exponent === 0 && high < 0) exponent = 1;
  w[R_EXPONENT] = (sign << 15) | exponent;
  w[R_HIGH] = high;
  w[R_LOW] = low;
  return flags;
}

function overflow(w: Int32Array, fcw: number, sign: number, exponent: number, high: number, low: number, flags: number): number {
  if ((fcw & FSW_OE) === 0) {
    const adjusted = exponent - BIAS_ADJUST;
    if (adjusted >= 0x7fff) {
      packInfinity(w, sign);
      return FSW_OE | FSW_PE | FSW_C1;
    }
    w[R_EXPONENT] = (sign << 15) | adjusted;
    w[R_HIGH] = high;
    w[R_LOW] = low;
    return flags | FSW_OE;
  }
  if (overflowsToInfinity((fcw >>> 10) & 3, sign)) {
    packInfinity(w, sign);
    return FSW_OE | FSW_PE | FSW_C1;
  }
  const precision = (fcw >>> 8) & 3;
  w[R_EXPONENT] = (sign << 15) | 0x7ffe;
  w[R_HIGH] = precision === 0 ? ~0xff : -1;
  w[R_LOW] = precision === 0 ? 0 : precision === 2 ? ~0x7ff : -1;
  return FSW_OE | FSW_PE;
}

/** Masked overflow: infinity unless the rounding mode points back towards zero (vol. 1 table 4-10). */
export function overflowsToInfinity(rounding: number, sign: number): boolean {
  return rounding === ROUND_NEAREST || rounding === (sign === 0 ? ROUND_UP : ROUND_DOWN);
}

/** Exponent below 1. Tininess is judged after rounding: a value that rounds up to the smallest normal is not tiny. */
function roundTiny(w: Int32Array, fcw: number, sign: number, exponent: number, high: number, low: number, rest: number): number {
  if (exponent === 0 && carriesOut(fcw, sign, high, low, rest)) {
    const flags = roundAt(w, fcw, sign, 0x1000, high, low, rest, 0);
    w[R_EXPONENT] = (sign << 15) | 1;
    return flags;
  }
  if ((fcw & FSW_UE) === 0) {
    const adjusted = exponent + BIAS_ADJUST;
    if (adjusted <= 0) {
      w[R_EXPONENT] = sign << 15;
      w[R_HIGH] = 0;
      w[R_LOW] = 0;
      return FSW_UE | FSW_PE;
    }
    return roundAt(w, fcw, sign, adjusted, high, low, rest, 0) | FSW_UE;
  }
  shiftRightSticky(w, high, low, rest, 1 - exponent);
  return roundAt(w, fcw, sign, 0, w[T_HIGH], w[T_LOW], w[T_REST], FSW_UE);
}

function carriesOut(fcw: number, sign: number, high: number, low: number, rest: number): boolean {
  const precision = (fcw >>> 8) & 3;
  if (precision === 0) return (high & ~0xff) === ~0xff && roundsUp((fcw >>> 10) & 3, sign, (high << 24) | ((low | rest) !== 0 ? 1 : 0), 1);
  if (high !== -1) return false;
  if (precision === 2) return (low & ~0x7ff) === ~0x7ff && roundsUp((fcw >>> 10) & 3, sign, (low << 21) | (rest !== 0 ? 1 : 0), 1);
  return low === -1 && roundsUp((fcw >>> 10) & 3, sign, rest, 1);
}
