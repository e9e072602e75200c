import { CR4_OSXMMEXCPT, lane32 } from '@ringzero/x86';
import type { StateViews } from '@ringzero/x86';
import { MXCSR, MXCSR_BEFORE, MXCSR_FLAGS, MXCSR_MASK_SHIFT, MXCSR_MASKS, MXCSR_RC } from './mxcsr.ts';
import { StringComparisons } from './string-compare.ts';
import { SoftFloat } from './soft-float.ts';

const CR4 = lane32('cr4');
const VECTOR_UD = 6;
const VECTOR_XM = 19;

/** Raises a guest exception without error code. */
export type RaiseException = (vector: number) => void;

/** MXCSR, and the way from exact arithmetic to registers. */
export class FloatState extends StringComparisons {
  protected readonly soft: SoftFloat = new SoftFloat();
  /** Result bits of the elements computed exactly, until all of them may be written. */
  protected readonly results: bigint[] = [0n, 0n, 0n, 0n];
  readonly #raise: RaiseException;

  constructor(views: StateViews, raise: RaiseException) {
    super(views);
    this.#raise = raise;
  }

  /** Rounding is to nearest and every exception masked: the host's arithmetic may serve. */
  protected isOrdinary(): boolean {
    return (this.i32[MXCSR] & (MXCSR_RC | MXCSR_MASKS)) === MXCSR_MASKS;
  }

  /** Starts an exact computation. */
  protected beginExact(): SoftFloat {
    const { soft } = this;
    soft.control = this.i32[MXCSR];
    soft.flags = 0;
    return soft;
  }

  /** Reports the flags of an exact computation. False if an exception is unmasked: #XM is raised, and no result may be written (vol. 1 §11.5.3). */
  protected accept(): boolean {
    const control = this.i32[MXCSR];
    const { flags } = this.soft;
    const unmasked = flags & ~(control >> MXCSR_MASK_SHIFT) & MXCSR_FLAGS;
    if (unmasked === 0) {
      this.i32[MXCSR] = control | flags;
      return true;
    }
    this.i32[MXCSR] = control | ((unmasked & MXCSR_BEFORE) !== 0 ? flags & MXCSR_BEFORE : flags);
    this.#raise((this.i32[CR4] & CR4_OSXMMEXCPT) !== 0 ? VECTOR_XM : VECTOR_UD);
    return false;
  }

  protected singleBits(at: number): bigint {
    return BigInt(this.u32[at >> 2]);
  }

  /** Writes the first `count` results as singles, if the exceptions allow. */
  protected writeSingles(dst: number, count: number): void {
    if (!this.accept()) return;
    for (let i = 0; i < count; i++) this.u32[(dst >> 2) + i] = Number(this.results[i]);
  }

  protected writeDoubles(dst: number, count: number): void {
    if (!this.accept()) return;
    for (let i = 0; i < count; i++) this.u64[(dst >> 3) + i] = this.results[i]!;
  }
}
