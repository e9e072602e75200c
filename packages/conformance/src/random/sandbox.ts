import type { Registers } from '@ringzero/processor';
import { Assembler } from '../assembler/assembler.ts';
import { ax, bp, cr0, cr3, cr4, ds, dword, eax, ebx, es, esp, fs, gs, sp, ss, word } from '../assembler/operands.ts';
import type { TestMachine } from '../machine/test-machine.ts';
import { enterEnvironment, KERNEL_DATA, TASK, USER_CODE, USER_DATA } from '../programs/environment.ts';
import type { Gate } from '../programs/program.ts';
import { CODE, DATA } from '../programs/program.ts';
import { randomInstruction } from './instruction-stream.ts';
import { Random } from './prng.ts';

/** A program is so many slots of a few random instructions each. */
const SLOTS = 96;
const SLOT_BYTES = 32;
/** Exceptions that push an error code (SDM vol. 3A table 6-1). */
const WITH_ERROR_CODE = [8, 10, 11, 12, 13, 14, 17];
const USER_STACK = DATA + 0x1800;
const DATA_BYTES = 0x1000;
const PAGE_DIRECTORY = 0x40000;
const PAGE_TABLE = 0x41000;

/** Which surroundings a random program runs in. */
export type SandboxKind = 'user' | 'kernel' | 'real';

/**
 * Loads a random program. A fault goes on with the next slot, so that one bad instruction does not end the program. When the last slot is done the program halts.
 *
 * - `user`: 32-bit code in ring 3, with paging, over a few pages of its own; every seventh with alignment checks.
 * - `kernel`: 32-bit code in ring 0, without paging, with all its privileges.
 * - `real`: 16-bit real-mode code with all its privileges.
 */
export function loadRandomProgram(machine: TestMachine, kind: SandboxKind, seed: number): void {
  const random = new Random(seed);
  machine.memory.writeBytes(0, new Uint8Array(0x60000));
  const data = Uint8Array.from({ length: DATA_BYTES }, () => (random.oneIn(3) ? random.pick([0, 0xff, 0x80, 0x7f, 0x3f]) : random.byte()));
  if (kind === 'user') loadUser(machine, random, seed);
  else if (kind === 'kernel') loadKernel(machine, random);
  else loadReal(machine, random);
  machine.memory.writeBytes(DATA, data);
}

function slots(a: Assembler, random: Random, bits: 16 | 32, data: number): Assembler {
  a.align(SLOT_BYTES).label('slots');
  for (let i = 0; i < SLOTS; i++) {
    const bytes: number[] = [];
    for (let left = 1 + random.below(4); left > 0; left--) {
      const next = randomInstruction(random, { bits, data, bytes: DATA_BYTES });
      if (bytes.length + next.length <= SLOT_BYTES - 2) bytes.push(...next);
    }
    // What is left is jumped over.
    if (bytes.length < SLOT_BYTES - 2) bytes.push(0xeb, SLOT_BYTES - 2 - bytes.length);
    a.db(...bytes).fill(SLOT_BYTES - bytes.length, 0x90);
  }
  return a.label('end');
}

function loadUser(machine: TestMachine, random: Random, seed: number): void {
  const a = new Assembler(32, CODE);
  const alignmentChecks = seed % 7 === 0 ? 0x40000 : 0;
  a.mov(ax, TASK).ltr(ax).mov(eax, PAGE_DIRECTORY).mov(cr3, eax).mov(eax, 0x600).mov(cr4, eax);
  a.mov(eax, cr0).alu('or', eax, 0x8001_0022 | alignmentChecks | 0).mov(cr0, eax);
  a.mov(ax, USER_DATA).mov(ds, ax).mov(es, ax).mov(fs, ax).mov(gs, ax);
  a.push(USER_DATA).push(USER_STACK).push(alignmentChecks | 2).push(USER_CODE).push('slots').op('iret');
  const gates: Record<number, Gate> = {};
  for (let vector = 0; vector < 32; vector++) {
    gates[vector] = { label: WITH_ERROR_CODE.includes(vector) ? 'withError' : 'fault', dpl: vector === 3 || vector === 4 ? 3 : 0 };
  }
  a.label('withError').alu('add', esp, 4);
  // EIP, CS, EFLAGS, ESP, SS are on the stack of ring 0.
  a.label('fault').push(eax).mov(eax, USER_DATA).mov(ds, ax).mov(es, ax);
  a.mov(eax, dword({ base: esp, displacement: 4 })).alu('and', eax, -SLOT_BYTES).alu('add', eax, SLOT_BYTES);
  a.alu('cmp', eax, 'end').j('ae', 'finish').alu('cmp', eax, 'slots').j('b', 'finish');
  a.mov(dword({ base: esp, displacement: 4 }), eax).mov(dword({ base: esp, displacement: 16 }), USER_STACK);
  a.alu('and', dword({ base: esp, displacement: 12 }), 0x4_0cd7).pop(eax).op('iret');
  a.label('finish').mov(ax, KERNEL_DATA).mov(ds, ax).op('cli', 'hlt').jmp('finish');
  slots(a, random, 32, DATA).op('ud2');
  enterEnvironment(machine, 32, a, gates);
  writePageTables(machine);
  machine.setRegisters(randomRegisters(random, DATA));
}

function loadKernel(machine: TestMachine, random: Random): void {
  const a = new Assembler(32, CODE);
  a.mov(eax, 0x600).mov(cr4, eax).jmp('slots');
  const gates: Record<number, Gate> = {};
  for (let vector = 0; vector < 256; vector++) gates[vector] = WITH_ERROR_CODE.includes(vector) ? 'withError' : 'fault';
  a.label('withError').alu('add', esp, 4);
  // The stack may be anywhere: what is read from it is taken for an address only if it is one of the slots'.
  a.label('fault').pop(ebx).mov(ax, KERNEL_DATA).mov(ss, ax).mov(ds, ax).mov(es, ax).mov(esp, USER_STACK);
  a.alu('and', ebx, -SLOT_BYTES).alu('add', ebx, SLOT_BYTES).alu('cmp', ebx, 'end').j('ae', 'finish').alu('cmp', ebx, 'slots').j('b', 'finish');
  a.push(2).op('popf').jmp(ebx).label('finish').op('cli', 'hlt').jmp('finish');
  slots(a, random, 32, DATA).op('cli', 'hlt');
  enterEnvironment(machine, 32, a, gates);
  machine.setRegisters({ ...randomRegisters(random, DATA), rsp: BigInt(USER_STACK) });
}

/** Ring 3 owns its code and data pages; the pages before and behind the data are absent, and one is read-only. */
function writePageTables(machine: TestMachine): void {
  const tables = new Assembler(32, PAGE_DIRECTORY).dd(PAGE_TABLE | 7).fill(0xffc);
  for (let page = 0; page < 256; page++) {
    const address = page << 12;
    const isUser = address >= CODE && address < DATA + 0x2000;
    const isAbsent = address === DATA - 0x1000 || address === DATA + 0x3000;
    tables.dd(isAbsent ? 0 : address | (address === DATA + 0x2000 ? 5 : isUser ? 7 : 3));
  }
  tables.fill(0x1000 - 256 * 4);
  machine.memory.writeBytes(PAGE_DIRECTORY, tables.bytes());
}

function loadReal(machine: TestMachine, random: Random): void {
  // The code segment is also the data segment: its upper half is data.
  const a = new Assembler(16, CODE);
  a.short('jmp', 'start');
  a.label('fault').push(bp).mov(bp, sp).alu('and', word({ base: bp, displacement: 2 }), -SLOT_BYTES).alu('add', word({ base: bp, displacement: 2 }), SLOT_BYTES).pop(bp).op('iret');
  a.label('start').farJmp(CODE >> 4, 'slots', 2);
  slots(a, random, 16, 0x8000).op('cli', 'hlt');
  const gates: Record<number, Gate> = {};
  for (let vector = 0; vector < 256; vector++) gates[vector] = 'fault';
  enterEnvironment(machine, 16, a, gates);
  machine.memory.writeBytes(CODE + 0x8000, Uint8Array.from({ length: DATA_BYTES }, () => random.byte()));
  machine.setRegisters(randomRegisters(random, 0x8000));
}

/** Values that make operands interesting: pointers into the data, small counts, borders, and anything. */
function randomRegisters(random: Random, data: number): Partial<Registers> {
  const value = (): bigint => {
    switch (random.below(4)) {
      case 0:
        return BigInt(random.below(40));
      case 1:
        return BigInt(random.bits());
      case 2:
        return BigInt(random.pick([0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff]));
      default:
        return BigInt(data + random.below(DATA_BYTES));
    }
  };
  const rax = value();
  return { rax, rcx: BigInt(random.below(24)), rdx: value(), rbx: value(), rbp: value(), rsi: BigInt(data + random.below(DATA_BYTES)), rdi: BigInt(data + random.below(DATA_BYTES)) };
}
