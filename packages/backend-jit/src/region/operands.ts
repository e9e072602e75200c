import { FORMS } from '@ringzero/x86';
import { EBP, ESP, SEG_BASE, type Operation, type Vp } from '@ringzero/x86-semantics';
import type { EntryGroup, GroupLeader, RegisterAddress } from '../emit/page-groups.ts';

/** By form: the lane of the register that points to what is pushed or popped, or −1; and {@link maskOf} its operands of 16 and of 32 bits. */
const STACK_POINTERS: Int8Array = Int8Array.from(FORMS, ({ name }) => (name === 'Leave' ? EBP : /^(Push|Pop|Call|Ret|Enter)/.test(name) ? ESP : -1));
const MASKS16: Uint8Array = Uint8Array.from(FORMS, ({ operands }) => maskOf(operands, 16));
const MASKS32: Uint8Array = Uint8Array.from(FORMS, ({ operands }) => maskOf(operands, 32));

/** Bits that are 0 in the address of an aligned operand in memory. */
function maskOf(operands: readonly string[], operandSize: number): number {
  if (operands.some((code) => /^[EO]b/.test(code))) return 0;
  const isWord = operands.some((code) => /^E[wv]/.test(code) || code === 'Ov');
  return operands.some((code) => code.startsWith('Ew')) || (isWord && operandSize === 16) ? 1 : 3;
}

/** Whether something in memory that the instruction is about to read or write is where no element of its size begins. Of large operands only doublewords count. */
export function isMisaligned(op: Operation, R: Int32Array): boolean {
  const { form } = op;
  const isWord = op.operandSize === 16;
  const pointer = STACK_POINTERS[form];
  if (pointer >= 0 && (R[pointer] & (isWord ? 1 : 3)) !== 0) return true;
  if (!op.isMemory) return false;
  const address = R[op.base] + (R[op.index] << op.scale) + op.displacement + R[SEG_BASE + 2 * op.segment];
  return (address & (isWord ? MASKS16 : MASKS32)[form]) !== 0;
}

/** How what is checked for several operands fails: the page is not in the TLB at all, or all else. */
export type GroupFailure = 'absent' | 'apart';

/** Whether what a region has left is a group's first operand, of which another one is to blame. */
export function isOthersFault({ op, address, access: { writes, mask, size } }: GroupLeader, { R, tlb }: Vp): boolean {
  const q = leaderAddress(op, address, R);
  const entry = (writes ? tlb.write : tlb.read)[(q >>> 12) + op.tlb];
  return (entry & 1) === 0 && (q & mask) === 0 && (q & 4095) + size <= 4096;
}

/** How a group that is checked at the entry of a region fails now; undefined where it holds. */
export function failureOf({ address, check: { writes, mask, low, high }, members: [{ op }] }: EntryGroup, { R, tlb }: Vp): GroupFailure | undefined {
  const q = addressOf(address, R);
  const page = (q >>> 12) + op.tlb;
  if ((tlb.read[page] & 1) !== 0) return 'absent';
  const holds = (!writes || (tlb.write[page] & 1) === 0) && (q & mask) === 0 && (((q + low) ^ (q + high)) & -4096) === 0;
  return holds ? undefined : 'apart';
}

/**
 * Marks those that make a group fail: what is not aligned as such, what is in another page than the first operand or may not be written to
 * as being apart. Where none is left to blame that is the first one.
 */
export function blame({ members, ...first }: EntryGroup | GroupLeader, { R, tlb }: Vp): void {
  const q = 'op' in first ? leaderAddress(first.op, first.address, R) : addressOf(first.address, R);
  let isFound = false;
  for (const { op, distance, access } of members) {
    const at = (q + distance) | 0;
    const isMisaligned = (at & access.mask) !== 0;
    const isReached = ((at ^ q) & -4096) === 0 && (((at + access.size - 1) ^ q) & -4096) === 0 && (!access.writes || (tlb.write[(at >>> 12) + op.tlb] & 1) === 0);
    if (isMisaligned) op.isMisaligned = true;
    else if (!isReached) op.isApart = true;
    isFound ||= isMisaligned || !isReached;
  }
  if (!isFound) ('op' in first ? first.op : members[0].op).isApart = true;
}

function leaderAddress(op: Operation, address: RegisterAddress | undefined, R: Int32Array): number {
  return address === undefined ? (R[op.base] + (R[op.index] << op.scale) + op.displacement) | 0 : addressOf(address, R);
}

function addressOf({ register, offset }: RegisterAddress, R: Int32Array): number {
  return ((register === undefined ? 0 : R[2 * register]) + offset) | 0;
}
