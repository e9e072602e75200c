import { fastDouble, fastSingle } from './fast-float.ts';
import { FloatConversions } from './float-convert.ts';
import { FLOAT_ADD, FLOAT_MUL, FLOAT_SUB, MXCSR, MXCSR_PE } from './mxcsr.ts';
import { DOUBLE, SINGLE } from './soft-float.ts';

/** Arithmetic of SSE3 and SSE4.1 across elements: HADDPS and its like, ADDSUBPS, DPPS (SDM vol. 1 §12.3, §12.10.2). */
export class HorizontalArithmetic extends FloatConversions {
  /** HADDPS, HSUBPS: neighbours of `dst`, then of `src`. */
  horizontalSingles(op: number, dst: number, src: number): void {
    const d = dst >> 2;
    const r = src >> 2;
    this.#singles(op, op, dst, d, d + 1, d + 2, d + 3, r, r + 1, r + 2, r + 3);
  }
  /** ADDSUBPS: differences of the even elements, sums of the odd ones. */
  alternateSingles(dst: number, src: number): void {
    const d = dst >> 2;
    const r = src >> 2;
    this.#singles(FLOAT_SUB, FLOAT_ADD, dst, d, r, d + 1, r + 1, d + 2, r + 2, d + 3, r + 3);
  }
  /** Four results of the pairs at the given indices, the even ones by `even`. */
  #singles(even: number, odd: number, dst: number, a0: number, b0: number, a1: number, b1: number, a2: number, b2: number, a3: number, b3: number): void {
    const f = this.f32;
    if (this.isOrdinary()) {
      const inexactKnown = (this.i32[MXCSR] & MXCSR_PE) !== 0;
      const r0 = fastSingle(even, f[a0], f[b0], inexactKnown);
      const r1 = fastSingle(odd, f[a1], f[b1], inexactKnown);
      const r2 = fastSingle(even, f[a2], f[b2], inexactKnown);
      const r3 = fastSingle(odd, f[a3], f[b3], inexactKnown);
      if (r0 === r0 && r1 === r1 && r2 === r2 && r3 === r3) {
        f[dst >> 2] = r0;
        f[(dst >> 2) + 1] = r1;
        f[(dst >> 2) + 2] = r2;
        f[(dst >> 2) + 3] = r3;
        return;
      }
    }
    const soft = this.beginExact();
    this.results[0] = soft.arithmetic(SINGLE, even, this.singleBits(a0 << 2), this.singleBits(b0 << 2));
    this.results[1] = soft.arithmetic(SINGLE, odd, this.singleBits(a1 << 2), this.singleBits(b1 << 2));
    this.results[2] = soft.arithmetic(SINGLE, even, this.singleBits(a2 << 2), this.singleBits(b2 << 2));
    this.results[3] = soft.arithmetic(SINGLE, odd, this.singleBits(a3 << 2), this.singleBits(b3 << 2));
    this.writeSingles(dst, 4);
  }

  /** HADDPD, HSUBPD. */
  horizontalDoubles(op: number, dst: number, src: number): void {
    const d = dst >> 3;
    const r = src >> 3;
    this.#doubles(op, op, dst, d, d + 1, r, r + 1);
  }
  /** ADDSUBPD. */
  alternateDoubles(dst: number, src: number): void {
    const d = dst >> 3;
    const r = src >> 3;
    this.#doubles(FLOAT_SUB, FLOAT_ADD, dst, d, r, d + 1, r + 1);
  }
  #doubles(even: number, odd: number, dst: number, a0: number, b0: number, a1: number, b1: number): void {
    const f = this.f64;
    if (this.isOrdinary()) {
      const inexactKnown = (this.i32[MXCSR] & MXCSR_PE) !== 0;
      const r0 = fastDouble(even, f[a0], f[b0], inexactKnown);
      const r1 = fastDouble(odd, f[a1], f[b1], inexactKnown);
      if (r0 === r0 && r1 === r1) {
        f[dst >> 3] = r0;
        f[(dst >> 3) + 1] = r1;
        return;
      }
    }
    const soft = this.beginExact();
    this.results[0] = soft.arithmetic(DOUBLE, even, this.u64[a0], this.u64[b0]);
    this.results[1] = soft.arithmetic(DOUBLE, odd, this.u64[a1], this.u64[b1]);
    this.writeDoubles(dst, 2);
  }

  /** DPPS: the products that the immediate's high half selects, summed in pairs; the sum goes where its low half says. */
  dotSingles(dst: number, src: number, immediate: number): void {
    const d = dst >> 2;
    const r = src >> 2;
    const f = this.f32;
    if (this.isOrdinary()) {
      const known = (this.i32[MXCSR] & MXCSR_PE) !== 0;
      const p0 = (immediate & 0x10) !== 0 ? fastSingle(FLOAT_MUL, f[d], f[r], known) : 0;
      const p1 = (immediate & 0x20) !== 0 ? fastSingle(FLOAT_MUL, f[d + 1], f[r + 1], known) : 0;
      const p2 = (immediate & 0x40) !== 0 ? fastSingle(FLOAT_MUL, f[d + 2], f[r + 2], known) : 0;
      const p3 = (immediate & 0x80) !== 0 ? fastSingle(FLOAT_MUL, f[d + 3], f[r + 3], known) : 0;
      const sum = fastSingle(FLOAT_ADD, fastSingle(FLOAT_ADD, p0, p1, known), fastSingle(FLOAT_ADD, p2, p3, known), known);
      if (sum === sum) {
        for (let i = 0; i < 4; i++) f[d + i] = (immediate & (1 << i)) !== 0 ? sum : 0;
        return;
      }
    }
    // Each step reports its exceptions before the next begins (vol. 2, DPPS).
    const { results } = this;
    let soft = this.beginExact();
    for (let i = 0; i < 4; i++) results[i] = (immediate & (0x10 << i)) !== 0 ? soft.arithmetic(SINGLE, FLOAT_MUL, this.singleBits(dst + 4 * i), this.singleBits(src + 4 * i)) : 0n;
    if (!this.accept()) return;
    soft = this.beginExact();
    const low = soft.arithmetic(SINGLE, FLOAT_ADD, results[0]!, results[1]!);
    const high = soft.arithmetic(SINGLE, FLOAT_ADD, results[2]!, results[3]!);
    if (!this.accept()) return;
    const sum = this.beginExact().arithmetic(SINGLE, FLOAT_ADD, low, high);
    for (let i = 0; i < 4; i++) results[i] = (immediate & (1 << i)) !== 0 ? sum : 0n;
    this.writeSingles(dst, 4);
  }
  /** DPPD. */
  dotDoubles(dst: number, src: number, immediate: number): void {
    const d = dst >> 3;
    const r = src >> 3;
    const f = this.f64;
    if (this.isOrdinary()) {
      const known = (this.i32[MXCSR] & MXCSR_PE) !== 0;
      const p0 = (immediate & 0x10) !== 0 ? fastDouble(FLOAT_MUL, f[d], f[r], known) : 0;
      const p1 = (immediate & 0x20) !== 0 ? fastDouble(FLOAT_MUL, f[d + 1], f[r + 1], known) : 0;
      const sum = fastDouble(FLOAT_ADD, p0, p1, known);
      if (sum === sum) {
        f[d] = (immediate & 1) !== 0 ? sum : 0;
        f[d + 1] = (immediate & 2) !== 0 ? sum : 0;
        return;
      }
    }
    const { results } = this;
    const soft = this.beginExact();
    for (let i = 0; i < 2; i++) results[i] = (immediate & (0x10 << i)) !== 0 ? soft.arithmetic(DOUBLE, FLOAT_MUL, this.u64[d + i], this.u64[r + i]) : 0n;
    if (!this.accept()) return;
    const sum = this.beginExact().arithmetic(DOUBLE, FLOAT_ADD, results[0]!, results[1]!);
    for (let i = 0; i < 2; i++) results[i] = (immediate & (1 << i)) !== 0 ? sum : 0n;
    this.writeDoubles(dst, 2);
  }
}
