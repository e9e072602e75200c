import { isWhole } from './fast-float.ts';
import { HorizontalArithmetic } from './float-horizontal.ts';
import { DOUBLE_MIN, SINGLE_MIN } from './float-limits.ts';
import { MXCSR, MXCSR_PE, MXCSR_PM, MXCSR_RC, MXCSR_RC_SHIFT, ROUND_DOWN, ROUND_NEAREST, ROUND_UP } from './mxcsr.ts';
import { DOUBLE, SINGLE, type SoftFloat } from './soft-float.ts';

/** 2^52: what is as large has no fraction. */
const INTEGERS = 4503599627370496;

// Fields of the immediate (SDM vol. 2, ROUNDPD).
const USE_MXCSR = 4;
const SUPPRESS_PRECISION = 8;

/** An ordinary number rounded to an integer of its sign, zeros included. */
function round(x: number, mode: number): number {
  if (mode === ROUND_DOWN) return Math.floor(x);
  if (mode === ROUND_UP) return Math.ceil(x);
  if (mode !== ROUND_NEAREST) return Math.trunc(x);
  const magnitude = Math.abs(x);
  if (!(magnitude < INTEGERS) || magnitude === 0) return x;
  const integer = magnitude + INTEGERS - INTEGERS;
  return x < 0 ? -integer : integer;
}

/** ROUNDPS, ROUNDPD, ROUNDSS, ROUNDSD (SDM vol. 1 §12.10.6). */
export class FloatRounding extends HorizontalArithmetic {
  roundSingles(dst: number, src: number, immediate: number, count: number): void {
    const f = this.f32;
    const d = dst >> 2;
    const r = src >> 2;
    const mode = this.#mode(immediate);
    const isSilent = this.#isSilent(immediate);
    let isDone = true;
    for (let i = 0; i < count; i++) if (!isQuiet(f[r + i], mode, isSilent, SINGLE_MIN)) isDone = false;
    if (isDone) {
      for (let i = 0; i < count; i++) f[d + i] = round(f[r + i], mode);
      return;
    }
    const soft = this.#begin(mode);
    for (let i = 0; i < count; i++) this.results[i] = soft.toIntegral(SINGLE, this.singleBits(src + 4 * i));
    if ((immediate & SUPPRESS_PRECISION) !== 0) soft.flags &= ~MXCSR_PE;
    this.writeSingles(dst, count);
  }
  roundDoubles(dst: number, src: number, immediate: number, count: number): void {
    const f = this.f64;
    const d = dst >> 3;
    const r = src >> 3;
    const mode = this.#mode(immediate);
    const isSilent = this.#isSilent(immediate);
    let isDone = true;
    for (let i = 0; i < count; i++) if (!isQuiet(f[r + i], mode, isSilent, DOUBLE_MIN)) isDone = false;
    if (isDone) {
      for (let i = 0; i < count; i++) f[d + i] = round(f[r + i], mode);
      return;
    }
    const soft = this.#begin(mode);
    for (let i = 0; i < count; i++) this.results[i] = soft.toIntegral(DOUBLE, this.u64[r + i]);
    if ((immediate & SUPPRESS_PRECISION) !== 0) soft.flags &= ~MXCSR_PE;
    this.writeDoubles(dst, count);
  }

  #mode(immediate: number): number {
    return (immediate & USE_MXCSR) !== 0 ? (this.i32[MXCSR] & MXCSR_RC) >> MXCSR_RC_SHIFT : immediate & 3;
  }
  /** Whether an inexact result changes nothing but the destination. */
  #isSilent(immediate: number): boolean {
    return (immediate & SUPPRESS_PRECISION) !== 0 || (this.i32[MXCSR] & (MXCSR_PM | MXCSR_PE)) === (MXCSR_PM | MXCSR_PE);
  }
  #begin(mode: number): SoftFloat {
    const soft = this.beginExact();
    soft.control = (soft.control & ~MXCSR_RC) | (mode << MXCSR_RC_SHIFT);
    return soft;
  }
}

/** Neither a NaN nor denormal in its format, and its rounding raises nothing. */
function isQuiet(x: number, mode: number, isSilent: boolean, min: number): boolean {
  return isWhole(x, min) && (isSilent || round(x, mode) === x);
}
