import type { Registers, SegmentRegister } from '@ringzero/processor';
import { byteOffset, lane32, type FieldName } from '@ringzero/x86';
import { refreshAllSegments, type Vp } from '@ringzero/x86-semantics';

const GENERAL = ['rax', 'rcx', 'rdx', 'rbx', 'rsp', 'rbp', 'rsi', 'rdi', 'r8', 'r9', 'r10', 'r11', 'r12', 'r13', 'r14', 'r15'] as const;
const SEGMENTS = ['es', 'cs', 'ss', 'ds', 'fs', 'gs', 'ldtr', 'tr'] as const;
const CONTROL = ['cr0', 'cr2', 'cr3', 'cr4', 'efer'] as const;
/** The local APIC's task priority: CR8 is its bits 7:4 (vol. 3A §10.8.6). */
const TPR = 8;
const SS = 2;
const ATTRIBUTE_PRESENT = 0x80;
const ATTRIBUTE_UNUSABLE = 0x1_0000;
const CR0_PE = 1;
const EFLAGS_VM = 1 << 17;

/** A 64-bit field of the state. */
export function read64(vp: Vp, field: FieldName, index: number = 0): bigint {
  return vp.Q[byteOffset(field, index) >> 3];
}

export function write64(vp: Vp, field: FieldName, value: bigint, index: number = 0): void {
  vp.Q[byteOffset(field, index) >> 3] = value;
}

/** A 32-bit field as an unsigned number. */
export function read32(vp: Vp, field: FieldName, index: number = 0): number {
  return vp.U[lane32(field, index)];
}

export function write32(vp: Vp, field: FieldName, value: number, index: number = 0): void {
  vp.U[lane32(field, index)] = value;
}

/** The contract has 16 bits of attributes: an unusable segment is one that is not present. */
function contractAttributes(attributes: number): number {
  return (attributes & ATTRIBUTE_UNUSABLE) !== 0 ? attributes & 0xffff & ~ATTRIBUTE_PRESENT : attributes;
}

function readSegment(vp: Vp, index: number): SegmentRegister {
  return {
    base: read64(vp, 'segBase', index),
    limit: read32(vp, 'segLimit', index),
    selector: vp.H[byteOffset('segSelector', index) >> 1],
    attributes: contractAttributes(read32(vp, 'segAttributes', index)),
  };
}

function writeSegment(vp: Vp, index: number, segment: SegmentRegister): void {
  write64(vp, 'segBase', segment.base, index);
  write32(vp, 'segLimit', segment.limit, index);
  vp.H[byteOffset('segSelector', index) >> 1] = segment.selector;
  write32(vp, 'segAttributes', segment.attributes | ((segment.attributes & ATTRIBUTE_PRESENT) === 0 ? ATTRIBUTE_UNUSABLE : 0), index);
}

/** The `registers` element of the state. */
export function readRegisters(vp: Vp): Registers {
  const general = Object.fromEntries(GENERAL.map((name, index) => [name, read64(vp, 'gpr', index)]));
  const segments = Object.fromEntries(SEGMENTS.map((name, index) => [name, readSegment(vp, index)]));
  const control = Object.fromEntries(CONTROL.map((name) => [name, read64(vp, name)]));
  return {
    ...general,
    // A 32-bit engine leaves the high halves alone but for RIP, which it writes as a signed number.
    rip: BigInt(read32(vp, 'rip')),
    rflags: BigInt(vp.flags() >>> 0),
    ...segments,
    gdtr: { base: read64(vp, 'gdtrBase'), limit: read32(vp, 'gdtrLimit') },
    idtr: { base: read64(vp, 'idtrBase'), limit: read32(vp, 'idtrLimit') },
    ...control,
    cr8: BigInt((read32(vp, 'apicRegisters', TPR) >>> 4) & 0xf),
  } as Registers;
}

/** Writes the `registers` element. Derived state is recomputed by {@link refreshDerived}. */
export function writeRegisters(vp: Vp, registers: Registers): void {
  GENERAL.forEach((name, index) => write64(vp, 'gpr', registers[name], index));
  write64(vp, 'rip', registers.rip);
  vp.setFlags(Number(registers.rflags & 0xffff_ffffn) | 0, -1);
  SEGMENTS.forEach((name, index) => writeSegment(vp, index, registers[name]));
  write64(vp, 'gdtrBase', registers.gdtr.base);
  write32(vp, 'gdtrLimit', registers.gdtr.limit);
  write64(vp, 'idtrBase', registers.idtr.base);
  write32(vp, 'idtrLimit', registers.idtr.limit);
  for (const name of CONTROL) write64(vp, name, registers[name]);
  const priority = Number(registers.cr8 & 0xfn);
  if (priority !== ((read32(vp, 'apicRegisters', TPR) >>> 4) & 0xf)) write32(vp, 'apicRegisters', priority << 4, TPR);
}

/** Recomputes what the engine derives from registers: privilege, segment limits, PDPTEs, mode; and drops cached translations. */
export function refreshDerived(vp: Vp): void {
  const isProtected = (read32(vp, 'cr0') & CR0_PE) !== 0;
  const isVirtual = isProtected && (vp.flags() & EFLAGS_VM) !== 0;
  vp.setCpl(!isProtected ? 0 : isVirtual ? 3 : (read32(vp, 'segAttributes', SS) >>> 5) & 3);
  refreshAllSegments(vp);
  vp.flushTlb(false);
  if (vp.isPaged) vp.loadPdptes();
  vp.updateMode();
}
