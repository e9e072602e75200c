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
    `at cs:eip: ${instructionAt(machine, index, registers)}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** The instruction at CS:EIP, read through the page tables. */
function instructionAt(machine: Machine, index: number, registers: Registers): string {
  const mode = (registers.cs.attributes & CODE_32) !== 0 ? 32 : 16;
  const linear = machine.debug.linearIp(index);
  const bytes = machine.debug.read(linear, MAX_LENGTH, index);
  if (bytes.length === 0) return `(no memory at ${linear.toString(16)})`;
  const instruction = new Instruction();
  const length = new Decoder(mode).decode(bytes, 0, bytes.length, instruction);
  if (length === 0) return '(the instruction continues where there is no memory)';
  const dump = Array.from(bytes.subarray(0, length), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return `${dump}  ${formatInstruction(instruction, Number(registers.rip), mode)}`;
}
