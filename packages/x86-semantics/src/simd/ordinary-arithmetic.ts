import { isWhole } from './fast-float.ts';
import { FloatArithmetic } from './float-arithmetic.ts';
import { DOUBLE_MIN, SINGLE_MIN } from './float-limits.ts';
import { FLOAT_ADD, FLOAT_DIV, FLOAT_MUL, FLOAT_SQRT, FLOAT_SUB, MXCSR, MXCSR_MASKS, MXCSR_PE, MXCSR_RC } from './mxcsr.ts';

const ORDINARY = MXCSR_MASKS | MXCSR_PE;

/** Neither tiny, not even before rounding, nor an overflow, a NaN or zero: then no operand was an infinity or a NaN. */
function isNormal(result: number, min: number): boolean {
  const magnitude = Math.abs(result);
  return magnitude > min && magnitude < Infinity;
}

/**
 * The arithmetic that programs do most, one function each: rounding to nearest with all exceptions masked and MXCSR.PE set
 * already, as it is after the first inexact result, on numbers that raise nothing else. {@link FloatArithmetic} does the rest.
 */
export class OrdinaryArithmetic extends FloatArithmetic {
  #isOrdinary(): boolean {
    return (this.i32[MXCSR] & (MXCSR_RC | ORDINARY)) === ORDINARY;
  }
  #areWhole(at: number): boolean {
    const f = this.f32;
    return isWhole(f[at], SINGLE_MIN) && isWhole(f[at + 1], SINGLE_MIN) && isWhole(f[at + 2], SINGLE_MIN) && isWhole(f[at + 3], SINGLE_MIN);
  }

  addDouble(dst: number, src: number): void {
    const f = this.f64;
    const a = f[dst >> 3];
    const b = f[src >> 3];
    const result = a + b;
    if (this.#isOrdinary() && isNormal(result, DOUBLE_MIN) && isWhole(a, DOUBLE_MIN) && isWhole(b, DOUBLE_MIN)) f[dst >> 3] = result;
    else this.arithmeticDouble(FLOAT_ADD, dst, src, 1);
  }
  addDoubles(dst: number, src: number): void {
    const f = this.f64;
    const d = dst >> 3;
    const r = src >> 3;
    const a = f[d];
    const b = f[r];
    const c = f[d + 1];
    const e = f[r + 1];
    const low = a + b;
    const high = c + e;
    const isNumber = isWhole(a, DOUBLE_MIN) && isWhole(b, DOUBLE_MIN) && isWhole(c, DOUBLE_MIN) && isWhole(e, DOUBLE_MIN);
    if (isNumber && this.#isOrdinary() && isNormal(low, DOUBLE_MIN) && isNormal(high, DOUBLE_MIN)) {
      f[d] = low;
      f[d + 1] = high;
    } else this.arithmeticDouble(FLOAT_ADD, dst, src, 2);
  }
  addSingle(dst: number, src: number): void {
    const f = this.f32;
    const a = f[dst >> 2];
    const b = f[src >> 2];
    const result = Math.fround(a + b);
    if (this.#isOrdinary() && isNormal(result, SINGLE_MIN) && isWhole(a, SINGLE_MIN) && isWhole(b, SINGLE_MIN)) f[dst >> 2] = result;
    else this.arithmeticSingle(FLOAT_ADD, dst, src, 1);
  }
  addSingles(dst: number, src: number): void {
    const f = this.f32;
    const d = dst >> 2;
    const r = src >> 2;
    const r0 = Math.fround(f[d] + f[r]);
    const r1 = Math.fround(f[d + 1] + f[r + 1]);
    const r2 = Math.fround(f[d + 2] + f[r + 2]);
    const r3 = Math.fround(f[d + 3] + f[r + 3]);
    const isNumber = isNormal(r0, SINGLE_MIN) && isNormal(r1, SINGLE_MIN) && isNormal(r2, SINGLE_MIN) && isNormal(r3, SINGLE_MIN);
    if (isNumber && this.#isOrdinary() && this.#areWhole(d) && this.#areWhole(r)) {
      f[d] = r0;
      f[d + 1] = r1;
      f[d + 2] = r2;
      f[d + 3] = r3;
    } else this.arithmeticSingle(FLOAT_ADD, dst, src, 4);
  }

  subtractDouble(dst: number, src: number): void {
    const f = this.f64;
    const a = f[dst >> 3];
    const b = f[src >> 3];
    const result = a - b;
    if (this.#isOrdinary() && isNormal(result, DOUBLE_MIN) && isWhole(a, DOUBLE_MIN) && isWhole(b, DOUBLE_MIN)) f[dst >> 3] = result;
    else this.arithmeticDouble(FLOAT_SUB, dst, src, 1);
  }
  subtractDoubles(dst: number, src: number): void {
    const f = this.f64;
    const d = dst >> 3;
    const r = src >> 3;
    const a = f[d];
    const b = f[r];
    const c = f[d + 1];
    const e = f[r + 1];
    const low = a - b;
    const high = c - e;
    const isNumber = isWhole(a, DOUBLE_MIN) && isWhole(b, DOUBLE_MIN) && isWhole(c, DOUBLE_MIN) && isWhole(e, DOUBLE_MIN);
    if (isNumber && this.#isOrdinary() && isNormal(low, DOUBLE_MIN) && isNormal(high, DOUBLE_MIN)) {
      f[d] = low;
      f[d + 1] = high;
    } else this.arithmeticDouble(FLOAT_SUB, dst, src, 2);
  }
  subtractSingle(dst: number, src: number): void {
    const f = this.f32;
    const a = f[dst >> 2];
    const b = f[src >> 2];
    const result = Math.fround(a - b);
    if (this.#isOrdinary() && isNormal(result, SINGLE_MIN) && isWhole(a, SINGLE_MIN) && isWhole(b, SINGLE_MIN)) f[dst >> 2] = result;
    else this.arithmeticSingle(FLOAT_SUB, dst, src, 1);
  }
  subtractSingles(dst: number, src: number): void {
    const f = this.f32;
    const d = dst >> 2;
    const r = src >> 2;
    const r0 = Math.fround(f[d] - f[r]);
    const r1 = Math.fround(f[d + 1] - f[r + 1]);
    const r2 = Math.fround(f[d + 2] - f[r + 2]);
    const r3 = Math.fround(f[d + 3] - f[r + 3]);
    const isNumber = isNormal(r0, SINGLE_MIN) && isNormal(r1, SINGLE_MIN) && isNormal(r2, SINGLE_MIN) && isNormal(r3, SINGLE_MIN);
    if (isNumber && this.#isOrdinary() && this.#areWhole(d) && this.#areWhole(r)) {
      f[d] = r0;
      f[d + 1] = r1;
      f[d + 2] = r2;
      f[d + 3] = r3;
    } else this.arithmeticSingle(FLOAT_SUB, dst, src, 4);
  }

  multiplyDouble(dst: number, src: number): void {
    const f = this.f64;
    const a = f[dst >> 3];
    const b = f[src >> 3];
    const result = a * b;
    if (this.#isOrdinary() && isNormal(result, DOUBLE_MIN) && isWhole(a, DOUBLE_MIN) && isWhole(b, DOUBLE_MIN)) f[dst >> 3] = result;
    else this.arithmeticDouble(FLOAT_MUL, dst, src, 1);
  }
  multiplyDoubles(dst: number, src: number): void {
    const f = this.f64;
    const d = dst >> 3;
    const r = src >> 3;
    const a = f[d];
    const b = f[r];
    const c = f[d + 1];
    const e = f[r + 1];
    const low = a * b;
    const high = c * e;
    const isNumber = isWhole(a, DOUBLE_MIN) && isWhole(b, DOUBLE_MIN) && isWhole(c, DOUBLE_MIN) && isWhole(e, DOUBLE_MIN);
    if (isNumber && this.#isOrdinary() && isNormal(low, DOUBLE_MIN) && isNormal(high, DOUBLE_MIN)) {
      f[d] = low;
      f[d + 1] = high;
    } else this.arithmeticDouble(FLOAT_MUL, dst, src, 2);
  }
  multiplySingle(dst: number, src: number): void {
    const f = this.f32;
    const a = f[dst >> 2];
    const b = f[src >> 2];
    const result = Math.fround(a * b);
    if (this.#isOrdinary() && isNormal(result, SINGLE_MIN) && isWhole(a, SINGLE_MIN) && isWhole(b, SINGLE_MIN)) f[dst >> 2] = result;
    else this.arithmeticSingle(FLOAT_MUL, dst, src, 1);
  }
  multiplySingles(dst: number, src: number): void {
    const f = this.f32;
    const d = dst >> 2;
    const r = src >> 2;
    const r0 = Math.fround(f[d] * f[r]);
    const r1 = Math.fround(f[d + 1] * f[r + 1]);
    const r2 = Math.fround(f[d + 2] * f[r + 2]);
    const r3 = Math.fround(f[d + 3] * f[r + 3]);
    const isNumber = isNormal(r0, SINGLE_MIN) && isNormal(r1, SINGLE_MIN) && isNormal(r2, SINGLE_MIN) && isNormal(r3, SINGLE_MIN);
    if (isNumber && this.#isOrdinary() && this.#areWhole(d) && this.#areWhole(r)) {
      f[d] = r0;
      f[d + 1] = r1;
      f[d + 2] = r2;
      f[d + 3] = r3;
    } else this.arithmeticSingle(FLOAT_MUL, dst, src, 4);
  }

  divideDouble(dst: number, src: number): void {
    const f = this.f64;
    const a = f[dst >> 3];
    const b = f[src >> 3];
    const result = a / b;
    if (this.#isOrdinary() && isNormal(result, DOUBLE_MIN) && isWhole(a, DOUBLE_MIN) && isWhole(b, DOUBLE_MIN)) f[dst >> 3] = result;
    else this.arithmeticDouble(FLOAT_DIV, dst, src, 1);
  }
  divideDoubles(dst: number, src: number): void {
    const f = this.f64;
    const d = dst >> 3;
    const r = src >> 3;
    const a = f[d];
    const b = f[r];
    const c = f[d + 1];
    const e = f[r + 1];
    const low = a / b;
    const high = c / e;
    const isNumber = isWhole(a, DOUBLE_MIN) && isWhole(b, DOUBLE_MIN) && isWhole(c, DOUBLE_MIN) && isWhole(e, DOUBLE_MIN);
    if (isNumber && this.#isOrdinary() && isNormal(low, DOUBLE_MIN) && isNormal(high, DOUBLE_MIN)) {
      f[d] = low;
      f[d + 1] = high;
    } else this.arithmeticDouble(FLOAT_DIV, dst, src, 2);
  }
  divideSingle(dst: number, src: number): void {
    const f = this.f32;
    const a = f[dst >> 2];
    const b = f[src >> 2];
    const result = Math.fround(a / b);
    if (this.#isOrdinary() && isNormal(result, SINGLE_MIN) && isWhole(a, SINGLE_MIN) && isWhole(b, SINGLE_MIN)) f[dst >> 2] = result;
    else this.arithmeticSingle(FLOAT_DIV, dst, src, 1);
  }
  divideSingles(dst: number, src: number): void {
    const f = this.f32;
    const d = dst >> 2;
    const r = src >> 2;
    const r0 = Math.fround(f[d] / f[r]);
    const r1 = Math.fround(f[d + 1] / f[r + 1]);
    const r2 = Math.fround(f[d + 2] / f[r + 2]);
    const r3 = Math.fround(f[d + 3] / f[r + 3]);
    const isNumber = isNormal(r0, SINGLE_MIN) && isNormal(r1, SINGLE_MIN) && isNormal(r2, SINGLE_MIN) && isNormal(r3, SINGLE_MIN);
    if (isNumber && this.#isOrdinary() && this.#areWhole(d) && this.#areWhole(r)) {
      f[d] = r0;
      f[d + 1] = r1;
      f[d + 2] = r2;
      f[d + 3] = r3;
    } else this.arithmeticSingle(FLOAT_DIV, dst, src, 4);
  }

  rootDouble(dst: number, src: number): void {
    const b = this.f64[src >> 3];
    if (this.#isOrdinary() && b >= DOUBLE_MIN && b < Infinity) this.f64[dst >> 3] = Math.sqrt(b);
    else this.arithmeticDouble(FLOAT_SQRT, dst, src, 1);
  }
  rootSingle(dst: number, src: number): void {
    const b = this.f32[src >> 2];
    if (this.#isOrdinary() && b >= SINGLE_MIN && b < Infinity) this.f32[dst >> 2] = Math.sqrt(b);
    else this.arithmeticSingle(FLOAT_SQRT, dst, src, 1);
  }
}
