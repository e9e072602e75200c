import type { Registers, SegmentRegister } from '@ringzero/processor';
import { Assembler } from '../assembler/assembler.ts';
import { al } from '../assembler/operands.ts';
import type { TestMachine } from '../machine/test-machine.ts';
import type { Gate, MachineSlot, TestProgram } from './program.ts';
import { CODE, STACK, STACK16, UNEXPECTED_PORT } from './program.ts';

const GDT = 0x1000;
const IDT = 0x1800;
/** The task state segment of programs that use rings. */
export const TSS = 0x2000;
/** One stub per vector for what a program does not expect. */
const STUBS = 0x3000;
const STUB_BYTES = 8;

/** Selectors of the flat segments. */
export const KERNEL_CODE = 0x08;
export const KERNEL_DATA = 0x10;
export const USER_CODE = 0x1b;
export const USER_DATA = 0x23;
export const TASK = 0x28;
/** 16-bit segments over the first 64 KB, for programs that leave protected mode. */
export const CODE16 = 0x30;
export const DATA16 = 0x38;

/** Local APIC registers by offset / 16, and what makes it pass the 8259's interrupts and NMIs on. */
const APIC_SVR = 0xf;
const APIC_LVT_LINT0 = 0x35;
const APIC_LVT_LINT1 = 0x36;
const LVT_EXTINT = 0x700;
const LVT_NMI = 0x400;

/** A segment descriptor as two words (SDM vol. 3A §3.4.5): `flags` are G, D/B, L and AVL. */
export function segmentDescriptor(base: number, limit: number, access: number, flags: number): readonly [number, number] {
  return [((base & 0xffff) << 16) | (limit & 0xffff), (base & 0xff000000) | (flags << 20) | (limit & 0xf0000) | (access << 8) | ((base >>> 16) & 0xff)];
}

function segment(selector: number, attributes: number, base: number = 0, limit: number = 0xffff_ffff): SegmentRegister {
  return { base: BigInt(base), limit, selector, attributes };
}

function writeGdt(machine: TestMachine): void {
  const gdt = new Assembler(32, GDT);
  gdt.dd(0, 0);
  gdt.dd(...segmentDescriptor(0, 0xfffff, 0x9b, 0xc), ...segmentDescriptor(0, 0xfffff, 0x93, 0xc));
  gdt.dd(...segmentDescriptor(0, 0xfffff, 0xfb, 0xc), ...segmentDescriptor(0, 0xfffff, 0xf3, 0xc));
  gdt.dd(...segmentDescriptor(TSS, 0x67, 0x89, 0), ...segmentDescriptor(0, 0xffff, 0x9b, 0), ...segmentDescriptor(0, 0xffff, 0x93, 0));
  machine.memory.writeBytes(GDT, gdt.bytes());
  const tss = new Uint8Array(0x68);
  new DataView(tss.buffer).setUint32(4, STACK - 0x4000, true);
  tss[8] = KERNEL_DATA;
  tss[0x66] = 0x68;
  machine.memory.writeBytes(TSS, tss);
}

function writeStubs(machine: TestMachine, bits: 16 | 32): void {
  for (let vector = 0; vector < 256; vector++) {
    const stub = new Assembler(bits, STUBS + vector * STUB_BYTES);
    stub.mov(al, vector).out(UNEXPECTED_PORT, al).op('cli', 'hlt');
    machine.memory.writeBytes(stub.origin, stub.bytes());
  }
}

function writeGates(machine: TestMachine, bits: 16 | 32, code: Assembler, gates: Readonly<Record<number, Gate>>): void {
  const table = new Assembler(bits, bits === 16 ? 0 : IDT);
  for (let vector = 0; vector < 256; vector++) {
    const gate = gates[vector];
    const label = typeof gate === 'object' ? gate.label : gate;
    const target = label === undefined ? STUBS + vector * STUB_BYTES : code.addressOf(label);
    if (bits === 16) table.dw(label === undefined ? target : target - CODE, label === undefined ? 0 : CODE >> 4);
    else {
      const dpl = typeof gate === 'object' ? gate.dpl : 0;
      table.dd((KERNEL_CODE << 16) | (target & 0xffff), (target & 0xffff0000) | ((0x8e | (dpl << 5)) << 8));
    }
  }
  machine.memory.writeBytes(table.origin, table.bytes());
}

function realModeRegisters(): Partial<Registers> {
  const data = segment(0, 0x93, 0, 0xffff);
  return {
    cs: segment(CODE >> 4, 0x9b, CODE, 0xffff),
    ds: segment(CODE >> 4, 0x93, CODE, 0xffff),
    es: data,
    fs: data,
    gs: data,
    ss: data,
    rsp: BigInt(STACK16),
    rip: 0n,
    cr0: 0x10n,
    idtr: { base: 0n, limit: 0x3ff },
  };
}

function protectedModeRegisters(): Partial<Registers> {
  const data = segment(KERNEL_DATA, 0xc093);
  return {
    cs: segment(KERNEL_CODE, 0xc09b),
    ds: data,
    es: data,
    fs: data,
    gs: data,
    ss: data,
    rsp: BigInt(STACK),
    rip: BigInt(CODE),
    cr0: 0x11n,
    gdtr: { base: BigInt(GDT), limit: 0x3f },
    idtr: { base: BigInt(IDT), limit: 0x7ff },
  };
}

/** Puts the local APIC into the state in which firmware leaves it: enabled, LINT0 for the 8259, LINT1 for NMI. */
export function enableLocalApic(machine: TestMachine): void {
  const access = machine.processor.accessState(0);
  const apic = access.get('apic');
  const registers = [...apic.registers];
  registers[APIC_SVR] = 0x1ff;
  registers[APIC_LVT_LINT0] = LVT_EXTINT;
  registers[APIC_LVT_LINT1] = LVT_NMI;
  access.set('apic', { ...apic, registers });
  access.commit();
}

/** Sets a processor up in real mode or flat protected mode with `code` loaded, ready to run. */
export function enterEnvironment(machine: TestMachine, bits: 16 | 32, code: Assembler, gates: Readonly<Record<number, Gate>> = {}): void {
  writeStubs(machine, bits);
  writeGates(machine, bits, code, gates);
  if (bits === 32) writeGdt(machine);
  machine.memory.writeBytes(code.origin, code.bytes());
  machine.setRegisters(bits === 16 ? realModeRegisters() : protectedModeRegisters());
  enableLocalApic(machine);
}

/** Loads a program into the slot's machine. */
export function loadProgram(slot: MachineSlot, program: TestProgram): void {
  enterEnvironment(slot.machine, program.bits, program.assemble(), program.gates);
  program.prepare?.(slot);
}
