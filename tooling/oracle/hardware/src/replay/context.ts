import { Decoder, Instruction } from '@ringzero/x86';
import type { Code, Outcome } from '../format/cases.ts';
import { CODE16_SELECTOR, ESP, SEGMENT_SETS, segmentBase, SMALL_STACKS, WINDOW_BASE } from '../format/layout.ts';

/** Something that a backend did otherwise. */
export interface Difference {
  /** A lane's name, `vector`, `error`, `cr2`, or `memory+offset`. */
  readonly what: string;
  readonly expected: number;
  readonly actual: number;
}

const DECODERS = { 16: new Decoder(16), 32: new Decoder(32) } as const;

/** Mode in which a code is decoded. */
export function modeOf(code: Code): 16 | 32 {
  return SEGMENT_SETS[code.segments][1] === CODE16_SELECTOR ? 16 : 32;
}

/** A case that ended differently, for exceptions to look at. */
export class Context {
  readonly code: Code;
  readonly start: Int32Array;
  readonly outcome: Outcome;
  readonly differences: readonly Difference[];
  #instruction: Instruction | undefined;

  constructor(code: Code, start: Int32Array, outcome: Outcome, differences: readonly Difference[]) {
    this.code = code;
    this.start = start;
    this.outcome = outcome;
    this.differences = differences;
  }

  /** The first instruction. */
  get instruction(): Instruction {
    if (this.#instruction === undefined) {
      const padded = new Uint8Array(this.code.bytes.length + 16);
      // LOCK is an instruction's own business; what it applies to is decoded without.
      padded.set(this.code.bytes.subarray(this.code.bytes[0] === 0xf0 ? 1 : 0));
      this.#instruction = new Instruction();
      DECODERS[modeOf(this.code)].decode(padded, 0, padded.length, this.#instruction);
    }
    return this.#instruction;
  }

  /** Offset of the first instruction's memory operand in the window. */
  get operandOffset(): number {
    const { base, index, scale, displacement, addressSize, segment } = this.instruction;
    const sum = ((base < 0 ? 0 : this.start[base]) + (index < 0 ? 0 : this.start[index] << scale) + displacement) | 0;
    const linear = segmentBase(SEGMENT_SETS[this.code.segments][segment]) + (addressSize === 16 ? sum & 0xffff : sum);
    return (linear - WINDOW_BASE) | 0;
  }

  /** Offset of the top of the stack in the window, before the case. */
  get stackOffset(): number {
    const pointer = SMALL_STACKS.includes(this.code.segments) ? this.start[ESP] & 0xffff : this.start[ESP];
    return (segmentBase(SEGMENT_SETS[this.code.segments][2]) + pointer - WINDOW_BASE) | 0;
  }

  /** Whether a memory difference is in a word of the operand: `from` to `to` bytes behind its start. */
  isInOperand(what: string, from: number, to: number): boolean {
    if (!what.startsWith('memory+')) return false;
    const at = Number.parseInt(what.slice(7), 16) - this.operandOffset;
    return at > from - 4 && at < to;
  }
}
