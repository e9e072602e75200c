import { Assembler } from '../assembler/assembler.ts';
import { eax, ebx, ecx } from '../assembler/operands.ts';
import { CODE } from './program.ts';

/*
 * Programs for the part of the suite that a backend of a page can pass. They use, with 32-bit operands and no memory
 * operand: MOV register, immediate (B8+r) · ADD register, imm8 (83 /0) · JMP rel32 (E9) · IN and OUT imm8 (E5, E7) · HLT,
 * CLI, NOP.
 */

/** Ports of the programs below. */
export const IN_PORT = 0x50;
export const OUT_PORT = 0x51;

/** Adds up, writes, halts. Six instructions until HLT is done. */
export function addAndHalt(): Assembler {
  return new Assembler(32, CODE).mov(eax, 40).alu('add', eax, 2).mov(ebx, 7).out(OUT_PORT, eax).op('cli', 'hlt');
}

/** EAX counts for ever, one in two instructions. */
export function countForever(): Assembler {
  return new Assembler(32, CODE).label('loop').alu('add', eax, 1).jmp('loop');
}

/** Writes once, then counts in EAX for ever. */
export function writeThenCount(): Assembler {
  return new Assembler(32, CODE).out(OUT_PORT, eax).label('loop').alu('add', eax, 1).jmp('loop');
}

/** Reads, writes what was read, and counts the rounds in ECX: eight of them, then HLT. */
export function echo(): Assembler {
  const a = new Assembler(32, CODE);
  for (let i = 0; i < 8; i++) a.in(eax, IN_PORT).out(OUT_PORT, eax).alu('add', ecx, 1);
  return a.op('cli', 'hlt');
}

/** Halts at once. */
export function haltAtOnce(): Assembler {
  return new Assembler(32, CODE).op('cli', 'hlt');
}
