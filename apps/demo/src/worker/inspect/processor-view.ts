import type { Machine } from '@ringzero/machine';
import type { Registers } from '@ringzero/processor';
import type { ProcessorView } from '../../protocol/inspection.ts';
import { hex } from './hex.ts';

const GENERAL = ['rax', 'rbx', 'rcx', 'rdx', 'rsi', 'rdi', 'rbp', 'rsp'] as const;
const SEGMENTS = ['cs', 'ss', 'ds', 'es', 'fs', 'gs', 'tr', 'ldtr'] as const;
const CONTROL = ['cr0', 'cr2', 'cr3', 'cr4'] as const;
/** Bits of EFLAGS (SDM vol. 1 §3.4.3). */
const FLAGS = { CF: 0, PF: 2, AF: 4, ZF: 6, SF: 7, TF: 8, IF: 9, DF: 10, OF: 11, VM: 17 } as const;
const CR0_PE = 1n;
const CR0_PG = 0x8000_0000n;
const CR4_PAE = 0x20n;
const CODE_32 = 0x4000;
const EFLAGS_VM = 0x2_0000n;

function describeMode({ cr0, cr4, cs, rflags }: Registers): string {
  if ((cr0 & CR0_PE) === 0n) return 'real mode';
  const width = (cs.attributes & CODE_32) !== 0 ? '32-bit' : '16-bit';
  const paging = (cr0 & CR0_PG) === 0n ? 'no paging' : (cr4 & CR4_PAE) !== 0n ? 'PAE paging' : '32-bit paging';
  return `${(rflags & EFLAGS_VM) !== 0n ? 'virtual-8086 mode' : `protected mode, ${width}, ring ${cs.selector & 3}`}, ${paging}`;
}

/** What the registers hold. */
export function viewProcessor(machine: Machine, index: number): ProcessorView {
  const processor = machine.processors[index];
  if (processor === undefined) throw new Error(`processor ${index}: the machine has ${machine.processors.length}`);
  const state = processor.accessState(0);
  const registers = state.get('registers');
  const { mpState } = state.get('activity');
  return {
    mode: `${mpState}, ${describeMode(registers)}`,
    general: [...GENERAL.map((name) => ({ name: name.replace('r', 'e'), value: hex(registers[name]) })), { name: 'eip', value: hex(registers.rip) }, { name: 'eflags', value: hex(registers.rflags) }],
    flags: Object.entries(FLAGS).map(([name, bit]) => ({ name, isSet: ((registers.rflags >> BigInt(bit)) & 1n) === 1n })),
    segments: SEGMENTS.map((name) => ({ name, selector: hex(registers[name].selector, 4), base: hex(registers[name].base), limit: hex(registers[name].limit) })),
    control: CONTROL.map((name) => ({ name, value: hex(registers[name]) })),
  };
}
