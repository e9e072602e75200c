import { fastInt32, fastNarrow, isWhole } from './fast-float.ts';
import { SINGLE_MIN } from './float-limits.ts';
import { MXCSR, MXCSR_PE } from './mxcsr.ts';
import { FloatArithmetic } from './float-arithmetic.ts';
import { DOUBLE, SINGLE } from './soft-float.ts';

/** 2^24. */
const EXACT_SINGLES = 16777216;

/** Conversions between integers, singles and doubles (SDM vol. 1 §11.4.1.6, table 11-1). */
export class FloatConversions extends FloatArithmetic {
  /** CVTSS2SD, CVTPS2PD. */
  widen(dst: number, src: number, count: number): void {
    const r = src >> 2;
    const a = this.f32[r];
    const b = count === 1 ? 0 : this.f32[r + 1];
    if (isWhole(a, SINGLE_MIN) && isWhole(b, SINGLE_MIN)) {
      this.f64[dst >> 3] = a;
      if (count === 2) this.f64[(dst >> 3) + 1] = b;
      return;
    }
    const soft = this.beginExact();
    for (let i = 0; i < count; i++) this.results[i] = soft.convert(SINGLE, DOUBLE, this.singleBits(src + 4 * i));
    this.writeDoubles(dst, count);
  }

  /** CVTSD2SS, CVTPD2PS; the latter clears bits 127:64. */
  narrow(dst: number, src: number, count: number): void {
    const r = src >> 3;
    if (this.isOrdinary()) {
      const inexactKnown = (this.i32[MXCSR] & MXCSR_PE) !== 0;
      const a = fastNarrow(this.f64[r], inexactKnown);
      const b = count === 1 ? 0 : fastNarrow(this.f64[r + 1], inexactKnown);
      if (a === a && b === b) {
        this.f32[dst >> 2] = a;
        if (count === 1) return;
        this.f32[(dst >> 2) + 1] = b;
        this.clearHigh(dst);
        return;
      }
    }
    const soft = this.beginExact();
    for (let i = 0; i < count; i++) this.results[i] = soft.convert(DOUBLE, SINGLE, this.u64[r + i]);
    this.results[2] = 0n;
    this.results[3] = 0n;
    this.writeSingles(dst, count === 1 ? 1 : 4);
  }

  /** CVTDQ2PD, CVTPI2PD. */
  doublesFromInt32(dst: number, src: number): void {
    const high = this.i32[(src >> 2) + 1];
    this.f64[dst >> 3] = this.i32[src >> 2];
    this.f64[(dst >> 3) + 1] = high;
  }

  /** CVTSI2SS. */
  singleFromInt32(dst: number, value: number): void {
    const single = Math.fround(value);
    if (single === value) {
      this.f32[dst >> 2] = single;
      return;
    }
    this.results[0] = this.beginExact().fromInt32(SINGLE, value);
    this.writeSingles(dst, 1);
  }

  /** CVTDQ2PS, CVTPI2PS. */
  singlesFromInt32(dst: number, src: number, count: number): void {
    const s = this.i32;
    const r = src >> 2;
    // Up to 2^24 every integer is a single.
    let isExact = true;
    for (let i = 0; i < count; i++) if (Math.abs(s[r + i]) > EXACT_SINGLES) isExact = false;
    if (isExact || (this.isOrdinary() && (s[MXCSR] & MXCSR_PE) !== 0)) {
      for (let i = 0; i < count; i++) this.f32[(dst >> 2) + i] = s[r + i];
      return;
    }
    const soft = this.beginExact();
    for (let i = 0; i < count; i++) this.results[i] = soft.fromInt32(SINGLE, this.i32[(src >> 2) + i]);
    this.writeSingles(dst, count);
  }

  /** CVTSS2SI, CVTTSS2SI. */
  int32FromSingle(src: number, truncates: number): number {
    const fast = this.#fastInt32(this.f32[src >> 2], truncates);
    if (fast === fast) return fast | 0;
    const value = this.beginExact().toInt32(SINGLE, this.singleBits(src), truncates !== 0);
    this.accept();
    return value;
  }

  /** CVTSD2SI, CVTTSD2SI. */
  int32FromDouble(src: number, truncates: number): number {
    const fast = this.#fastInt32(this.f64[src >> 3], truncates);
    if (fast === fast) return fast | 0;
    const value = this.beginExact().toInt32(DOUBLE, this.u64[src >> 3], truncates !== 0);
    this.accept();
    return value;
  }

  #fastInt32(x: number, truncates: number): number {
    return !this.isOrdinary() ? NaN : fastInt32(x, truncates !== 0, (this.i32[MXCSR] & MXCSR_PE) !== 0);
  }

  /** CVTPS2DQ, CVTTPS2DQ, CVTPS2PI, CVTTPS2PI. */
  int32FromSingles(dst: number, src: number, truncates: number, count: number): void {
    const r = src >> 2;
    const d = dst >> 2;
    const f = this.f32;
    const fast0 = this.#fastInt32(f[r], truncates);
    const fast1 = this.#fastInt32(f[r + 1], truncates);
    const fast2 = count === 4 ? this.#fastInt32(f[r + 2], truncates) : 0;
    const fast3 = count === 4 ? this.#fastInt32(f[r + 3], truncates) : 0;
    if (fast0 === fast0 && fast1 === fast1 && fast2 === fast2 && fast3 === fast3) {
      this.i32[d] = fast0;
      this.i32[d + 1] = fast1;
      if (count === 4) this.i32[d + 2] = fast2;
      if (count === 4) this.i32[d + 3] = fast3;
      return;
    }
    const soft = this.beginExact();
    for (let i = 0; i < count; i++) this.results[i] = BigInt.asUintN(32, BigInt(soft.toInt32(SINGLE, this.singleBits(src + 4 * i), truncates !== 0)));
    this.writeSingles(dst, count);
  }

  /** CVTPD2DQ, CVTTPD2DQ, which write 16 `bytes`, and CVTPD2PI, CVTTPD2PI, which write 8. */
  int32FromDoubles(dst: number, src: number, truncates: number, bytes: number): void {
    const fast0 = this.#fastInt32(this.f64[src >> 3], truncates);
    const fast1 = this.#fastInt32(this.f64[(src >> 3) + 1], truncates);
    if (fast0 === fast0 && fast1 === fast1) {
      this.i32[dst >> 2] = fast0;
      this.i32[(dst >> 2) + 1] = fast1;
      if (bytes === 16) this.clearHigh(dst);
      return;
    }
    const soft = this.beginExact();
    for (let i = 0; i < 2; i++) this.results[i] = BigInt.asUintN(32, BigInt(soft.toInt32(DOUBLE, this.u64[(src >> 3) + i], truncates !== 0)));
    this.results[2] = 0n;
    this.results[3] = 0n;
    this.writeSingles(dst, bytes >> 2);
  }
}
