/** Images in memory: FNSTENV, FLDENV, FNSAVE, FRSTOR (SDM vol. 1 §8.1.10) and FXSAVE, FXRSTOR (§10.5). */

import { byteOffset, lane32, XCR0_SSE, XCR0_X87 } from '@ringzero/x86';
import type { StateViews } from '@ringzero/x86';
import { FCW_ALWAYS, FCW_INITIAL, FCW_WRITABLE, FSW_EXCEPTIONS } from './constants.ts';
import { A, DENORMAL, FCW, NORMAL, unpackExtended, ZERO } from './operand.ts';
import { FCS, FDP, FDS, FIP, FOP, FSW, FTW, ST } from './stack.ts';
import { FpuTranscendental } from './fpu-transcendental.ts';

const MXCSR = lane32('mxcsr');
const XMM = lane32('xmm');
const XMM_LANES = 8;

const CR0 = lane32('cr0');
const CR0_PE = 1;
const RFLAGS = lane32('rflags');
const RFLAGS_VM = 0x20000;
/** Byte offset of the 128-byte scratch operand. */
const SCRATCH = byteOffset('scratch');
const SCRATCH_BYTES = 128;

/** Size of an FXSAVE image. */
export const FXSAVE_BYTES = 512;
/** Bits of MXCSR that exist where denormals-are-zeros does, which came with SSE2; others must be 0 in an image. */
export const MXCSR_MASK = 0xffff;
/** Without denormals-are-zeros (vol. 1 §11.6.6). */
export const MXCSR_MASK_WITHOUT_DAZ = 0xffbf;
const VECTORS = 8;
/** Lane of the image where XMM0 begins. */
const XMM_IMAGE = 40;

/**
 * The environment and state images. Environment and FNSAVE images are built in and read from the scratch operand of the
 * state. FXSAVE's 512 bytes do not fit there: they are built in {@link image} and pass through scratch in parts.
 * `wide` means 32-bit operand size; the real-address formats hold in that mode and in virtual-8086 mode.
 */
export class FpuImage extends FpuTranscendental {
  /** Where FXSAVE images are built and read. */
  readonly image: Uint8Array;
  /** Bits of MXCSR that this processor has. */
  mxcsrMask: number = MXCSR_MASK;
  readonly #imageWords: Uint16Array;
  readonly #imageLanes: Int32Array;
  /** The scratch operand. */
  readonly #words: Uint16Array;
  readonly #lanes: Int32Array;

  constructor(views: StateViews) {
    super(views);
    const buffer = new ArrayBuffer(FXSAVE_BYTES);
    this.image = new Uint8Array(buffer);
    this.#imageWords = new Uint16Array(buffer);
    this.#imageLanes = new Int32Array(buffer);
    this.#words = views.u16.subarray(SCRATCH >> 1, (SCRATCH + SCRATCH_BYTES) >> 1);
    this.#lanes = views.i32.subarray(SCRATCH >> 2, (SCRATCH + SCRATCH_BYTES) >> 2);
  }

  /** FNSTENV: builds the environment in scratch. Returns its size, 14 or 28. */
  prepareEnvironment(wide: number): number {
    const real = this.#isReal();
    const s = this.s;
    const fip = s[FIP];
    const fdp = s[FDP];
    const tags = this.tagWord();
    if (wide !== 0) {
      const lanes = this.#lanes;
      lanes[0] = s[FCW] | HIGH_ONES;
      lanes[1] = s[FSW] | HIGH_ONES;
      lanes[2] = tags | HIGH_ONES;
      if (real) {
        const ip = ((s[FCS] << 4) + fip) | 0;
        const dp = ((s[FDS] << 4) + fdp) | 0;
        lanes[3] = (ip & 0xffff) | HIGH_ONES;
        lanes[4] = ((ip >>> 16) << 12) | s[FOP];
        lanes[5] = (dp & 0xffff) | HIGH_ONES;
        lanes[6] = (dp >>> 16) << 12;
      } else {
        lanes[3] = fip;
        lanes[4] = (s[FCS] & 0xffff) | (s[FOP] << 16);
        lanes[5] = fdp;
        lanes[6] = (s[FDS] & 0xffff) | HIGH_ONES;
      }
      return 28;
    }
    const words = this.#words;
    words[0] = s[FCW];
    words[1] = s[FSW];
    words[2] = tags;
    if (real) {
      const ip = ((s[FCS] << 4) + fip) | 0;
      const dp = ((s[FDS] << 4) + fdp) | 0;
      words[3] = ip;
      words[4] = (((ip >>> 16) & 15) << 12) | s[FOP];
      words[5] = dp;
      words[6] = ((dp >>> 16) & 15) << 12;
    } else {
      words[3] = fip;
      words[4] = s[FCS];
      words[5] = fdp;
      words[6] = s[FDS];
    }
    return 14;
  }

  /** FNSTENV once memory took the image: every exception is masked. */
  commitEnvironment(): void {
    this.s[FCW] |= FSW_EXCEPTIONS;
    this.summarize();
  }

  /** FLDENV from scratch. */
  fldenv(wide: number): void {
    const real = this.#isReal();
    const s = this.s;
    const words = this.#words;
    const lanes = this.#lanes;
    const step = wide !== 0 ? 2 : 1;
    s[FCW] = (words[0] & FCW_WRITABLE) | FCW_ALWAYS;
    s[FSW] = words[step];
    this.#setTagWord(words[2 * step]);
    s[FIP + 1] = 0;
    s[FDP + 1] = 0;
    if (real) {
      const upperIp = words[4 * step] | (wide !== 0 ? words[4 * step + 1] << 16 : 0);
      const upperDp = words[6 * step] | (wide !== 0 ? words[6 * step + 1] << 16 : 0);
      s[FIP] = words[3 * step] | ((upperIp >>> 12) << 16);
      s[FDP] = words[5 * step] | ((upperDp >>> 12) << 16);
      s[FOP] = upperIp & 0x7ff;
      s[FCS] = 0;
      s[FDS] = 0;
    } else if (wide !== 0) {
      s[FIP] = lanes[3];
      s[FCS] = lanes[4] & 0xffff;
      s[FOP] = (lanes[4] >>> 16) & 0x7ff;
      s[FDP] = lanes[5];
      s[FDS] = lanes[6] & 0xffff;
    } else {
      s[FIP] = words[3];
      s[FCS] = words[4];
      s[FDP] = words[5];
      s[FDS] = words[6];
      s[FOP] = 0;
    }
    this.summarize();
  }

  /** FNSAVE: environment, then ST(0)..ST(7), ten bytes each. Returns the size, 94 or 108; then {@link fninit} commits it. */
  prepareSave(wide: number): number {
    let at = this.prepareEnvironment(wide) >> 1;
    const words = this.#words;
    for (let i = 0; i < 8; i++) {
      const lane = ST + this.physical(i) * 4;
      words[at++] = this.s[lane];
      words[at++] = this.s[lane] >>> 16;
      words[at++] = this.s[lane + 1];
      words[at++] = this.s[lane + 1] >>> 16;
      words[at++] = this.s[lane + 2];
    }
    return at << 1;
  }

  /** FRSTOR from scratch. */
  frstor(wide: number): void {
    this.fldenv(wide);
    const words = this.#words;
    let at = wide !== 0 ? 14 : 7;
    for (let i = 0; i < 8; i++) {
      const lane = ST + this.physical(i) * 4;
      this.s[lane] = words[at] | (words[at + 1] << 16);
      this.s[lane + 1] = words[at + 2] | (words[at + 3] << 16);
      this.s[lane + 2] = words[at + 4];
      at += 5;
    }
  }

  /** FXSAVE in legacy and compatibility mode: builds {@link image}, XMM registers whatever CR4.OSFXSR says (§10.5.1 leaves that open). */
  prepareFxsave(): void {
    const s = this.s;
    const lanes = this.#imageLanes;
    const words = this.#imageWords;
    this.image.fill(0);
    words[0] = s[FCW];
    words[1] = s[FSW];
    words[2] = ~s[FTW] & 0xff;
    words[3] = s[FOP];
    lanes[2] = s[FIP];
    lanes[3] = s[FCS] & 0xffff;
    lanes[4] = s[FDP];
    lanes[5] = s[FDS] & 0xffff;
    lanes[6] = s[MXCSR];
    lanes[7] = this.mxcsrMask;
    for (let i = 0; i < 8; i++) {
      const from = ST + this.physical(i) * 4;
      const to = 8 + i * 4;
      lanes[to] = s[from];
      lanes[to + 1] = s[from + 1];
      lanes[to + 2] = s[from + 2] & 0xffff;
    }
    for (let i = 0; i < VECTORS; i++) {
      for (let lane = 0; lane < 4; lane++) lanes[XMM_IMAGE + i * 4 + lane] = s[XMM + i * XMM_LANES + lane];
    }
  }

  /** FXRSTOR from {@link image}. 0, with nothing loaded, when MXCSR has a reserved bit set: #GP(0). */
  fxrstor(): number {
    const s = this.s;
    const lanes = this.#imageLanes;
    if (this.acceptsMxcsr(lanes[6]) === 0) return 0;
    this.#loadX87();
    s[MXCSR] = lanes[6];
    this.#loadXmm();
    return 1;
  }

  /** Whether MXCSR may hold this: no reserved bit is set. */
  acceptsMxcsr(value: number): number {
    return (value & ~this.mxcsrMask) === 0 ? 1 : 0;
  }

  /** The components of XSTATE_BV that are not in their initial state (§13.6): x87 1, SSE 2, where MXCSR does not count. */
  componentsInUse(): number {
    const s = this.s;
    let x87 = (s[FCW] ^ FCW_INITIAL) | s[FSW] | (s[FTW] ^ 0xff) | s[FOP] | s[FIP] | s[FDP] | s[FCS] | s[FDS];
    for (let i = 0; i < 8; i++) x87 |= s[ST + i * 4] | s[ST + i * 4 + 1] | (s[ST + i * 4 + 2] & 0xffff);
    let sse = 0;
    for (let i = 0; i < VECTORS; i++) for (let lane = 0; lane < 4; lane++) sse |= s[XMM + i * XMM_LANES + lane];
    return (x87 !== 0 ? XCR0_X87 : 0) | (sse !== 0 ? XCR0_SSE : 0);
  }

  /**
   * XRSTOR from {@link image}: `components` are restored, those that are not `present` to their initial state; MXCSR comes from the
   * image with either (§13.8.1). 0, with nothing loaded, when it has a reserved bit set: #GP(0).
   */
  xrstor(components: number, present: number): number {
    const s = this.s;
    const mxcsr = this.#imageLanes[6];
    if ((components & XCR0_SSE) !== 0) {
      if (this.acceptsMxcsr(mxcsr) === 0) return 0;
      s[MXCSR] = mxcsr;
      if ((present & XCR0_SSE) === 0) this.#imageLanes.fill(0, XMM_IMAGE, XMM_IMAGE + 4 * VECTORS);
      this.#loadXmm();
    }
    if ((components & XCR0_X87) !== 0) {
      if ((present & XCR0_X87) === 0) {
        this.image.fill(0, 0, 24);
        this.image.fill(0, 32, 160);
        this.#imageWords[0] = FCW_INITIAL;
      }
      this.#loadX87();
    }
    return 1;
  }

  #loadX87(): void {
    const s = this.s;
    const lanes = this.#imageLanes;
    const words = this.#imageWords;
    s[FCW] = (words[0] & FCW_WRITABLE) | FCW_ALWAYS;
    s[FSW] = words[1];
    s[FTW] = ~words[2] & 0xff;
    s[FOP] = words[3] & 0x7ff;
    s[FIP] = lanes[2];
    s[FIP + 1] = 0;
    s[FDP] = lanes[4];
    s[FDP + 1] = 0;
    s[FCS] = lanes[3] & 0xffff;
    s[FDS] = lanes[5] & 0xffff;
    for (let i = 0; i < 8; i++) {
      const to = ST + this.physical(i) * 4;
      const from = 8 + i * 4;
      s[to] = lanes[from];
      s[to + 1] = lanes[from + 1];
      s[to + 2] = lanes[from + 2] & 0xffff;
    }
    this.summarize();
  }

  #loadXmm(): void {
    for (let i = 0; i < VECTORS; i++) {
      for (let lane = 0; lane < 4; lane++) this.s[XMM + i * XMM_LANES + lane] = this.#imageLanes[XMM_IMAGE + i * 4 + lane];
    }
  }

  /** Copies `size` bytes at `offset` of {@link image} to scratch, on their way to memory. */
  exportPart(offset: number, size: number): void {
    const from = offset >> 2;
    for (let lane = 0; lane < size >> 2; lane++) this.#lanes[lane] = this.#imageLanes[from + lane];
  }

  /** Copies `size` bytes of scratch to `offset` of {@link image}. */
  importPart(offset: number, size: number): void {
    const to = offset >> 2;
    for (let lane = 0; lane < size >> 2; lane++) this.#imageLanes[to + lane] = this.#lanes[lane];
  }

  /** The 16-bit tag word, two bits per physical register: 0 valid, 1 zero, 2 special, 3 empty (§8.1.7). */
  tagWord(): number {
    const s = this.s;
    let tags = 0;
    for (let p = 7; p >= 0; p--) {
      let tag = 3;
      if ((s[FTW] & (1 << p)) === 0) {
        const lane = ST + p * 4;
        unpackExtended(this.w, A, s[lane + 1], s[lane], s[lane + 2]);
        const kind = this.w[A];
        tag = kind === NORMAL ? 0 : kind === ZERO ? 1 : kind >= DENORMAL ? 2 : 0;
      }
      tags = (tags << 2) | tag;
    }
    return tags;
  }

  #isReal(): boolean {
    return (this.s[CR0] & CR0_PE) === 0 || (this.s[RFLAGS] & RFLAGS_VM) !== 0;
  }

  #setTagWord(tags: number): void {
    let empty = 0;
    for (let p = 0; p < 8; p++) {
      if (((tags >>> (p * 2)) & 3) === 3) empty |= 1 << p;
    }
    this.s[FTW] = empty;
  }
}

const HIGH_ONES = -0x10000;
