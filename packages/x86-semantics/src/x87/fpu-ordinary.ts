/** The x87 instructions that programs execute most, on operands that are ordinary numbers. Whatever is not goes to the functions that know every case. */

import {
  BIAS,
  FSW_C0,
  FSW_C1,
  FSW_C3,
  FSW_CODES,
  X87_ADD,
  X87_DIVIDE,
  X87_DIVIDE_REVERSE,
  X87_MULTIPLY,
  X87_ONE,
  X87_SUBTRACT,
  X87_ZERO,
} from './constants.ts';
import { SCRATCH } from '../vp/lanes.ts';
import { FpuImage } from './fpu-image.ts';
import { addNumbers, divideNumbers, multiplyNumbers, NEGATE_A, NEGATE_B } from './numbers.ts';
import { FCW, FSW, FTW, ST } from './stack.ts';

const TOP_BIT = -0x80000000;
const SIGN_BIT = 0x8000;
const LOW_WORD = SCRATCH >> 2;
const HIGH_WORD = LOW_WORD + 1;

/** Whether sign and exponent, and the significand's high half, are of a normal number. */
function isNormal(signExponent: number, high: number): boolean {
  return high < 0 && ((signExponent + 1) & 0x7fff) > 1;
}

/** `destination op source` (reversed kinds: source op destination) of the numbers at lanes `to` and `from`, to lane `to`. */
function compute(kind: number, s: Int32Array, w: Int32Array, to: number, from: number): number {
  const fcw = s[FCW];
  switch (kind) {
    case X87_MULTIPLY:
      return multiplyNumbers(s, w, fcw, to, to, from);
    case X87_DIVIDE:
      return divideNumbers(s, w, fcw, to, to, from);
    case X87_DIVIDE_REVERSE:
      return divideNumbers(s, w, fcw, to, from, to);
    default:
      return addNumbers(s, w, fcw, to, to, from, kind === X87_ADD ? 0 : kind === X87_SUBTRACT ? NEGATE_B : NEGATE_A);
  }
}

/** Arithmetic, comparisons and moves whose operands are memory's words, or registers. */
export class FpuOrdinary extends FpuImage {
  /** FADD, FSUB and FSUBR of registers: `kind` is one of those. One function for each operation: its branches are its own. */
  addRegister(kind: number, destination: number, source: number, pops: number): void {
    const s = this.s;
    const to = this.#lane(destination);
    const from = this.#lane(source);
    if (!this.#holds(to) || !this.#holds(from)) this.binaryRegister(kind, destination, source, pops);
    else this.complete(addNumbers(s, this.w, s[FCW], to, to, from, kind === X87_ADD ? 0 : kind === X87_SUBTRACT ? NEGATE_B : NEGATE_A), pops);
  }

  multiplyRegister(kind: number, destination: number, source: number, pops: number): void {
    const s = this.s;
    const to = this.#lane(destination);
    const from = this.#lane(source);
    if (!this.#holds(to) || !this.#holds(from)) this.binaryRegister(kind, destination, source, pops);
    else this.complete(multiplyNumbers(s, this.w, s[FCW], to, to, from), pops);
  }

  divideRegister(kind: number, destination: number, source: number, pops: number): void {
    const s = this.s;
    const to = this.#lane(destination);
    const from = this.#lane(source);
    if (!this.#holds(to) || !this.#holds(from)) this.binaryRegister(kind, destination, source, pops);
    else if (kind === X87_DIVIDE) this.complete(divideNumbers(s, this.w, s[FCW], to, to, from), pops);
    else this.complete(divideNumbers(s, this.w, s[FCW], to, from, to), pops);
  }

  /** Lane of ST(i). */
  #lane(i: number): number {
    return ST + (((this.s[FSW] >>> 11) + i) & 7) * 4;
  }

  /** Whether the register at `lane` is not empty and holds a normal number. */
  #holds(lane: number): boolean {
    const s = this.s;
    return ((s[FTW] >>> ((lane - ST) >> 2)) & 1) === 0 && isNormal(s[lane + 2], s[lane + 1]);
  }

  /** ST(0) = ST(0) op the double high:low. */
  operateDouble(kind: number, low: number, high: number): void {
    const s = this.s;
    const exponent = (high >>> 20) & 0x7ff;
    if (((exponent + 1) & 0x7ff) > 1 && this.#operate(kind, ((high >>> 16) & SIGN_BIT) | (exponent + (BIAS - 1023)), (high << 11) | (low >>> 21) | TOP_BIT, low << 11)) return;
    s[LOW_WORD] = low;
    s[HIGH_WORD] = high;
    this.binaryDouble(kind, SCRATCH);
  }

  /** ST(0) = ST(0) op a single. */
  operateSingle(kind: number, bits: number): void {
    const exponent = (bits >>> 23) & 0xff;
    if (((exponent + 1) & 0xff) > 1 && this.#operate(kind, ((bits >>> 16) & SIGN_BIT) | (exponent + (BIAS - 127)), (bits << 8) | TOP_BIT, 0)) return;
    this.s[LOW_WORD] = bits;
    this.binarySingle(kind, SCRATCH);
  }

  /** ST(0) = ST(0) op an integer. */
  operateInteger(kind: number, value: number): void {
    const magnitude = value < 0 ? -value | 0 : value;
    const shift = Math.clz32(magnitude);
    if (value !== 0 && this.#operate(kind, ((value >>> 16) & SIGN_BIT) | (BIAS + 31 - shift), magnitude << shift, 0)) return;
    this.s[LOW_WORD] = value;
    this.binaryInt32(kind, SCRATCH);
  }

  /** ST(0) = ST(0) op a normal number; false, and nothing done, if ST(0) does not hold one. */
  #operate(kind: number, signExponent: number, high: number, low: number): boolean {
    const s = this.s;
    const p = (s[FSW] >>> 11) & 7;
    const to = ST + p * 4;
    if ((s[FTW] & (1 << p)) !== 0 || !isNormal(s[to + 2], s[to + 1])) return false;
    s[LOW_WORD] = low;
    s[HIGH_WORD] = high;
    s[HIGH_WORD + 1] = signExponent;
    this.complete(compute(kind, s, this.w, to, LOW_WORD), 0);
    return true;
  }

  /** FLD m64: pushes the double high:low. */
  loadDouble(low: number, high: number): void {
    const exponent = (high >>> 20) & 0x7ff;
    if (((exponent + 1) & 0x7ff) > 1) {
      const signExponent = ((high >>> 16) & SIGN_BIT) | (exponent + (BIAS - 1023));
      if (this.pushExact(signExponent, (high << 11) | (low >>> 21) | TOP_BIT, low << 11)) return;
    }
    this.s[LOW_WORD] = low;
    this.s[HIGH_WORD] = high;
    this.fldDouble(SCRATCH);
  }

  /** FLD m32. */
  loadSingle(bits: number): void {
    const exponent = (bits >>> 23) & 0xff;
    if (((exponent + 1) & 0xff) > 1 && this.pushExact(((bits >>> 16) & SIGN_BIT) | (exponent + (BIAS - 127)), (bits << 8) | TOP_BIT, 0)) return;
    this.s[LOW_WORD] = bits;
    this.fldSingle(SCRATCH);
  }

  /** FILD m16 and m32. */
  loadInteger(value: number): void {
    const magnitude = value < 0 ? -value | 0 : value;
    const shift = Math.clz32(magnitude);
    if (value !== 0 && this.pushExact(((value >>> 16) & SIGN_BIT) | (BIAS + 31 - shift), magnitude << shift, 0)) return;
    this.s[LOW_WORD] = value;
    this.fildInt32(SCRATCH);
  }

  override fldConstant(which: number): void {
    if (which === X87_ONE && this.pushExact(BIAS, TOP_BIT, 0)) return;
    if (which === X87_ZERO && this.pushExact(0, 0, 0)) return;
    super.fldConstant(which);
  }

  override fldRegister(i: number): void {
    const s = this.s;
    const p = ((s[FSW] >>> 11) + i) & 7;
    const from = ST + p * 4;
    if ((s[FTW] & (1 << p)) !== 0 || !this.pushExact(s[from + 2], s[from + 1], s[from])) super.fldRegister(i);
  }

  override fstRegister(i: number, pops: number): void {
    const s = this.s;
    const fsw = s[FSW];
    const p = (fsw >>> 11) & 7;
    if ((s[FTW] & (1 << p)) !== 0) {
      super.fstRegister(i, pops);
      return;
    }
    const d = (p + i) & 7;
    const from = ST + p * 4;
    const to = ST + d * 4;
    s[to] = s[from];
    s[to + 1] = s[from + 1];
    s[to + 2] = s[from + 2];
    s[FTW] &= ~(1 << d);
    this.complete(0, pops);
  }

  override fxch(i: number): void {
    const s = this.s;
    const fsw = s[FSW];
    const p = (fsw >>> 11) & 7;
    const r = (p + i) & 7;
    if ((s[FTW] & ((1 << p) | (1 << r))) !== 0) {
      super.fxch(i);
      return;
    }
    const a = ST + p * 4;
    const b = ST + r * 4;
    const low = s[a];
    const high = s[a + 1];
    const signExponent = s[a + 2];
    s[a] = s[b];
    s[a + 1] = s[b + 1];
    s[a + 2] = s[b + 2];
    s[b] = low;
    s[b + 1] = high;
    s[b + 2] = signExponent;
    s[FSW] = fsw & ~FSW_C1;
  }

  override compareRegister(i: number, pops: number, unordered: number): void {
    const s = this.s;
    const fsw = s[FSW];
    const p = (fsw >>> 11) & 7;
    const r = (p + i) & 7;
    if (pops > 1 || !this.#areNormal(p, r)) {
      super.compareRegister(i, pops, unordered);
      return;
    }
    s[FSW] = (fsw & ~FSW_CODES) | this.#order(p, r);
    this.complete(0, pops);
  }

  override fcomi(i: number, pops: number, unordered: number): number {
    const s = this.s;
    const p = (s[FSW] >>> 11) & 7;
    const r = (p + i) & 7;
    if (!this.#areNormal(p, r)) return super.fcomi(i, pops, unordered);
    const codes = this.#order(p, r);
    if (pops !== 0) this.pop();
    // C3 and C0 sit eight bits above ZF and CF.
    return codes >>> 8;
  }

  /** Whether two physical registers hold normal numbers. */
  #areNormal(p: number, r: number): boolean {
    const s = this.s;
    const a = ST + p * 4;
    const b = ST + r * 4;
    return (s[FTW] & ((1 << p) | (1 << r))) === 0 && isNormal(s[a + 2], s[a + 1]) && isNormal(s[b + 2], s[b + 1]);
  }

  /** C3 and C0 of a comparison of normal numbers. */
  #order(p: number, r: number): number {
    const s = this.s;
    const a = ST + p * 4;
    const b = ST + r * 4;
    const signA = s[a + 2] & SIGN_BIT;
    if (signA !== (s[b + 2] & SIGN_BIT)) return signA === 0 ? 0 : FSW_C0;
    let order = (s[a + 2] & 0x7fff) - (s[b + 2] & 0x7fff);
    if (order === 0) order = (s[a + 1] >>> 0) - (s[b + 1] >>> 0);
    if (order === 0) order = (s[a] >>> 0) - (s[b] >>> 0);
    if (order === 0) return FSW_C3;
    return order < 0 === (signA === 0) ? FSW_C0 : 0;
  }
}
