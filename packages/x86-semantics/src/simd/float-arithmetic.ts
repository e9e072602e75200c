import { CF, PF, ZF } from '../flags/kinds.ts';
import { EQUAL, fastDouble, fastRelation, fastSingle, GREATER, LESS, UNORDERED } from './fast-float.ts';
import { FloatState } from './float-state.ts';
import { FLOAT_MAX, FLOAT_MIN, FLOAT_SQRT, MXCSR, MXCSR_PE } from './mxcsr.ts';
import { DOUBLE, SINGLE, type Format } from './soft-float.ts';

/** Relations under which each predicate of CMPPS holds: EQ LT LE UNORD NEQ NLT NLE ORD (vol. 2, table 3-1). */
const PREDICATES = [EQUAL, LESS, LESS | EQUAL, UNORDERED, LESS | GREATER | UNORDERED, EQUAL | GREATER | UNORDERED, GREATER | UNORDERED, LESS | EQUAL | GREATER];
/** Significant bits of the reciprocal approximations: well within the relative error of 1.5 · 2^-12 (vol. 2, RCPPS). */
const APPROXIMATE_MASK = ~0x7ff;
const APPROXIMATE_HALF = 0x400;

/** Arithmetic and comparison of packed and scalar floating point (SDM vol. 1 §10.4.1.2, §11.4.1.2). `count` elements from bit 0 up. */
export class FloatArithmetic extends FloatState {
  /** One number as a value and as bits. */
  readonly #singleView: Float32Array = new Float32Array(1);
  readonly #integerView: Int32Array = new Int32Array(this.#singleView.buffer);

  /** `FLOAT_*` on singles; the square root is the source's. */
  arithmeticSingle(op: number, dst: number, src: number, count: number): void {
    const f = this.f32;
    const d = dst >> 2;
    const r = src >> 2;
    if (this.isOrdinary()) {
      const inexactKnown = (this.i32[MXCSR] & MXCSR_PE) !== 0;
      const first = op === FLOAT_SQRT ? r : d;
      const r0 = fastSingle(op, f[first], f[r], inexactKnown);
      if (r0 === r0 && count === 1) {
        f[d] = r0;
        return;
      }
      if (r0 === r0) {
        const r1 = fastSingle(op, f[first + 1], f[r + 1], inexactKnown);
        const r2 = fastSingle(op, f[first + 2], f[r + 2], inexactKnown);
        const r3 = fastSingle(op, f[first + 3], f[r + 3], inexactKnown);
        if (r1 === r1 && r2 === r2 && r3 === r3) {
          f[d] = r0;
          f[d + 1] = r1;
          f[d + 2] = r2;
          f[d + 3] = r3;
          return;
        }
      }
    }
    this.beginExact();
    for (let i = 0; i < count; i++) this.results[i] = this.#exact(SINGLE, op, this.singleBits(dst + 4 * i), this.singleBits(src + 4 * i));
    this.writeSingles(dst, count);
  }

  /** `FLOAT_*` on doubles. */
  arithmeticDouble(op: number, dst: number, src: number, count: number): void {
    const f = this.f64;
    const d = dst >> 3;
    const r = src >> 3;
    if (this.isOrdinary()) {
      const inexactKnown = (this.i32[MXCSR] & MXCSR_PE) !== 0;
      const first = op === FLOAT_SQRT ? r : d;
      const r0 = fastDouble(op, f[first], f[r], inexactKnown);
      if (r0 === r0 && count === 1) {
        f[d] = r0;
        return;
      }
      if (r0 === r0) {
        const r1 = fastDouble(op, f[first + 1], f[r + 1], inexactKnown);
        if (r1 === r1) {
          f[d] = r0;
          f[d + 1] = r1;
          return;
        }
      }
    }
    this.beginExact();
    for (let i = 0; i < count; i++) this.results[i] = this.#exact(DOUBLE, op, this.u64[d + i], this.u64[r + i]);
    this.writeDoubles(dst, count);
  }

  #exact(f: Format, op: number, a: bigint, b: bigint): bigint {
    if (op === FLOAT_SQRT) return this.soft.squareRoot(f, b);
    if (op === FLOAT_MIN || op === FLOAT_MAX) return this.soft.lesser(f, a, b, op === FLOAT_MAX);
    return this.soft.arithmetic(f, op, a, b);
  }

  /** CMPPS, CMPSS. */
  compareSingle(dst: number, src: number, immediate: number, count: number): void {
    const d = dst >> 2;
    const r = src >> 2;
    const predicate = immediate & 7;
    const signals = predicateSignals(predicate);
    const { soft } = this;
    let mask = 0;
    soft.flags = 0;
    for (let i = 0; i < count; i++) {
      let relation = fastRelation(this.f32[d + i], this.f32[r + i], false);
      if (relation === 0) {
        soft.control = this.i32[MXCSR];
        relation = soft.relation(SINGLE, this.singleBits(dst + 4 * i), this.singleBits(src + 4 * i), signals);
      }
      if ((PREDICATES[predicate]! & relation) !== 0) mask |= 1 << i;
    }
    if (soft.flags !== 0 && !this.accept()) return;
    for (let i = 0; i < count; i++) this.i32[d + i] = -((mask >> i) & 1);
  }

  /** CMPPD, CMPSD. */
  compareDouble(dst: number, src: number, immediate: number, count: number): void {
    const d = dst >> 3;
    const r = src >> 3;
    const predicate = immediate & 7;
    const signals = predicateSignals(predicate);
    const { soft } = this;
    let mask = 0;
    soft.flags = 0;
    for (let i = 0; i < count; i++) {
      let relation = fastRelation(this.f64[d + i], this.f64[r + i], true);
      if (relation === 0) {
        soft.control = this.i32[MXCSR];
        relation = soft.relation(DOUBLE, this.u64[d + i], this.u64[r + i], signals);
      }
      if ((PREDICATES[predicate]! & relation) !== 0) mask |= 1 << i;
    }
    if (soft.flags !== 0 && !this.accept()) return;
    for (let i = 0; i < count; i++) {
      this.i32[(d + i) * 2] = -((mask >> i) & 1);
      this.i32[(d + i) * 2 + 1] = -((mask >> i) & 1);
    }
  }

  /** COMISS (signals quiet NaNs) and UCOMISS: OSZAPC as they leave it. */
  orderSingle(a: number, b: number, signals: number): number {
    const relation = fastRelation(this.f32[a >> 2], this.f32[b >> 2], false);
    if (relation !== 0) return orderFlags(relation);
    const exact = this.beginExact().relation(SINGLE, this.singleBits(a), this.singleBits(b), signals !== 0);
    this.accept();
    return orderFlags(exact);
  }

  /** COMISD and UCOMISD. */
  orderDouble(a: number, b: number, signals: number): number {
    const relation = fastRelation(this.f64[a >> 3], this.f64[b >> 3], true);
    if (relation !== 0) return orderFlags(relation);
    const exact = this.beginExact().relation(DOUBLE, this.u64[a >> 3], this.u64[b >> 3], signals !== 0);
    this.accept();
    return orderFlags(exact);
  }

  /** RCPPS, RCPSS, RSQRTPS, RSQRTSS: no exception, denormals are zeros. */
  approximate(dst: number, src: number, count: number, isRoot: number): void {
    for (let i = 0; i < count; i++) this.i32[(dst >> 2) + i] = this.#approximation(this.i32[(src >> 2) + i], isRoot !== 0);
  }

  #approximation(bits: number, isRoot: boolean): number {
    const sign = bits & 0x80000000;
    const exponent = (bits >>> 23) & 0xff;
    const fraction = bits & 0x7fffff;
    if (exponent === 0xff && fraction !== 0) return bits | 0x400000;
    if (exponent === 0) return sign | 0x7f800000;
    if (isRoot && sign !== 0) return 0xffc00000 | 0;
    if (exponent === 0xff) return sign;
    const value = this.#singleView;
    const integer = this.#integerView;
    integer[0] = bits;
    value[0] = isRoot ? 1 / Math.sqrt(value[0]) : 1 / value[0];
    const result = (integer[0] + APPROXIMATE_HALF) & APPROXIMATE_MASK;
    return (result & 0x7f800000) === 0 ? sign : result;
  }
}

/** LT, LE and their opposites signal quiet NaNs. */
function predicateSignals(predicate: number): boolean {
  return (predicate & 3) === 1 || (predicate & 3) === 2;
}

function orderFlags(relation: number): number {
  return relation === UNORDERED ? ZF | PF | CF : relation === LESS ? CF : relation === EQUAL ? ZF : 0;
}
