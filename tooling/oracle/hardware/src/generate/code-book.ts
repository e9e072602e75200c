import type { Code } from '../format/cases.ts';
import type { SegmentSet } from '../format/layout.ts';

/** INT3s that every area begins with: where far transfers go. */
const FIRST = 0x40;
/** INT3s around a code that branches. */
const BRANCH_MARGIN = 48;
const SMALL_AREA = 0x1_0000;

/** Finds places for codes: 16-bit ones in the first 64 KB of the code area, the others behind. */
export class CodeBook {
  readonly codes: Code[] = [];
  #next: number = SMALL_AREA + FIRST;
  #nextSmall: number = FIRST;

  /** Whether another 16-bit code of this length fits. */
  hasRoom(segments: SegmentSet, bytes: number): boolean {
    return segments !== 'code16' || this.#nextSmall + bytes + 2 * BRANCH_MARGIN < SMALL_AREA;
  }

  /** Where the next code of a set would go. */
  place(segments: SegmentSet, branches: boolean): number {
    return (segments === 'code16' ? this.#nextSmall : this.#next) + (branches ? BRANCH_MARGIN : 0);
  }

  /** Enters a code whose offset `place` told. Returns its index. */
  add(code: Code, branches: boolean): number {
    const end = code.offset + code.bytes.length + (branches ? BRANCH_MARGIN : 1);
    if (code.segments === 'code16') this.#nextSmall = end;
    else this.#next = end;
    return this.codes.push(code) - 1;
  }
}
