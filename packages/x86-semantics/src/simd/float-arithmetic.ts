import { CF, PF, ZF } from '../flags/kinds.ts';
import { EQUAL, GREATER, LESS, UNORDERED } from './fast-float.ts';
import { DOUBLE_MIN, SINGLE_MIN } from './float-limits.ts';
import { isSignalingDouble, isSignalingSingle, MaskedArithmetic, UNDECIDED } from './masked-float.ts';
import { FLOAT_MAX, FLOAT_MIN, FLOAT_SQRT, MXCSR, MXCSR_DAZ, MXCSR_DE, MXCSR_IE } from './mxcsr.ts';
import { DOUBLE, SINGLE, type Format } from './soft-float.ts';

/** Relations under which each predicate of CMPPS holds: EQ LT LE UNORD NEQ NLT NLE ORD (vol. 2, table 3-1). */
const PREDICATES = [EQUAL, LESS, LESS | EQUAL, UNORDERED, LESS | GREATER | UNORDERED, EQUAL | GREATER | UNORDERED, GREATER | UNORDERED, LESS | EQUAL | GREATER];
/** Significant bits of the reciprocal approximations: well within the relative error of 1.5 · 2^-12 (vol. 2, RCPPS). */
const APPROXIMATE_MASK = ~0x7ff;
const APPROXIMATE_HALF = 0x400;

/** Arithmetic and comparison of packed and scalar floating point (SDM vol. 1 §10.4.1.2, §11.4.1.2). `count` elements from bit 0 up. */
export class FloatArithmetic extends MaskedArithmetic {
  /** One number as a value and as bits. */
  readonly #singleView: Float32Array = new Float32Array(1);
  readonly #integerView: Int32Array = new Int32Array(this.#singleView.buffer);

  /** `FLOAT_*` on singles; the square root is the source's. */
  arithmeticSingle(op: number, dst: number, src: number, count: number): void {
    const d = dst >> 2;
    const r = src >> 2;
    if (this.isOrdinary()) {
      this.raised = 0;
      const r0 = this.maskedSingle(op, d, r, 0);
      const r1 = count === 1 ? 0 : this.maskedSingle(op, d + 1, r + 1, 1);
      const r2 = count === 1 ? 0 : this.maskedSingle(op, d + 2, r + 2, 2);
      const r3 = count === 1 ? 0 : this.maskedSingle(op, d + 3, r + 3, 3);
      if ((this.raised & UNDECIDED) === 0) {
        this.i32[MXCSR] |= this.raised;
        this.putSingle(d, r0, 0);
        if (count === 1) return;
        this.putSingle(d + 1, r1, 1);
        this.putSingle(d + 2, r2, 2);
        this.putSingle(d + 3, r3, 3);
        return;
      }
    }
    this.beginExact();
    for (let i = 0; i < count; i++) this.results[i] = this.#exact(SINGLE, op, this.singleBits(dst + 4 * i), this.singleBits(src + 4 * i));
    this.writeSingles(dst, count);
  }

  /** `FLOAT_*` on doubles. */
  arithmeticDouble(op: number, dst: number, src: number, count: number): void {
    const d = dst >> 3;
    const r = src >> 3;
    if (this.isOrdinary()) {
      this.raised = 0;
      const r0 = this.maskedDouble(op, d, r, 0);
      const r1 = count === 1 ? 0 : this.maskedDouble(op, d + 1, r + 1, 1);
      if ((this.raised & UNDECIDED) === 0) {
        this.i32[MXCSR] |= this.raised;
        this.putDouble(d, r0, 0);
        if (count !== 1) this.putDouble(d + 1, r1, 1);
        return;
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
    const predicate = immediate & 7;
    const signals = predicateSignals(predicate);
    let mask = 0;
    this.soft.flags = 0;
    for (let i = 0; i < count; i++) {
      if ((PREDICATES[predicate]! & this.#relationSingle((dst >> 2) + i, (src >> 2) + i, signals)) !== 0) mask |= 1 << i;
    }
    if (this.soft.flags !== 0 && !this.accept()) return;
    for (let i = 0; i < count; i++) this.i32[(dst >> 2) + i] = -((mask >> i) & 1);
  }

  /** CMPPD, CMPSD. */
  compareDouble(dst: number, src: number, immediate: number, count: number): void {
    const predicate = immediate & 7;
    const signals = predicateSignals(predicate);
    let mask = 0;
    this.soft.flags = 0;
    for (let i = 0; i < count; i++) {
      if ((PREDICATES[predicate]! & this.#relationDouble((dst >> 3) + i, (src >> 3) + i, signals)) !== 0) mask |= 1 << i;
    }
    if (this.soft.flags !== 0 && !this.accept()) return;
    for (let i = 0; i < count; i++) {
      this.i32[(dst >> 2) + 2 * i] = -((mask >> i) & 1);
      this.i32[(dst >> 2) + 2 * i + 1] = -((mask >> i) & 1);
    }
  }

  /** COMISS (signals quiet NaNs) and UCOMISS: OSZAPC as they leave it. */
  orderSingle(a: number, b: number, signals: number): number {
    this.soft.flags = 0;
    const relation = this.#relationSingle(a >> 2, b >> 2, signals !== 0);
    if (this.soft.flags !== 0) this.accept();
    return orderFlags(relation);
  }

  /** COMISD and UCOMISD. */
  orderDouble(a: number, b: number, signals: number): number {
    this.soft.flags = 0;
    const relation = this.#relationDouble(a >> 3, b >> 3, signals !== 0);
    if (this.soft.flags !== 0) this.accept();
    return orderFlags(relation);
  }

  /** How the doubles at two indices compare. Reports a denormal, or a NaN: a quiet one only if `signals`. */
  #relationDouble(a: number, b: number, signals: boolean): number {
    const { f64, i32 } = this;
    const x = f64[a];
    const y = f64[b];
    if (x === x && y === y) return this.#relation(x, y, DOUBLE_MIN);
    if (signals || isSignalingDouble(i32[2 * a], i32[2 * a + 1]) || isSignalingDouble(i32[2 * b], i32[2 * b + 1])) this.soft.flags |= MXCSR_IE;
    return UNORDERED;
  }

  #relationSingle(a: number, b: number, signals: boolean): number {
    const { f32, i32 } = this;
    const x = f32[a];
    const y = f32[b];
    if (x === x && y === y) return this.#relation(x, y, SINGLE_MIN);
    if (signals || isSignalingSingle(i32[a]) || isSignalingSingle(i32[b])) this.soft.flags |= MXCSR_IE;
    return UNORDERED;
  }

  #relation(x: number, y: number, min: number): number {
    if ((Math.abs(x) < min && x !== 0) || (Math.abs(y) < min && y !== 0)) {
      if ((this.i32[MXCSR] & MXCSR_DAZ) === 0) this.soft.flags |= MXCSR_DE;
      else {
        if (Math.abs(x) < min) x = 0;
        if (Math.abs(y) < min) y = 0;
      }
    }
    return x < y ? LESS : x > y ? GREATER : EQUAL;
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
