import type { FactRequest } from '../emit-js/element-facts.ts';
import { Builder } from '../ir/builder.ts';
import type { Operands } from '../ir/define.ts';
import type { Expression, FloatCompareOperator, FloatExpression, FloatOperator, Statement } from '../ir/nodes.ts';
import { DOUBLE_MIN, SINGLE_MAX, SINGLE_MIN } from '../simd/float-limits.ts';
import { MXCSR, MXCSR_MASKS, MXCSR_PE, MXCSR_RC } from '../simd/mxcsr.ts';
import { SCRATCH } from '../vp/lanes.ts';
import { moveWords, pairQuadwords } from './sse-words.ts';
import { vectorAddress, vectorSource } from './sse-operands.ts';

/*
 * Floating-point arithmetic where the host's is the guest's: rounding is to nearest with all exceptions masked and MXCSR.PE set
 * already, as it is after the first inexact result, on numbers that raise nothing else. Then no flag changes. The tests are part of
 * the instruction; whatever fails them goes to the vector unit, which knows every case.
 */

const ORDINARY = MXCSR_MASKS | MXCSR_PE;
const DOUBLE_MAX = Number.MAX_VALUE;

/** Greatest number that rounds to a finite single, to nearest: the next one is halfway to 2^128. */
const SINGLE_ROUNDED = 2 ** 128 - 2 ** 103 - 2 ** 75;

/** Elements of a type: their format's limits, and access to them in the state. */
export interface ElementType {
  readonly isDouble: boolean;
  readonly count: number;
  /** Bytes of the operand in memory. */
  readonly bytes: number;
}

export function all(b: Builder, conditions: readonly Expression[]): Expression {
  return conditions.reduce((whole, condition) => b.and(whole, condition));
}

/** The host's arithmetic may serve. */
export function isOrdinary(b: Builder): Expression {
  return b.roundingFact(b.eq(b.and(b.lane(MXCSR), MXCSR_RC | ORDINARY), ORDINARY));
}

/** Neither tiny, not even before rounding, nor an overflow, a NaN or zero: then no operand was an infinity or a NaN. */
function isNormal(b: Builder, x: FloatExpression, isDouble: boolean): Expression {
  const magnitude = b.floatUnary('abs', x);
  return b.and(b.floatCompare('gt', magnitude, isDouble ? DOUBLE_MIN : SINGLE_MIN), b.floatCompare('le', magnitude, isDouble ? DOUBLE_MAX : SINGLE_MAX));
}

/**
 * Not denormal and no NaN: the magnitude is not strictly between 0 and the least normal number, so it is at least half of that
 * away from its half. One comparison, since a second one that seldom runs would be a deoptimization each.
 */
function isWhole(b: Builder, x: FloatExpression, isDouble: boolean): Expression {
  const half = (isDouble ? DOUBLE_MIN : SINGLE_MIN) / 2;
  return b.floatCompare('ge', b.floatUnary('abs', b.float('sub', b.floatUnary('abs', x), b.floatConst(half))), half);
}

function element(b: Builder, at: Expression, index: number, isDouble: boolean): FloatExpression {
  return isDouble ? b.double(at, 8 * index) : b.single(at, 4 * index);
}

/** The source's elements, and where its bytes are. */
export function floatSource(b: Builder, o: Operands, { isDouble, count, bytes }: ElementType): { readonly at: Expression; readonly values: readonly FloatExpression[] } {
  if (isDouble && o.src.k === 'memory') {
    const values = b.loadDoubles(vectorAddress(b, bytes, false), SCRATCH);
    return { at: b.const(SCRATCH), values };
  }
  const at = vectorSource(b, o.src, bytes);
  return { at, values: Array.from({ length: count }, (_, i) => b.letFloat(element(b, at, i, isDouble))) };
}

function write(b: Builder, dst: Expression, results: readonly FloatExpression[], isDouble: boolean, areWhole: boolean): void {
  results.forEach((result, i) => (isDouble ? b.setDouble(dst, 8 * i, result, areWhole) : b.setSingle(dst, 4 * i, result, areWhole)));
}

/** Whether the element of the state, which is `x`, is not denormal, and no NaN that could be told from numbers in order. */
export function isElementWhole(b: Builder, at: Expression, index: number, x: FloatExpression, isDouble: boolean): Expression {
  return b.elementFact('whole', at, (isDouble ? 8 : 4) * index, isDouble, isWhole(b, x, isDouble));
}

/**
 * Whether the host's result is the guest's, and raises nothing: `exact` of `x` and `y` neither denormal, finite, not rounded to single
 * precision. A product or quotient that is tiny is left to the unit, but for a zero that comes of one.
 */
function isResultOrdinary(b: Builder, op: FloatOperator, isDouble: boolean, x: FloatExpression, y: FloatExpression, exact: FloatExpression, magnitude: FloatExpression): Expression {
  if (op === 'add' || op === 'sub') return isWhole(b, exact, isDouble);
  const isZero = (value: FloatExpression): Expression => b.floatCompare('eq', value, 0);
  // No product of singles is too small for a double, so it is zero for no other reason.
  const hasZero = op === 'div' ? isZero(x) : isDouble ? b.or(isZero(x), isZero(y)) : isZero(exact);
  return b.or(b.floatCompare('gt', magnitude, isDouble ? DOUBLE_MIN : SINGLE_MIN), hasZero);
}

/** ADD, SUB, MUL and DIV of elements; `otherwise` does it for every other operand. */
export function ordinaryArithmetic(b: Builder, o: Operands, type: ElementType, op: FloatOperator, dst: Expression, otherwise: (src: Expression) => void): void {
  const { isDouble, count } = type;
  b.require('sse');
  const source = floatSource(b, o, type);
  const tests: Expression[] = [];
  const magnitudes: FloatExpression[] = [];
  const results = Array.from({ length: count }, (_, i) => {
    const x = b.letFloat(element(b, dst, i, isDouble));
    const y = source.values[i]!;
    const exact = b.letFloat(b.float(op, x, y));
    const magnitude = b.floatUnary('abs', exact);
    magnitudes.push(magnitude);
    tests.push(isElementWhole(b, dst, i, x, isDouble), isElementWhole(b, source.at, i, y, isDouble), isResultOrdinary(b, op, isDouble, x, y, exact, magnitude));
    return isDouble ? exact : b.floatUnary('single', exact);
  });
  // One comparison for all: where their sum is finite, they are. Those of which it alone is not go to the unit.
  const sum = magnitudes.reduce((whole, magnitude) => b.float('add', whole, magnitude));
  const areFinite = b.floatCompare('le', sum, isDouble ? DOUBLE_MAX : SINGLE_ROUNDED);
  b.if(all(b, [...tests, areFinite, isOrdinary(b)]), () => write(b, dst, results, isDouble, true), () => otherwise(source.at));
}

/** CMPPS and its like: all ones where the predicate in the immediate's low bits holds (vol. 2, table 3-1), among numbers in order. */
export function ordinaryComparison(b: Builder, o: Operands, type: ElementType, dst: Expression, otherwise: (src: Expression) => void): void {
  const { isDouble, count } = type;
  b.require('sse');
  const source = floatSource(b, o, type);
  const predicate = b.and(b.immediate, 3);
  const tests: Expression[] = [];
  const masks = Array.from({ length: count }, (_, i) => {
    const x = b.letFloat(element(b, dst, i, isDouble));
    const y = source.values[i]!;
    tests.push(isElementWhole(b, dst, i, x, isDouble), isElementWhole(b, source.at, i, y, isDouble));
    const holds = (op: FloatCompareOperator): Expression => b.floatCompare(op, x, y);
    const relation = b.select(b.eq(predicate, 0), holds('eq'), b.select(b.eq(predicate, 1), holds('lt'), b.select(b.eq(predicate, 2), holds('le'), b.const(0))));
    // Predicates 4 to 7 are the opposites of 0 to 3.
    return b.neg(b.xor(relation, b.and(b.shr(b.immediate, 2), 1)));
  });
  b.if(all(b, tests), () => masks.forEach((mask, i) => writeMask(b, dst, i, b.let(mask), isDouble)), () => otherwise(source.at));
}

function writeMask(b: Builder, dst: Expression, index: number, mask: Expression, isDouble: boolean): void {
  if (!isDouble) b.setWord(dst, 4 * index, mask);
  else for (const half of [0, 4]) b.setWord(dst, 8 * index + half, mask);
}

/** SQRT of elements. */
export function ordinaryRoot(b: Builder, o: Operands, type: ElementType, dst: Expression, otherwise: (src: Expression) => void): void {
  const { isDouble } = type;
  b.require('sse');
  const source = floatSource(b, o, type);
  const tests = source.values.map((x) => b.and(b.floatCompare('ge', x, isDouble ? DOUBLE_MIN : SINGLE_MIN), b.floatCompare('le', x, isDouble ? DOUBLE_MAX : SINGLE_MAX)));
  const results = source.values.map((x) => (isDouble ? b.floatUnary('sqrt', x) : b.floatUnary('single', b.floatUnary('sqrt', x))));
  b.if(all(b, [...tests, isOrdinary(b)]), () => write(b, dst, results, isDouble, true), () => otherwise(source.at));
}

/** A double that becomes a single without another exception. */
export function ordinaryNarrow(b: Builder, o: Operands, dst: Expression, otherwise: (src: Expression) => void): void {
  b.require('sse');
  const source = floatSource(b, o, { isDouble: true, count: 1, bytes: 8 });
  const result = b.letFloat(b.floatUnary('single', source.values[0]!));
  b.if(b.and(isNormal(b, result, false), isOrdinary(b)), () => b.setSingle(dst, 0, result, true), () => otherwise(source.at));
}

/** Whether a double of the state, which is `x`, is no NaN. */
function isNumber(b: Builder, at: Expression, offset: number, x: FloatExpression): Expression {
  return b.elementFact('number', at, offset, true, b.floatCompare('eq', x, x));
}

/** Tests whether elements of the state are neither denormal nor NaNs, and MXCSR has the host's arithmetic serve: to no end but that it is known. */
export function elementTests({ elements, rounding }: FactRequest): readonly Statement[] {
  const b = new Builder();
  const tests = elements.map(({ byte, isDouble }) => isElementWhole(b, b.const(byte), 0, b.letFloat(element(b, b.const(byte), 0, isDouble)), isDouble));
  b.if(all(b, rounding ? [...tests, isOrdinary(b)] : tests), () => undefined);
  return b.build().statements;
}

/** Copies `count` doubles between registers: as JavaScript numbers, which keep all bits of what is not a NaN. */
export function moveDoubles(b: Builder, dst: Expression, src: Expression, count: number): void {
  const values = Array.from({ length: count }, (_, i) => b.letFloat(b.double(src, 8 * i)));
  b.if(all(b, values.map((x, i) => isNumber(b, src, 8 * i, x))), () => write(b, dst, values, true, false), () => moveWords(b, dst, src, 8 * count));
}

/** UNPCKLPD, UNPCKHPD and SHUFPD: a double of each operand, `low` and `high` their bytes in it. By doublewords where one is a NaN. */
export function pairDoubles(b: Builder, dst: Expression, src: Expression, low: Expression, high: Expression): void {
  const x = b.letFloat(b.double(b.add(dst, low)));
  const y = b.letFloat(b.double(b.add(src, high)));
  b.if(all(b, [isNumber(b, b.add(dst, low), 0, x), isNumber(b, b.add(src, high), 0, y)]), () => write(b, dst, [x, y], true, false), () => pairQuadwords(b, dst, src, low, high));
}
