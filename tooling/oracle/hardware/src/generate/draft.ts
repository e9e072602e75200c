import type { Case, Override, Patch } from '../format/cases.ts';
import { initialState, type Profile } from '../format/initial-state.ts';
import { EBP, ESP, SEGMENT_SETS, segmentBase, SMALL_STACKS, STACK_HIGH_HALF, WINDOW_BASE, WINDOW_BYTES, type SegmentSet } from '../format/layout.ts';

const SS = 2;

/** A case in the making: the state that its seed stands for, and what is changed about it. */
export class Draft {
  readonly seed: number;
  readonly selectors: readonly number[];
  readonly state: Int32Array;
  readonly isSmallStack: boolean;
  readonly #overrides = new Map<number, number>();
  readonly #patches: Patch[] = [];

  constructor(profile: Profile, seed: number, segments: SegmentSet) {
    this.seed = seed;
    this.selectors = SEGMENT_SETS[segments];
    this.state = initialState(profile, seed, this.selectors);
    this.isSmallStack = SMALL_STACKS.includes(segments);
    if (!this.isSmallStack) return;
    this.set(ESP, this.state[ESP] & 0x1fff);
    this.set(EBP, this.state[EBP] & 0x1fff);
  }

  set(lane: number, value: number): void {
    // A return to a 16-bit stack cannot load the high half.
    const word = lane === ESP && this.isSmallStack ? STACK_HIGH_HALF | (value & 0xffff) : value | 0;
    if (this.state[lane] === word) return;
    this.state[lane] = word;
    this.#overrides.set(lane, word);
  }

  /** Writes the low half of a register, or all of it. */
  setSized(lane: number, value: number, bits: number): void {
    this.set(lane, bits === 16 ? (this.state[lane] & -0x1_0000) | (value & 0xffff) : value);
  }

  /** Linear address of the top of the stack. */
  get stack(): number {
    const pointer = this.isSmallStack ? this.state[ESP] & 0xffff : this.state[ESP];
    return (segmentBase(this.selectors[SS]) + pointer) | 0;
  }

  set stack(linear: number) {
    const pointer = (linear - segmentBase(this.selectors[SS])) | 0;
    this.set(ESP, pointer);
  }

  /** Whether bytes at a linear address can be patched. */
  holds(linear: number, bytes: number): boolean {
    const offset = (linear - WINDOW_BASE) | 0;
    return offset >= 0 && offset + bytes <= WINDOW_BYTES;
  }

  /** Places bytes in the window. */
  patch(linear: number, bytes: readonly number[] | Uint8Array): void {
    if (!this.holds(linear, bytes.length)) return;
    this.#patches.push({ offset: linear - WINDOW_BASE, bytes: Uint8Array.from(bytes) });
  }

  /** Places little-endian words of `size` bytes. */
  patchWords(linear: number, values: readonly number[], size: number): void {
    this.patch(linear, values.flatMap((value) => Array.from({ length: size }, (_, i) => (value >> (8 * i)) & 0xff)));
  }

  finish(code: number): Case {
    const overrides: Override[] = Array.from(this.#overrides, ([lane, value]) => ({ lane, value }));
    return { code, seed: this.seed, overrides, patches: this.#patches };
  }
}
