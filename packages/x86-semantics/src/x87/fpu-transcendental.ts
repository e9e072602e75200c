/** Transcendental instructions (SDM vol. 1 §8.3.7). */

import { FSW_C1, FSW_C2 } from './constants.ts';
import { FpuArithmetic } from './fpu-arithmetic.ts';
import { A, B, FCW } from './operand.ts';
import { FSW } from './stack.ts';
import { angle, BOTH, circular, COSINE, exponential, logarithm, logarithmPlusOne, SINE, TANGENT } from './transcendental.ts';

/** Functions of ST(0), and of ST(0) and ST(1) with a pop. */
export class FpuTranscendental extends FpuArithmetic {
  /** F2XM1. */
  f2xm1(): void {
    if (this.topMissing()) return;
    this.unpack(A, 0);
    if (this.accept(exponential(this.w, this.s[FCW]))) this.write(0);
  }

  /** FYL2X. */
  fyl2x(): void {
    if (this.#operandsMissing()) return;
    this.#storeAndPop(logarithm(this.w, this.s[FCW]));
  }

  /** FYL2XP1. */
  fyl2xp1(): void {
    if (this.#operandsMissing()) return;
    this.#storeAndPop(logarithmPlusOne(this.w, this.s[FCW]));
  }

  /** FPATAN. */
  fpatan(): void {
    if (this.#operandsMissing()) return;
    this.#storeAndPop(angle(this.w, this.s[FCW]));
  }

  /** FSIN. */
  fsin(): void {
    this.#circular(SINE);
  }

  /** FCOS. */
  fcos(): void {
    this.#circular(COSINE);
  }

  /** FSINCOS: ST(0) becomes the sine, then the cosine is pushed. */
  fsincos(): void {
    this.#circular(BOTH);
  }

  /** FPTAN: ST(0) becomes the tangent, then 1 is pushed. */
  fptan(): void {
    this.#circular(TANGENT);
  }

  #circular(which: number): void {
    const pushes = which >= BOTH;
    const empty = this.isEmpty(0);
    this.s[FSW] &= ~FSW_C2;
    if (empty || (pushes && !this.isEmpty(7))) {
      if (!this.stackFault(empty ? 0 : FSW_C1)) return;
      this.write(0);
      if (pushes) this.push();
      return;
    }
    this.unpack(A, 0);
    const flags = circular(this.w, this.s[FCW], which);
    if (flags === FSW_C2) {
      this.signal(FSW_C2);
      return;
    }
    if (!this.accept(flags)) return;
    this.write(0);
    if (pushes) this.pushSecond();
  }

  /** True when ST(0) or ST(1) was empty, and the instruction is done. Otherwise both are unpacked. */
  #operandsMissing(): boolean {
    if (!this.isEmpty(0) && !this.isEmpty(1)) {
      this.unpack(A, 0);
      this.unpack(B, 1);
      return false;
    }
    if (this.stackFault(0)) {
      this.write(1);
      this.pop();
    }
    return true;
  }

  #storeAndPop(flags: number): void {
    if (!this.accept(flags)) return;
    this.write(1);
    this.pop();
  }
}
