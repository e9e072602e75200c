import { enterEnvironment, TestMachine } from '@ringzero/conformance';
import { createInterpreterHypervisor } from '@ringzero/backend-interpreter';
import { RAM_BYTES } from './layout.ts';
import { protectedHandlers, realHandlers } from './handlers.ts';
import { writeDescriptors } from './descriptors.ts';
import { writePageTables } from './page-tables.ts';
import type { SegmentRegister, Registers } from '@ringzero/processor';
import { GDT, GDT_LIMIT, KERNEL_CODE16, PAE_POINTERS, PAGE_DIRECTORY, SLOTS, STACK, USER_CODE16 } from './layout.ts';
import type { Vp } from '@ringzero/x86-semantics';

/** Where a program runs: privilege, mode, sizes and paging. */
export const KINDS = ['user', 'kernel', 'flat', 'pae', 'code16', 'user16', 'virtual8086', 'real'] as const;
export type Kind = (typeof KINDS)[number];

/** Memory and processor state that every program of a kind begins with. */
export interface Surroundings {
  readonly kind: Kind;
  /** Size of its code. */
  readonly bits: 16 | 32;
  readonly isUser: boolean;
  readonly memory: Buffer;
  readonly state: Uint8Array;
}

const KERNEL_CODE = 0x08;
const KERNEL_DATA = 0x10;
const USER_CODE = 0x1b;
const USER_DATA = 0x23;
const FLAT_LIMIT = 0xffff_ffff;
const CR0 = { pe: 1n, mp: 2n, et: 0x10n, ne: 0x20n, wp: 0x1_0000n, pg: 0x8000_0000n };
/** PSE, PGE, OSFXSR, OSXMMEXCPT. */
const CR4 = 0x690n;
const CR4_PAE = 0x20n;
const CR4_VME = 1n;
const EFLAGS_VM = 0x2_0000n;
const EFLAGS_IF = 0x200n;

function segment(selector: number, attributes: number, limit: number = FLAT_LIMIT, base: number = 0): SegmentRegister {
  return { base: BigInt(base), limit, selector, attributes };
}

function registersOf(kind: Kind): Partial<Registers> {
  const isUser = kind === 'user' || kind === 'user16' || kind === 'virtual8086';
  const common = { rip: BigInt(SLOTS), rsp: BigInt(STACK), rflags: 2n | (isUser ? EFLAGS_IF : 0n) };
  if (kind === 'real' || kind === 'virtual8086') {
    const attributes = kind === 'real' ? 0x93 : 0xf3;
    const data = segment(0, attributes, 0xffff);
    const segments = { cs: segment(0, kind === 'real' ? 0x9b : 0xf3, 0xffff), ds: data, es: data, fs: data, gs: data, ss: data };
    if (kind === 'real') return { ...common, ...segments, cr0: CR0.et };
    return { ...common, ...segments, rflags: common.rflags | EFLAGS_VM, cr0: CR0.pe | CR0.ne | CR0.et | CR0.pg | CR0.wp, cr3: BigInt(PAGE_DIRECTORY), cr4: CR4 | CR4_VME };
  }
  const data = isUser ? segment(USER_DATA, 0xc0f3) : segment(KERNEL_DATA, 0xc093);
  const code =
    kind === 'user' ? segment(USER_CODE, 0xc0fb) : kind === 'user16' ? segment(USER_CODE16, 0xfb, 0xffff) : kind === 'code16' ? segment(KERNEL_CODE16, 0x9b, 0xffff) : segment(KERNEL_CODE, 0xc09b);
  const isPaged = kind !== 'flat' && kind !== 'code16';
  const isPae = kind === 'pae';
  return {
    ...common,
    cs: code,
    ds: data,
    es: data,
    fs: data,
    gs: data,
    ss: data,
    cr0: CR0.pe | CR0.ne | CR0.et | CR0.mp | (isPaged ? CR0.pg | CR0.wp : 0n),
    cr3: BigInt(isPae ? PAE_POINTERS : PAGE_DIRECTORY),
    cr4: isPae ? CR4 | CR4_PAE : CR4,
    efer: isPae ? 0x800n : 0n,
  };
}

function build(kind: Kind): Surroundings {
  const machine = new TestMachine(createInterpreterHypervisor(), { ramBytes: RAM_BYTES });
  if (kind === 'real') {
    const { code, gates } = realHandlers();
    enterEnvironment(machine, 16, code, gates);
  } else {
    const { code, gates } = protectedHandlers();
    enterEnvironment(machine, 32, code, gates);
    writeDescriptors(machine.memory);
    writePageTables(machine.memory);
    // LTR, by the guest itself: the task register needs its descriptor's base.
    machine.setRegisters({ gdtr: { base: BigInt(GDT), limit: GDT_LIMIT }, tr: { base: 0x2000n, limit: 0x67, selector: 0x28, attributes: 0x8b } });
  }
  machine.setRegisters(registersOf(kind));
  const { cpu } = machine.processor as unknown as { readonly cpu: Vp };
  const memory = Buffer.alloc(RAM_BYTES);
  memory.set(machine.memory.readBytes(0, RAM_BYTES));
  return { kind, bits: kind === 'user' || kind === 'kernel' || kind === 'flat' || kind === 'pae' ? 32 : 16, isUser: cpu.cpl === 3, memory, state: cpu.B.slice() };
}

/** Every kind's surroundings, built once. */
export function buildSurroundings(): ReadonlyMap<Kind, Surroundings> {
  return new Map(KINDS.map((kind) => [kind, build(kind)]));
}

