import { Decoder, Instruction, INVALID_FORM } from '@ringzero/x86';
import { WINDOW_BASE } from '../format/layout.ts';
import { Draft } from './draft.ts';
import type { Production } from './single.ts';

const INT3 = 0xcc;
const STATES = 3;
const NAME = 'Invalid';
/** Longest instruction, and one byte more. */
const TOO_LONG = 16;

/**
 * Opcodes that later processors give a meaning, or that reach further than a case may: VEX, EVEX and XOP, the groups of system and
 * state instructions, prefetches, and maps 0F 38 and 0F 3A.
 */
const MEANT: readonly (readonly number[])[] = [[0x62], [0xc4], [0xc5], [0x8f], [0x0f, 0x00], [0x0f, 0x01], [0x0f, 0x0d], [0x0f, 0x0e], [0x0f, 0x0f], [0x0f, 0x37], [0x0f, 0x38], [0x0f, 0x3a], [0x0f, 0x78], [0x0f, 0x79], [0x0f, 0xa6], [0x0f, 0xa7], [0x0f, 0xae], [0x0f, 0xc7]];

function isMeant(opcode: readonly number[]): boolean {
  return MEANT.some((meant) => meant.every((byte, i) => opcode[i] === byte));
}

/** Bytes behind an opcode: ModRM with a memory operand in the window, or with a register. */
function operandBytes(reg: number, memory: boolean): number[] {
  const at = WINDOW_BASE + 0x100;
  return memory ? [(reg << 3) | 5, 0, 0, 0, 0].map((byte, i) => (i === 0 ? byte : (at >> (8 * (i - 1))) & 0xff)) : [0xc0 | (reg << 3) | 1];
}

/** Opcodes of the one-byte map and of 0F that mean nothing, and instructions that are too long. */
export function produceUndefined({ book, cases, nextSeed }: Production): void {
  const decoder = new Decoder(32);
  const instruction = new Instruction();
  const add = (bytes: readonly number[]): void => {
    const offset = book.place('flat', false);
    const index = book.add({ offset, bytes: Uint8Array.from([...bytes, INT3]), forms: [NAME], family: 'undefined', profile: 'integer', segments: 'flat' }, false);
    for (let i = 0; i < STATES; i++) cases.push(new Draft('integer', nextSeed(), 'flat').finish(index));
  };
  for (let slot = 0; slot < 512; slot++) {
    const opcode = slot < 256 ? [slot] : [0x0f, slot & 0xff];
    if (isMeant(opcode)) continue;
    for (let variant = 0; variant < 16; variant++) {
      const bytes = [...opcode, ...operandBytes(variant & 7, variant >= 8)];
      const length = decoder.decode(Uint8Array.from([...bytes, ...new Array<number>(TOO_LONG).fill(0)]), 0, TOO_LONG + bytes.length, instruction);
      if (length > 0 && instruction.form === INVALID_FORM) add(bytes);
    }
  }
  // ADD EAX, ECX behind so many prefixes that it has 15, 16 and 17 bytes.
  for (const prefix of [0x66, 0x3e, 0x67, 0xf3]) for (const count of [TOO_LONG - 2, TOO_LONG - 1]) add([...new Array<number>(count).fill(prefix), 0x01, 0xc8]);
}
