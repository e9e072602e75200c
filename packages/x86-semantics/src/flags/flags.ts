import { isProductWide } from '../emit-js/pure.ts';
import { FLAG_A, FLAG_B, FLAG_KIND } from '../vp/lanes.ts';
import { AF, CF, KIND_ADC, KIND_ADD, KIND_DEC, KIND_INC, KIND_LOGIC, KIND_PRODUCT, KIND_SBB, KIND_SUB, KIND_WORD, OF, PF, SF, ZF } from './kinds.ts';

/** Positions of OF and PF, and how far SF is below bit 31. */
const OF_BIT = 11;
const PF_BIT = 2;
const SF_FROM = 24;

// The only place that computes arithmetic flags from a lazy record (kind, a, b).

/** Carry of a record: 0 or 1. */
export function carryOf(kind: number, a: number, b: number): number {
  switch (kind & -4) {
    case KIND_ADD:
      return (a + b) >>> 0 < a >>> 0 ? 1 : 0;
    case KIND_ADC:
      return (a + b + oneAt(kind)) >>> 0 <= a >>> 0 ? 1 : 0;
    case KIND_SUB:
      return a >>> 0 < b >>> 0 ? 1 : 0;
    case KIND_SBB:
      return a >>> 0 <= b >>> 0 ? 1 : 0;
    case KIND_LOGIC:
      return 0;
    case KIND_PRODUCT:
      return isProductWide(a, b);
    default:
      return b & 1;
  }
}

/** Result of the operation, shifted to the top of 32 bits. Not for KIND_WORD. */
function resultOf(kind: number, a: number, b: number): number {
  switch (kind & -4) {
    case KIND_ADD:
      return (a + b) | 0;
    case KIND_ADC:
      return (a + b + oneAt(kind)) | 0;
    case KIND_SUB:
      return (a - b) | 0;
    case KIND_SBB:
      return (a - b - oneAt(kind)) | 0;
    case KIND_PRODUCT:
      return Math.imul(a, b);
    default:
      return a;
  }
}

/** The bit that stands for 1 in operands shifted to the top. */
function oneAt(kind: number): number {
  return 1 << shiftOf(kind);
}

function shiftOf(kind: number): number {
  return (kind & 3) === 2 ? 0 : (kind & 3) === 1 ? 16 : 24;
}

/** OF (0 or 1) of a sum of `a` and `b`, and of their difference, with or without a carry. */
function overflowOfSum(a: number, b: number, sum: number): number {
  return ((a ^ sum) & (b ^ sum)) >>> 31;
}
function overflowOfDifference(a: number, b: number, difference: number): number {
  return ((a ^ b) & (a ^ difference)) >>> 31;
}

/** Overflow of a record: 0 or 1. */
export function overflowOf(kind: number, a: number, b: number): number {
  switch (kind & -4) {
    case KIND_ADD:
    case KIND_ADC:
      return overflowOfSum(a, b, resultOf(kind, a, b));
    case KIND_SUB:
    case KIND_SBB:
      return overflowOfDifference(a, b, resultOf(kind, a, b));
    case KIND_INC:
      return a === -0x8000_0000 ? 1 : 0;
    case KIND_DEC:
      return a === ((-0x8000_0000 - oneAt(kind)) | 0) ? 1 : 0;
    case KIND_LOGIC:
      return 0;
    case KIND_PRODUCT:
      return isProductWide(a, b);
    default:
      return (b >>> 11) & 1;
  }
}

/** PF (0 or 1) of the low byte of `value`: set when the number of ones is even. */
export function parityOf(value: number): number {
  const folded = value ^ (value >>> 4);
  return ((0x9669 >>> (folded & 15)) & 1) as number;
}

/** CF, AF and OF of a sum. The carry out of bit 31 is of both operands, or of one whose bit the sum has lost. */
function othersOfSum(a: number, b: number, sum: number, shift: number): number {
  return (((a & b) | ((a | b) & ~sum)) >>> 31) | (((a ^ b ^ sum) >>> shift) & AF) | (overflowOfSum(a, b, sum) << OF_BIT);
}

/** The same of a difference, whose carry is the borrow. */
function othersOfDifference(a: number, b: number, difference: number, shift: number): number {
  return (((~a & b) | (~(a ^ b) & difference)) >>> 31) | (((a ^ b ^ difference) >>> shift) & AF) | (overflowOfDifference(a, b, difference) << OF_BIT);
}

/** OSZAPC of a record at their EFLAGS positions. The kind is looked at once: it is hard to predict. */
export function flagsWord(kind: number, a: number, b: number): number {
  const shift = shiftOf(kind);
  let result = a;
  let others = 0;
  switch (kind & -4) {
    case KIND_WORD:
      return b;
    case KIND_ADD:
      result = (a + b) | 0;
      others = othersOfSum(a, b, result, shift);
      break;
    case KIND_ADC:
      result = (a + b + (1 << shift)) | 0;
      others = othersOfSum(a, b, result, shift);
      break;
    case KIND_SUB:
      result = (a - b) | 0;
      others = othersOfDifference(a, b, result, shift);
      break;
    case KIND_SBB:
      result = (a - b - (1 << shift)) | 0;
      others = othersOfDifference(a, b, result, shift);
      break;
    case KIND_LOGIC:
      break;
    case KIND_INC:
      others = (b & CF) | (((a >>> shift) & 15) === 0 ? AF : 0) | (overflowOf(kind, a, b) << OF_BIT);
      break;
    case KIND_DEC:
      others = (b & CF) | (((a >>> shift) & 15) === 15 ? AF : 0) | (overflowOf(kind, a, b) << OF_BIT);
      break;
    case KIND_PRODUCT:
      result = Math.imul(a, b);
      others = isProductWide(a, b) * (CF | OF);
      break;
    default:
      others = b & (CF | AF | OF);
  }
  return others | (parityOf(result >>> shift) << PF_BIT) | (result === 0 ? ZF : 0) | ((result >>> SF_FROM) & SF);
}

/** Whether condition `code` (the low four bits of Jcc, vol. 1 appendix B) holds for a record: 0 or 1. */
export function conditionOf(code: number, kind: number, a: number, b: number): number {
  return positiveCondition(code & 14, kind, a, b) ^ (code & 1);
}

function positiveCondition(code: number, kind: number, a: number, b: number): number {
  const isWord = (kind & -4) === KIND_WORD;
  switch (code) {
    case 0:
      return overflowOf(kind, a, b);
    case 2:
      return carryOf(kind, a, b);
    case 4:
      return (isWord ? (b & ZF) !== 0 : resultOf(kind, a, b) === 0) ? 1 : 0;
    case 6:
      return carryOf(kind, a, b) | (isWord ? (b & ZF) >>> 6 : resultOf(kind, a, b) === 0 ? 1 : 0);
    case 8:
      return isWord ? (b & SF) >>> 7 : resultOf(kind, a, b) >>> 31;
    case 10:
      return isWord ? (b & PF) >>> 2 : parityOf(resultOf(kind, a, b) >>> shiftOf(kind));
    case 12:
      return less(isWord, kind, a, b);
    default:
      return less(isWord, kind, a, b) | (isWord ? (b & ZF) >>> 6 : resultOf(kind, a, b) === 0 ? 1 : 0);
  }
}

function less(isWord: boolean, kind: number, a: number, b: number): number {
  const sign = isWord ? (b & SF) >>> 7 : resultOf(kind, a, b) >>> 31;
  return sign ^ overflowOf(kind, a, b);
}

/** OSZAPC of the state's record. */
export function readArithmeticFlags(R: Int32Array): number {
  return flagsWord(R[FLAG_KIND], R[FLAG_A], R[FLAG_B]);
}

/** Makes `word` (at EFLAGS positions) the state's OSZAPC. */
export function writeArithmeticFlags(R: Int32Array, word: number): void {
  R[FLAG_KIND] = KIND_WORD;
  R[FLAG_A] = 0;
  R[FLAG_B] = word & (CF | PF | AF | ZF | SF | OF);
}

/** The flags of comparing `left` with `right`, `size` bytes each (vol. 2, CMPS and SCAS). */
export function writeComparison(R: Int32Array, size: number, left: number, right: number): void {
  const shift = 32 - 8 * size;
  R[FLAG_KIND] = KIND_SUB | (size >> 1);
  R[FLAG_A] = left << shift;
  R[FLAG_B] = right << shift;
}
