/** Memory operands of frequent formats as words: for instructions whose short way (semantics/x87-ordinary.ts) does not serve. */

import { SCRATCH } from '../vp/lanes.ts';
import { FpuImage } from './fpu-image.ts';

const LOW_WORD = SCRATCH >> 2;
const HIGH_WORD = LOW_WORD + 1;

/** Loads, arithmetic and comparisons whose operands are words. `Integer` is any of up to 32 bits. */
export class FpuWords extends FpuImage {
  loadDouble(low: number, high: number): void {
    this.#double(low, high);
    this.fldDouble(SCRATCH);
  }
  loadSingle(bits: number): void {
    this.s[LOW_WORD] = bits;
    this.fldSingle(SCRATCH);
  }
  loadInteger(value: number): void {
    this.s[LOW_WORD] = value;
    this.fildInt32(SCRATCH);
  }

  /** ST(0) = ST(0) op the operand. */
  operateDouble(low: number, high: number, kind: number): void {
    this.#double(low, high);
    this.binaryDouble(kind, SCRATCH);
  }
  operateSingle(bits: number, kind: number): void {
    this.s[LOW_WORD] = bits;
    this.binarySingle(kind, SCRATCH);
  }
  operateInteger(value: number, kind: number): void {
    this.s[LOW_WORD] = value;
    this.binaryInt32(kind, SCRATCH);
  }

  /** FCOM, FCOMP. */
  orderDouble(low: number, high: number, pops: number): void {
    this.#double(low, high);
    this.compareDouble(SCRATCH, pops);
  }
  orderSingle(bits: number, pops: number): void {
    this.s[LOW_WORD] = bits;
    this.compareSingle(SCRATCH, pops);
  }
  orderInteger(value: number, pops: number): void {
    this.s[LOW_WORD] = value;
    this.compareInteger(SCRATCH, 32, pops);
  }

  #double(low: number, high: number): void {
    this.s[LOW_WORD] = low;
    this.s[HIGH_WORD] = high;
  }
}
