/** Loads, stores and moves between registers (SDM vol. 1 §8.3.2, §8.3.3, §8.3.4). */

import {
  BIAS,
  FSW_BEFORE,
  FSW_C1,
  FSW_DE,
  FSW_IE,
  FSW_OE,
  FSW_PE,
  FSW_STACK_FAULT,
  FSW_UE,
  ROUND_DOWN,
  ROUND_UP,
  ROUND_ZERO,
} from './constants.ts';
import { fromDecimal, packMagnitude, toDecimal, toDouble, toInteger, toSingle } from './convert.ts';
import {
  A,
  DENORMAL,
  FCW,
  packIndefinite,
  packSlot,
  R_EXPONENT,
  R_HIGH,
  R_LOW,
  SIGNALING,
  unpackDouble,
  unpackInt32,
  unpackInt64,
  unpackSingle,
} from './operand.ts';
import { FpuStack, FTW, ST } from './stack.ts';

/**
 * The seven constants: sign and exponent, high half, low half, and what rounding up (+) or down and to zero (−) adds
 * to the last place of the value rounded to nearest.
 */
// prettier-ignore
const CONSTANTS: readonly (readonly [exponent: number, high: number, low: number, adjust: number])[] = [
  [0x3fff, 0x80000000, 0x00000000,  0], // 1
  [0x4000, 0xd49a784b, 0xcd1b8afe,  1], // log2 10
  [0x3fff, 0xb8aa3b29, 0x5c17f0bc, -1], // log2 e
  [0x4000, 0xc90fdaa2, 0x2168c235, -1], // π
  [0x3ffd, 0x9a209a84, 0xfbcff799, -1], // log10 2
  [0x3ffe, 0xb17217f7, 0xd1cf79ac, -1], // ln 2
  [0x0000, 0x00000000, 0x00000000,  0], // 0
];

/** What a prepared store reports and does once memory has taken the value. */
export class FpuTransfer extends FpuStack {
  #flags: number = 0;
  #pops: boolean = false;

  /** FLD m32: pushes the single at byte `offset` of the state. */
  fldSingle(offset: number): void {
    const bits = this.s[offset >> 2];
    const exponent = (bits >>> 23) & 0xff;
    if (exponent !== 0 && exponent !== 0xff) {
      if (this.pushExact(((bits >>> 16) & 0x8000) | (exponent + (BIAS - 127)), (bits << 8) | TOP_BIT, 0)) return;
    }
    unpackSingle(this.w, A, bits);
    this.#pushConverted();
  }

  /** FLD m64. */
  fldDouble(offset: number): void {
    const high = this.s[(offset >> 2) + 1];
    const low = this.s[offset >> 2];
    const exponent = (high >>> 20) & 0x7ff;
    if (exponent !== 0 && exponent !== 0x7ff) {
      const signExponent = ((high >>> 16) & 0x8000) | (exponent + (BIAS - 1023));
      if (this.pushExact(signExponent, (high << 11) | (low >>> 21) | TOP_BIT, low << 11)) return;
    }
    unpackDouble(this.w, A, high, low);
    this.#pushConverted();
  }

  /** FLD m80: no format is invalid here. */
  fldExtended(offset: number): void {
    const lane = offset >> 2;
    const w = this.w;
    w[R_LOW] = this.s[lane];
    w[R_HIGH] = this.s[lane + 1];
    w[R_EXPONENT] = this.s[lane + 2] & 0xffff;
    this.#pushResult();
  }

  /** FILD m16. */
  fildInt16(offset: number): void {
    this.#pushInteger((this.s[offset >> 2] << 16) >> 16);
  }

  /** FILD m32. */
  fildInt32(offset: number): void {
    this.#pushInteger(this.s[offset >> 2]);
  }

  /** FILD m64. */
  fildInt64(offset: number): void {
    unpackInt64(this.w, A, this.s[(offset >> 2) + 1], this.s[offset >> 2]);
    packSlot(this.w, A);
    this.#pushResult();
  }

  /** FBLD. */
  fbld(offset: number): void {
    fromDecimal(this.w, this.bytes, offset);
    packMagnitude(this.w, this.bytes[offset + 9] >>> 7);
    this.#pushResult();
  }

  /** FLD ST(i). */
  fldRegister(i: number): void {
    // With both faults at once the hardware reports the underflow.
    if (this.isEmpty(i) || !this.isEmpty(7)) {
      if (this.stackFault(this.isEmpty(i) ? 0 : FSW_C1)) this.push();
      return;
    }
    const lane = ST + this.physical(i) * 4;
    const w = this.w;
    w[R_LOW] = this.s[lane];
    w[R_HIGH] = this.s[lane + 1];
    w[R_EXPONENT] = this.s[lane + 2];
    this.signal(0);
    this.push();
  }

  /** FLD1, FLDL2T, FLDL2E, FLDPI, FLDLG2, FLDLN2, FLDZ: constant number `which` (X87_ONE …), rounded as RC says. */
  fldConstant(which: number): void {
    const [exponent, high, low, adjust] = CONSTANTS[which];
    const rounding = (this.s[FCW] >>> 10) & 3;
    const w = this.w;
    w[R_EXPONENT] = exponent;
    w[R_HIGH] = high;
    w[R_LOW] = low;
    if (adjust > 0 ? rounding === ROUND_UP : rounding === ROUND_DOWN || rounding === ROUND_ZERO) w[R_LOW] += adjust;
    this.#pushResult();
  }

  /** FST and FSTP ST(i). */
  fstRegister(i: number, pops: number): void {
    if (this.isEmpty(0)) {
      if (!this.stackFault(0)) return;
    } else {
      const lane = ST + this.physical(0) * 4;
      const w = this.w;
      w[R_LOW] = this.s[lane];
      w[R_HIGH] = this.s[lane + 1];
      w[R_EXPONENT] = this.s[lane + 2];
      this.signal(0);
    }
    this.write(i);
    if (pops !== 0) this.pop();
  }

  /** D9 D8+i, a store to ST(i) with a pop: with an empty ST(0) it is the pop alone, as processors have it, and C1 is cleared. */
  fstpUnchecked(i: number): void {
    if (!this.isEmpty(0)) {
      this.fstRegister(i, 1);
      return;
    }
    this.signal(0);
    this.pop();
  }

  /** FXCH ST(i). */
  fxch(i: number): void {
    const s = this.s;
    const top = this.physical(0);
    const other = this.physical(i);
    const empty = s[FTW] & ((1 << top) | (1 << other));
    if (empty !== 0) {
      if (!this.stackFault(0)) return;
      if ((empty & (1 << top)) !== 0) this.write(0);
      if ((empty & (1 << other)) !== 0) this.write(i);
    } else {
      this.signal(0);
    }
    for (let lane = 0; lane < 3; lane++) {
      const held = s[ST + top * 4 + lane];
      s[ST + top * 4 + lane] = s[ST + other * 4 + lane];
      s[ST + other * 4 + lane] = held;
    }
  }

  /** FCMOVcc: ST(0) = ST(i) if `condition`. An empty register faults either way; C1 stays otherwise. */
  fcmov(i: number, condition: number): void {
    if (this.isEmpty(0) || this.isEmpty(i)) {
      if (this.stackFault(0)) this.write(0);
      return;
    }
    if (condition === 0) return;
    const from = ST + this.physical(i) * 4;
    const to = ST + this.physical(0) * 4;
    for (let lane = 0; lane < 3; lane++) this.s[to + lane] = this.s[from + lane];
  }

  /**
   * FST and FSTP m32: converts ST(0) to a single at byte `offset` of the state. 1 when the engine must store it;
   * 0 when an unmasked exception forbids that. Either way {@link commitStore} completes the instruction.
   */
  prepareStoreSingle(offset: number): number {
    const w = this.w;
    if (this.isEmpty(0)) {
      this.s[offset >> 2] = SINGLE_INDEFINITE;
      return this.#prepare(FSW_STACK_FAULT);
    }
    this.unpack(A, 0);
    const flags = toSingle(w, this.s[FCW]);
    this.s[offset >> 2] = w[R_LOW];
    return this.#prepare(flags);
  }

  /** FST and FSTP m64. */
  prepareStoreDouble(offset: number): number {
    const w = this.w;
    const lane = offset >> 2;
    if (this.isEmpty(0)) {
      this.s[lane] = 0;
      this.s[lane + 1] = DOUBLE_INDEFINITE;
      return this.#prepare(FSW_STACK_FAULT);
    }
    const s = this.s;
    const from = ST + this.physical(0) * 4;
    const signExponent = s[from + 2];
    const exponent = (signExponent & 0x7fff) - (BIAS - 1023);
    const high = s[from + 1];
    if (exponent > 0 && exponent < 0x7fe && high < 0 && (s[FCW] & ROUNDING_CONTROL) === 0) {
      const low = s[from];
      const rest = low << 21;
      let keptLow = (low >>> 11) | (high << 21);
      // The carry of the significand runs into the exponent field by itself.
      let keptHigh = ((signExponent & 0x8000) << 16) | ((exponent << 20) + ((high >>> 11) & 0xfffff));
      let flags = 0;
      if (rest !== 0) {
        flags = FSW_PE;
        if (rest < 0 && ((rest << 1) | (keptLow & 1)) !== 0) {
          flags = FSW_PE | FSW_C1;
          keptLow = (keptLow + 1) | 0;
          if (keptLow === 0) keptHigh = (keptHigh + 1) | 0;
        }
      }
      s[lane] = keptLow;
      s[lane + 1] = keptHigh;
      this.#flags = flags;
      this.#pops = true;
      return 1;
    }
    this.unpack(A, 0);
    const flags = toDouble(w, s[FCW]);
    s[lane] = w[R_LOW];
    s[lane + 1] = w[R_HIGH];
    return this.#prepare(flags);
  }

  /** FSTP m80: ten bytes, as they are. */
  prepareStoreExtended(offset: number): number {
    const lane = offset >> 2;
    if (this.isEmpty(0)) {
      packIndefinite(this.w);
      this.s[lane] = this.w[R_LOW];
      this.s[lane + 1] = this.w[R_HIGH];
      this.s[lane + 2] = this.w[R_EXPONENT];
      return this.#prepare(FSW_STACK_FAULT);
    }
    const from = ST + this.physical(0) * 4;
    this.s[lane] = this.s[from];
    this.s[lane + 1] = this.s[from + 1];
    this.s[lane + 2] = this.s[from + 2];
    return this.#prepare(0);
  }

  /** FIST, FISTP and FISTTP m16, m32 or m64: `bits` 16, 32 or 64. */
  prepareStoreInteger(offset: number, bits: number, truncates: number): number {
    const w = this.w;
    const lane = offset >> 2;
    let flags = FSW_STACK_FAULT;
    if (this.isEmpty(0)) {
      w[R_HIGH] = -0x80000000;
      w[R_LOW] = bits === 64 ? 0 : bits === 32 ? -0x80000000 : -0x8000;
    } else {
      if (bits === 32 && this.#prepareSmallInteger(lane, truncates)) return 1;
      this.unpack(A, 0);
      flags = toInteger(w, bits, truncates !== 0 ? ROUND_ZERO : (this.s[FCW] >>> 10) & 3);
    }
    this.s[lane] = w[R_LOW];
    if (bits === 64) this.s[lane + 1] = w[R_HIGH];
    return this.#prepare(flags);
  }

  /** FBSTP: ten bytes of packed decimal. */
  prepareStoreDecimal(offset: number): number {
    if (this.isEmpty(0)) {
      this.bytes.fill(0, offset, offset + 7);
      this.bytes[offset + 7] = 0xc0;
      this.bytes[offset + 8] = 0xff;
      this.bytes[offset + 9] = 0xff;
      return this.#prepare(FSW_STACK_FAULT);
    }
    this.unpack(A, 0);
    return this.#prepare(toDecimal(this.w, (this.s[FCW] >>> 10) & 3, this.bytes, offset));
  }

  /** Completes the prepared store after memory took the value: reports its flags, and pops if asked and not forbidden. */
  commitStore(pops: number): void {
    this.complete(this.#flags, this.#pops ? pops : 0);
  }

  /** The common case of {@link prepareStoreInteger}: magnitude from 1 to below 2^30, to nearest or truncated. False if it is not that. */
  #prepareSmallInteger(lane: number, truncates: number): boolean {
    const s = this.s;
    const from = ST + this.physical(0) * 4;
    const signExponent = s[from + 2];
    const high = s[from + 1];
    const exponent = (signExponent & 0x7fff) - BIAS;
    if (exponent < 0 || exponent >= 30 || high >= 0) return false;
    if (truncates === 0 && (s[FCW] & ROUNDING_CONTROL) !== 0) return false;
    let magnitude = high >>> (31 - exponent);
    const rest = (high << (exponent + 1)) | (s[from] !== 0 ? 1 : 0);
    let flags = 0;
    if (rest !== 0) {
      flags = FSW_PE;
      if (truncates === 0 && rest < 0 && ((rest << 1) | (magnitude & 1)) !== 0) {
        flags = FSW_PE | FSW_C1;
        magnitude++;
      }
    }
    s[lane] = (signExponent & 0x8000) !== 0 ? -magnitude : magnitude;
    this.#flags = flags;
    this.#pops = true;
    return true;
  }

  #prepare(flags: number): number {
    const unmasked = flags & ~this.s[FCW] & (FSW_BEFORE | FSW_OE | FSW_UE);
    this.#flags = flags;
    this.#pops = unmasked === 0;
    return unmasked === 0 ? 1 : 0;
  }

  #pushInteger(value: number): void {
    if (value !== 0) {
      const magnitude = value < 0 ? -value | 0 : value;
      const shift = Math.clz32(magnitude);
      if (this.pushExact(((value >>> 16) & 0x8000) | (BIAS + 31 - shift), magnitude << shift, 0)) return;
    }
    unpackInt32(this.w, A, value);
    packSlot(this.w, A);
    this.#pushResult();
  }

  #pushResult(): void {
    if (!this.isEmpty(7)) {
      if (this.stackFault(FSW_C1)) this.push();
      return;
    }
    this.signal(0);
    this.push();
  }

  /** Pushes slot A, which was a single or a double: a signaling NaN is invalid, a denormal is reported (and pushed, masked or not). */
  #pushConverted(): void {
    if (!this.isEmpty(7)) {
      if (this.stackFault(FSW_C1)) this.push();
      return;
    }
    const kind = this.w[A];
    packSlot(this.w, A);
    if (kind === DENORMAL) this.signal(FSW_DE);
    else if (!this.accept(kind === SIGNALING ? FSW_IE : 0)) return;
    this.push();
  }
}

const TOP_BIT = -0x80000000;
/** Rounding control of FCW; 0 is to nearest. */
const ROUNDING_CONTROL = 0x0c00;
const SINGLE_INDEFINITE = -0x400000;
const DOUBLE_INDEFINITE = -0x80000;
