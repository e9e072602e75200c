import type { Machine } from '@ringzero/machine';
import type { Registers, SegmentRegister } from '@ringzero/processor';
import { Decoder, formatInstruction, Instruction } from '@ringzero/x86';

const GENERAL = ['rax', 'rbx', 'rcx', 'rdx', 'rsi', 'rdi', 'rbp', 'rsp'] as const;
const SEGMENTS = ['cs', 'ds', 'es', 'fs', 'gs', 'ss', 'tr', 'ldtr'] as const;
const CONTROL = ['cr0', 'cr2', 'cr3', 'cr4'] as const;
const CODE_32 = 0x4000;
const MAX_LENGTH = 15;

function hex32(value: bigint): string {
  return (value & 0xffff_ffffn).toString(16).padStart(8, '0');
}

function segment(name: string, register: SegmentRegister): string {
  return `${name} ${register.selector.toString(16).padStart(4, '0')} base ${hex32(register.base)} limit ${register.limit.toString(16).padStart(8, '0')} attributes ${register.attributes.toString(16)}`;
}

/** Registers and the instruction at RIP, for a person. */
export function describeProcessor(machine: Machine, index: number = 0): string {
  const processor = machine.processors[index]!;
  const registers: Registers = processor.accessState(0).get('registers');
  const lines = [
    GENERAL.slice(0, 4).map((name) => `${name.replace('r', 'e')} ${hex32(registers[name])}`).join('  '),
    GENERAL.slice(4).map((name) => `${name.replace('r', 'e')} ${hex32(registers[name])}`).join('  '),
    `eip ${hex32(registers.rip)}  eflags ${hex32(registers.rflags)}`,
    ...SEGMENTS.map((name) => segment(name, registers[name])),
    CONTROL.map((name) => `${name} ${hex32(registers[name])}`).join('  '),
    `at cs:eip: ${instructionAt(machine, registers)}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** The instruction at CS:EIP, read through the page tables. */
function instructionAt(machine: Machine, registers: Registers): string {
  const mode = (registers.cs.attributes & CODE_32) !== 0 ? 32 : 16;
  const linear = Number((registers.cs.base + registers.rip) & 0xffff_ffffn);
  const bytes = new Uint8Array(MAX_LENGTH);
  let count = 0;
  for (; count < MAX_LENGTH; count++) {
    const physical = translate(machine, registers, (linear + count) >>> 0);
    if (physical === undefined || !machine.memory.isMemory(physical)) break;
    bytes[count] = machine.memory.readBytes(physical, 1)[0]!;
  }
  if (count === 0) return `(no memory at ${linear.toString(16)})`;
  const instruction = new Instruction();
  const length = new Decoder(mode).decode(bytes, 0, count, instruction);
  if (length === 0) return '(the instruction continues where there is no memory)';
  const dump = Array.from(bytes.subarray(0, length), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return `${dump}  ${formatInstruction(instruction, Number(registers.rip), mode)}`;
}

/** Physical address of a linear one by the guest's 32-bit page tables (PAE tables are left to `inspect`). */
function translate(machine: Machine, registers: Registers, linear: number): number | undefined {
  if ((registers.cr0 & 0x8000_0000n) === 0n) return linear;
  if ((registers.cr4 & 0x20n) !== 0n) return translatePae(machine, registers, linear);
  const read = (at: number): number => new DataView(machine.memory.readBytes(at, 4).buffer).getUint32(0, true);
  const directory = read(Number(registers.cr3 & 0xffff_f000n) + (linear >>> 22) * 4);
  if ((directory & 1) === 0) return undefined;
  if ((directory & 0x80) !== 0 && (registers.cr4 & 0x10n) !== 0n) return ((directory & 0xffc0_0000) >>> 0) + (linear & 0x3f_ffff);
  const page = read(((directory & 0xffff_f000) >>> 0) + ((linear >>> 12) & 0x3ff) * 4);
  return (page & 1) === 0 ? undefined : ((page & 0xffff_f000) >>> 0) + (linear & 0xfff);
}

function translatePae(machine: Machine, registers: Registers, linear: number): number | undefined {
  const read = (at: number): bigint => new DataView(machine.memory.readBytes(at, 8).buffer).getBigUint64(0, true);
  const frame = (entry: bigint): number => Number(entry & 0xf_ffff_f000n);
  const pointer = read(Number(registers.cr3 & 0xffff_ffe0n) + (linear >>> 30) * 8);
  if ((pointer & 1n) === 0n) return undefined;
  const directory = read(frame(pointer) + ((linear >>> 21) & 0x1ff) * 8);
  if ((directory & 1n) === 0n) return undefined;
  if ((directory & 0x80n) !== 0n) return Number(directory & 0xf_ffe0_0000n) + (linear & 0x1f_ffff);
  const page = read(frame(directory) + ((linear >>> 12) & 0x1ff) * 8);
  return (page & 1n) === 0n ? undefined : frame(page) + (linear & 0xfff);
}
