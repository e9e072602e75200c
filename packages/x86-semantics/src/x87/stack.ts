/** The x87 register stack, exception reporting and control instructions (SDM vol. 1 §8.1, §8.4, §8.5, §8.7). */

import { byteOffset, lane32 } from '@ringzero/x86';
import type { StateViews } from '@ringzero/x86';
import {
  FCW_ALWAYS,
  FCW_INITIAL,
  FCW_WRITABLE,
  FSW_B,
  FSW_BEFORE,
  FSW_C1,
  FSW_CODES,
  FSW_ES,
  FSW_EXCEPTIONS,
  FSW_IE,
  FSW_SF,
  FSW_STACK_FAULT,
  FSW_TOP,
} from './constants.ts';
import { examine } from './compare.ts';
import { createNumbers, type X87Numbers } from './numbers.ts';
import { A, EXPONENT, FCW, HIGH, LOW, NORMAL, packIndefinite, R_EXPONENT, R_HIGH, R_LOW, SIGN, unpackExtended } from './operand.ts';

export const FSW: number = lane32('fsw');
export const FTW: number = lane32('ftw');
export const FOP: number = lane32('fop');
export const FIP: number = lane32('fip');
export const FDP: number = lane32('fdp');
export const FCS: number = lane32('fcs');
export const FDS: number = lane32('fds');
/** i32 lane of physical register 0; each register takes four lanes. */
export const ST: number = lane32('st');
const STACK_BYTES = 128;
/** u16 index of ES's selector; the others follow. */
const SELECTORS = byteOffset('segSelector') >> 1;
const CS = 1;

/** The register stack and the three words that govern it. Registers are named relative to TOP unless called physical. */
export class FpuStack {
  /** The state buffer, as lanes and bytes. */
  protected readonly s: Int32Array;
  protected readonly bytes: Uint8Array;
  readonly #selectors: Uint16Array;
  /** The same lanes, where unpacked operands and results are meant (operand.ts). */
  protected readonly w: Int32Array;
  readonly numbers: X87Numbers;

  constructor(views: StateViews) {
    this.s = views.i32;
    this.w = views.i32;
    this.numbers = createNumbers(views.i32);
    this.bytes = views.u8;
    this.#selectors = views.u16;
  }

  /** An unmasked exception is pending: the next waiting x87 or MMX instruction reports it (#MF, or FERR# when CR0.NE = 0). */
  pending(): boolean {
    return (this.s[FSW] & FSW_ES) !== 0;
  }

  /** Records where the instruction is: its offset in CS and the low 11 bits of its opcode (§8.1.8, §8.1.9). */
  setPointers(fip: number, fop: number): void {
    const s = this.s;
    s[FIP] = fip;
    s[FCS] = this.#selectors[SELECTORS + CS];
    s[FOP] = fop & 0x7ff;
  }

  /** Records where the memory operand is: offset and number of its segment. */
  setDataPointer(fdp: number, segment: number): void {
    const s = this.s;
    s[FDP] = fdp;
    s[FDS] = this.#selectors[SELECTORS + segment];
  }

  /** FNINIT. Register contents stay; all are tagged empty. */
  fninit(): void {
    const s = this.s;
    s[FCW] = FCW_INITIAL;
    s[FSW] = 0;
    s[FTW] = 0xff;
    s[FOP] = 0;
    s[FIP] = 0;
    s[FIP + 1] = 0;
    s[FDP] = 0;
    s[FDP + 1] = 0;
    s[FCS] = 0;
    s[FDS] = 0;
  }

  /** Registers, pointers and control words as RESET and power-on leave them (vol. 3A table 9-1): +0 everywhere, FCW 0040. */
  reset(): void {
    this.fninit();
    this.s[FCW] = FCW_ALWAYS;
    this.s[FTW] = 0;
    this.bytes.fill(0, byteOffset('st'), byteOffset('st') + STACK_BYTES);
  }

  /** FNCLEX. */
  fnclex(): void {
    this.s[FSW] &= ~(FSW_EXCEPTIONS | FSW_SF | FSW_ES | FSW_B);
  }

  /** FNSTCW: the control word. */
  controlWord(): number {
    return this.s[FCW];
  }

  /** FNSTSW: the status word. */
  statusWord(): number {
    return this.s[FSW];
  }

  /** FLDCW. Unmasking an exception whose flag is set makes it pending. */
  fldcw(value: number): void {
    this.s[FCW] = (value & FCW_WRITABLE) | FCW_ALWAYS;
    this.summarize();
  }

  /** FINCSTP. */
  fincstp(): void {
    this.s[FSW] &= ~FSW_C1;
    this.moveTop(1);
  }

  /** FDECSTP. */
  fdecstp(): void {
    this.s[FSW] &= ~FSW_C1;
    this.moveTop(-1);
  }

  /** FFREE ST(i). */
  ffree(i: number): void {
    this.s[FSW] &= ~FSW_C1;
    this.s[FTW] |= 1 << this.physical(i);
  }

  /** FFREEP ST(i), the undocumented DF C0+i: FFREE and a pop. */
  ffreep(i: number): void {
    this.ffree(i);
    this.pop();
  }

  /** FXAM. */
  fxam(): void {
    const p = this.physical(0);
    const lane = ST + p * 4;
    const signExponent = this.s[lane + 2];
    unpackExtended(this.w, A, this.s[lane + 1], this.s[lane], signExponent);
    const codes = (this.s[FTW] & (1 << p)) !== 0 ? EMPTY_CODES : examine(this.w);
    this.s[FSW] = (this.s[FSW] & ~(FSW_CODES | FSW_C1)) | codes | ((signExponent & 0x8000) !== 0 ? FSW_C1 : 0);
  }

  /** Number of the physical register that is ST(i). */
  protected physical(i: number): number {
    return ((this.s[FSW] >>> 11) + i) & 7;
  }

  protected isEmpty(i: number): boolean {
    return (this.s[FTW] & (1 << this.physical(i))) !== 0;
  }

  protected moveTop(by: number): void {
    const fsw = this.s[FSW];
    this.s[FSW] = (fsw & ~FSW_TOP) | ((fsw + by * 0x800) & FSW_TOP);
  }

  protected pop(): void {
    this.s[FTW] |= 1 << this.physical(0);
    this.moveTop(1);
  }

  /** Sets ES and B as flags and masks say. */
  protected summarize(): void {
    const s = this.s;
    const fsw = s[FSW];
    if ((fsw & ~s[FCW] & FSW_EXCEPTIONS) !== 0) s[FSW] = fsw | FSW_ES | FSW_B;
    else s[FSW] = fsw & ~(FSW_ES | FSW_B);
  }

  /** Reports the flags of a result that was written, and pops if asked. */
  protected complete(flags: number, pops: number): void {
    const s = this.s;
    let fsw = (s[FSW] & ~FSW_C1) | flags;
    if ((flags & ~s[FCW] & FSW_EXCEPTIONS) !== 0) fsw |= FSW_ES | FSW_B;
    if (pops !== 0) {
      s[FTW] |= 1 << ((fsw >>> 11) & 7);
      fsw = (fsw & ~FSW_TOP) | ((fsw + POP) & FSW_TOP);
    }
    s[FSW] = fsw;
  }

  /** Adds exception flags (and condition codes other than C1, if given) to the status word; C1 becomes the one in `flags`. */
  protected signal(flags: number): void {
    const s = this.s;
    const fsw = (s[FSW] & ~FSW_C1) | flags;
    s[FSW] = (flags & ~s[FCW] & FSW_EXCEPTIONS) !== 0 ? fsw | FSW_ES | FSW_B : fsw;
  }

  /** Reports a stack fault (C1: 1 overflow, 0 underflow). True when it is masked and the default NaN is now in R. */
  protected stackFault(c1: number): boolean {
    this.signal(FSW_STACK_FAULT | c1);
    packIndefinite(this.w);
    return (this.s[FCW] & FSW_IE) !== 0;
  }

  /**
   * Reports the flags of a computation. False when an unmasked exception found beforehand forbids any result:
   * then nothing but those flags is reported.
   */
  protected accept(flags: number): boolean {
    const s = this.s;
    const unmasked = flags & ~s[FCW] & FSW_EXCEPTIONS;
    if (unmasked === 0) {
      s[FSW] = (s[FSW] & ~FSW_C1) | flags;
      return true;
    }
    const before = (unmasked & FSW_BEFORE) !== 0;
    this.signal(before ? flags & FSW_BEFORE : flags);
    return !before;
  }

  /** Unpacks ST(i) into a slot. */
  protected unpack(slot: number, i: number): void {
    const s = this.s;
    const w = this.w;
    const lane = ST + (((s[FSW] >>> 11) + i) & 7) * 4;
    const signExponent = s[lane + 2];
    const high = s[lane + 1];
    const exponent = signExponent & 0x7fff;
    if (high >= 0 || exponent === 0 || exponent === 0x7fff) {
      unpackExtended(w, slot, high, s[lane], signExponent);
      return;
    }
    w[slot] = NORMAL;
    w[slot + SIGN] = (signExponent >>> 15) & 1;
    w[slot + EXPONENT] = exponent;
    w[slot + HIGH] = high;
    w[slot + LOW] = s[lane];
  }

  /** Writes R to ST(i) and tags it valid. */
  protected write(i: number): void {
    const s = this.s;
    const p = this.physical(i);
    const lane = ST + p * 4;
    s[lane] = this.w[R_LOW];
    s[lane + 1] = this.w[R_HIGH];
    s[lane + 2] = this.w[R_EXPONENT];
    s[FTW] &= ~(1 << p);
  }

  /** Pushes a number that is exact in the double extended format, if ST(7) is free; false if not, and nothing is done. */
  protected pushExact(signExponent: number, high: number, low: number): boolean {
    const s = this.s;
    const fsw = s[FSW];
    const p = ((fsw >>> 11) - 1) & 7;
    if ((s[FTW] & (1 << p)) === 0) return false;
    const lane = ST + p * 4;
    s[lane] = low;
    s[lane + 1] = high;
    s[lane + 2] = signExponent;
    s[FTW] &= ~(1 << p);
    s[FSW] = (fsw & ~(FSW_TOP | FSW_C1)) | (p << 11);
    return true;
  }

  /** Pushes R; the caller has seen that ST(7) is free. */
  protected push(): void {
    this.moveTop(-1);
    this.write(0);
  }
}

const EMPTY_CODES = 0x4100;
/** What a pop adds to TOP. */
const POP = 0x800;
