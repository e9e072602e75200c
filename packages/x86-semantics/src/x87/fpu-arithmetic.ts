/** Basic arithmetic and comparison instructions (SDM vol. 1 §8.3.5, §8.3.6). */

import { add, divide, multiply, squareRoot } from './arithmetic.ts';
import { compare } from './compare.ts';
import {
  FSW_BEFORE,
  FSW_C1,
  FSW_C2,
  FSW_CODES,
  X87_ADD,
  X87_DIVIDE_REVERSE,
  X87_MULTIPLY,
  X87_SUBTRACT,
  X87_SUBTRACT_REVERSE,
} from './constants.ts';
import { roundToIntegral } from './convert.ts';
import {
  A,
  B,
  FCW,
  Q_EXPONENT,
  Q_HIGH,
  Q_LOW,
  R_EXPONENT,
  R_HIGH,
  R_LOW,
  unpackDouble,
  unpackExtended,
  unpackInt32,
  unpackSingle,
} from './operand.ts';
import { extract, FSW_QUOTIENT, remainder, scale } from './remainder.ts';
import { FSW, ST } from './stack.ts';
import { FpuTransfer } from './transfer.ts';

/** Arithmetic on the stack. `kind` is one of X87_ADD … X87_DIVIDE_REVERSE. */
export class FpuArithmetic extends FpuTransfer {
  /** ST(destination) = ST(destination) op ST(source) (reversed kinds: source op destination), then a pop if `pops`. */
  binaryRegister(kind: number, destination: number, source: number, pops: number): void {
    if (this.isEmpty(destination) || this.isEmpty(source)) {
      if (!this.stackFault(0)) return;
    } else {
      const reversed = isReversed(kind);
      this.unpack(reversed ? B : A, destination);
      this.unpack(reversed ? A : B, source);
      if (!this.accept(this.#compute(kind))) return;
    }
    this.write(destination);
    if (pops !== 0) this.pop();
  }

  /** ST(0) = ST(0) op the single at byte `offset` of the state. */
  binarySingle(kind: number, offset: number): void {
    if (this.topMissing()) return;
    unpackSingle(this.w, isReversed(kind) ? A : B, this.s[offset >> 2]);
    this.#binaryMemory(kind);
  }

  /** ST(0) = ST(0) op m64. */
  binaryDouble(kind: number, offset: number): void {
    if (this.topMissing()) return;
    unpackDouble(this.w, isReversed(kind) ? A : B, this.s[(offset >> 2) + 1], this.s[offset >> 2]);
    this.#binaryMemory(kind);
  }

  /** ST(0) = ST(0) op m16int (FIADD …). */
  binaryInt16(kind: number, offset: number): void {
    if (this.topMissing()) return;
    unpackInt32(this.w, isReversed(kind) ? A : B, (this.s[offset >> 2] << 16) >> 16);
    this.#binaryMemory(kind);
  }

  /** ST(0) = ST(0) op m32int. */
  binaryInt32(kind: number, offset: number): void {
    if (this.topMissing()) return;
    unpackInt32(this.w, isReversed(kind) ? A : B, this.s[offset >> 2]);
    this.#binaryMemory(kind);
  }

  /** FSQRT. */
  fsqrt(): void {
    if (this.topMissing()) return;
    this.unpack(A, 0);
    if (this.accept(squareRoot(this.numbers, this.w))) this.write(0);
  }

  /** FRNDINT. */
  frndint(): void {
    if (this.topMissing()) return;
    this.unpack(A, 0);
    if (this.accept(roundToIntegral(this.w, (this.s[FCW] >>> 10) & 3))) this.write(0);
  }

  /** FABS. */
  fabs(): void {
    if (this.topMissing()) return;
    this.signal(0);
    this.s[ST + this.physical(0) * 4 + 2] &= 0x7fff;
  }

  /** FCHS. */
  fchs(): void {
    if (this.topMissing()) return;
    this.signal(0);
    this.s[ST + this.physical(0) * 4 + 2] ^= 0x8000;
  }

  /** FSCALE. */
  fscale(): void {
    if (this.twoMissing()) return;
    if (this.accept(scale(this.w, this.s[FCW]))) this.write(0);
  }

  /** FPREM (`nearest` 0) and FPREM1. */
  fprem(nearest: number): void {
    const { s } = this;
    s[FSW] &= ~FSW_C2;
    if (this.twoMissing()) return;
    const flags = remainder(this.w, s[FCW], nearest !== 0);
    if ((flags & ~s[FCW] & FSW_BEFORE) === 0 && (flags & FSW_QUOTIENT) !== 0) s[FSW] &= ~FSW_CODES;
    if (this.accept(flags & ~FSW_QUOTIENT)) this.write(0);
  }

  /** FXTRACT: ST(0) becomes the exponent, then the significand is pushed. */
  fxtract(): void {
    if (this.isEmpty(0) || !this.isEmpty(7)) {
      if (!this.stackFault(this.isEmpty(0) ? 0 : FSW_C1)) return;
      this.write(0);
      this.push();
      return;
    }
    this.unpack(A, 0);
    if (!this.accept(extract(this.w))) return;
    this.write(0);
    this.pushSecond();
  }

  /** FCOM, FCOMP, FCOMPP (pops 0, 1, 2) and, with `unordered`, FUCOM and its like: ST(0) against ST(i). */
  compareRegister(i: number, pops: number, unordered: number): void {
    if (this.isEmpty(0) || this.isEmpty(i)) {
      this.#compared(FSW_CODES, this.stackFault(0), pops);
      return;
    }
    this.unpack(A, 0);
    this.unpack(B, i);
    this.#compareAndPop(pops, unordered !== 0);
  }

  /** FCOM and FCOMP m32. */
  compareSingle(offset: number, pops: number): void {
    if (this.isEmpty(0)) {
      this.#compared(FSW_CODES, this.stackFault(0), pops);
      return;
    }
    this.unpack(A, 0);
    unpackSingle(this.w, B, this.s[offset >> 2]);
    this.#compareAndPop(pops, false);
  }

  /** FCOM and FCOMP m64. */
  compareDouble(offset: number, pops: number): void {
    if (this.isEmpty(0)) {
      this.#compared(FSW_CODES, this.stackFault(0), pops);
      return;
    }
    this.unpack(A, 0);
    unpackDouble(this.w, B, this.s[(offset >> 2) + 1], this.s[offset >> 2]);
    this.#compareAndPop(pops, false);
  }

  /** FICOM and FICOMP: `bits` 16 or 32. */
  compareInteger(offset: number, bits: number, pops: number): void {
    if (this.isEmpty(0)) {
      this.#compared(FSW_CODES, this.stackFault(0), pops);
      return;
    }
    this.unpack(A, 0);
    const value = this.s[offset >> 2];
    unpackInt32(this.w, B, bits === 16 ? (value << 16) >> 16 : value);
    this.#compareAndPop(pops, false);
  }

  /** FTST: ST(0) against +0. */
  ftst(): void {
    if (this.isEmpty(0)) {
      this.#compared(FSW_CODES, this.stackFault(0), 0);
      return;
    }
    this.unpack(A, 0);
    unpackExtended(this.w, B, 0, 0, 0);
    this.#compareAndPop(0, false);
  }

  /**
   * FCOMI, FCOMIP and, with `unordered`, FUCOMI, FUCOMIP: ST(0) against ST(i). Returns OSZAPC at their RFLAGS positions
   * (only ZF, PF and CF can be set). As on the hardware that the vectors come from, C1 stays, and RFLAGS are set even when
   * an unmasked exception (which keeps the stack as it was) is reported.
   */
  fcomi(i: number, pops: number, unordered: number): number {
    const c1 = this.s[FSW] & FSW_C1;
    let codes = FSW_CODES;
    let accepted: boolean;
    if (this.isEmpty(0) || this.isEmpty(i)) {
      accepted = this.stackFault(0);
    } else {
      this.unpack(A, 0);
      this.unpack(B, i);
      codes = compare(this.w, unordered !== 0);
      accepted = this.accept(codes & FSW_BEFORE);
      this.s[FSW] |= c1;
    }
    if (pops !== 0 && accepted) this.pop();
    // C3, C2 and C0 sit eight bits above ZF, PF and CF.
    return (codes & FSW_CODES) >>> 8;
  }

  /** Copies Q to a fresh ST(0); the caller has seen that there is room. */
  protected pushSecond(): void {
    const w = this.w;
    w[R_EXPONENT] = w[Q_EXPONENT];
    w[R_HIGH] = w[Q_HIGH];
    w[R_LOW] = w[Q_LOW];
    this.push();
  }

  #compareAndPop(pops: number, unordered: boolean): void {
    const result = compare(this.w, unordered);
    this.#compared(result & FSW_CODES, this.accept(result & FSW_BEFORE), pops);
  }

  #compared(codes: number, accepted: boolean, pops: number): void {
    this.s[FSW] = (this.s[FSW] & ~(FSW_CODES | FSW_C1)) | codes;
    if (!accepted) return;
    if (pops > 0) this.pop();
    if (pops > 1) this.pop();
  }

  #binaryMemory(kind: number): void {
    this.unpack(isReversed(kind) ? B : A, 0);
    if (this.accept(this.#compute(kind))) this.write(0);
  }

  #compute(kind: number): number {
    const fcw = this.s[FCW];
    switch (kind) {
      case X87_ADD:
        return add(this.numbers, this.w, fcw, 0);
      case X87_MULTIPLY:
        return multiply(this.numbers, this.w);
      case X87_SUBTRACT:
      case X87_SUBTRACT_REVERSE:
        return add(this.numbers, this.w, fcw, 1);
      default:
        return divide(this.numbers, this.w);
    }
  }

  /** True when ST(0) was empty, and the instruction is done. */
  protected topMissing(): boolean {
    if (!this.isEmpty(0)) return false;
    if (this.stackFault(0)) this.write(0);
    return true;
  }

  /** Likewise for ST(0) and ST(1); otherwise both are unpacked into A and B. */
  protected twoMissing(): boolean {
    if (this.isEmpty(0) || this.isEmpty(1)) {
      if (this.stackFault(0)) this.write(0);
      return true;
    }
    this.unpack(A, 0);
    this.unpack(B, 1);
    return false;
  }
}

function isReversed(kind: number): boolean {
  return kind === X87_SUBTRACT_REVERSE || kind === X87_DIVIDE_REVERSE;
}
