import type { Instruction } from '@ringzero/x86';
import { EBP, ESP, READ_ONLY_BYTES, segmentBase, WINDOW_BASE, WINDOW_BYTES } from '../format/layout.ts';
import type { Sequence } from '../format/random.ts';
import { REGIONS } from '../format/window-image.ts';
import type { MemoryOperand } from './operands.ts';

/** Multiplicative inverses modulo 2^32 of 3, 5 and 9: what an index that is also the base multiplies it by. */
const INVERSES: readonly number[] = [0, 0xaaaa_aaab, 0xcccc_cccd, 0x38e3_8e39];

/** A linear address for an operand: mostly aligned in its region, sometimes where something is wrong. */
export function chooseAddress(random: Sequence, { bytes, region }: MemoryOperand, withFaults: boolean = true): number {
  const place = random.below(32);
  const inWindow = (offset: number): number => (WINDOW_BASE + offset) | 0;
  if (bytes >= 64) {
    if (withFaults && place < 4) return inWindow(random.pick([WINDOW_BYTES, WINDOW_BYTES + READ_ONLY_BYTES, -bytes, 0x811]));
    return inWindow(16 * random.below((WINDOW_BYTES - bytes) / 16) & -64);
  }
  if (withFaults) {
    if (place === 0) return inWindow(WINDOW_BYTES - 1 - random.below(Math.max(1, bytes - 1)));
    if (place === 1) return inWindow(WINDOW_BYTES + 16 * random.below(16));
    if (place === 2) return inWindow(WINDOW_BYTES + READ_ONLY_BYTES + random.below(32));
    if (place === 3) return inWindow(-1 - random.below(bytes));
  }
  if (place === 4 && bytes > 1) return inWindow(0x1000 - 1 - random.below(bytes - 1));
  const { start, bytes: room, step } = REGIONS[region];
  const size = Math.max(step, bytes > 4 ? 16 : bytes);
  const at = inWindow(random.below(2) * 0x1000 + start + size * random.below(Math.floor((room - bytes) / size) + 1));
  return place === 5 || place === 6 ? at + 1 + random.below(7) : at;
}

/** Registers of an effective address, as values to write. `read` gives what a register holds. */
export function solveAddress(random: Sequence, instruction: Instruction, linear: number, selectors: readonly number[], read: (register: number) => number): Map<number, number> {
  const { base, index, scale, displacement, addressSize } = instruction;
  const registers = new Map<number, number>();
  const wanted = (linear - segmentBase(selectors[instruction.segment]) - displacement) | 0;
  const write = (register: number, value: number): void => {
    registers.set(register, addressSize === 16 ? (read(register) & -0x1_0000) | (value & 0xffff) : value | 0);
  };
  if (base < 0 && index < 0) return registers;
  if (index < 0) write(base, wanted);
  else if (base < 0) write(index, wanted >> scale);
  else if (base === index) write(base, scale === 0 ? wanted >> 1 : Math.imul(wanted, INVERSES[scale]));
  else {
    // The stack's registers stay where the stack is, if the other can give way.
    const isFixed = base === ESP || base === EBP;
    const small = isFixed && scale === 0 ? (wanted - read(base)) | 0 : random.below(17) - 8;
    write(index, small);
    write(base, (wanted - (small << scale)) | 0);
  }
  return registers;
}
