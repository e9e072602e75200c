import type { Assembler } from '../assembler/assembler.ts';
import type { TestMachine } from '../machine/test-machine.ts';

/** Where the code of a program is loaded. */
export const CODE = 0x10000;
/** Where programs keep their data. */
export const DATA = 0x20000;
/** Top of the stack. */
export const STACK = 0x30000;
/** Top of the stack of a 16-bit program. */
export const STACK16 = 0x7000;
/** Programs write their results here, 32 bits each. */
export const RESULT_PORT = 0xe9;
/** The default handler of an exception writes its vector here and stops. */
export const UNEXPECTED_PORT = 0xee;

/** The machine that a guest runs on now; its backend may be swapped. */
export interface MachineSlot {
  machine: TestMachine;
}

/** Where an interrupt goes: a label of the program, and the privilege from which INT may call it. */
export type Gate = string | { readonly label: string; readonly dpl: 0 | 3 };

/** A guest of the suite: it computes, writes its results to `RESULT_PORT`, and halts with interrupts off. */
export interface TestProgram {
  readonly name: string;
  /** 16: real mode, loaded with CS = 1000h. 32: protected mode, flat segments, ring 0. */
  readonly bits: 16 | 32;
  /** Assembles the program. */
  assemble(): Assembler;
  /** Handlers by vector. Others end the program with the vector on `UNEXPECTED_PORT`. */
  readonly gates?: Readonly<Record<number, Gate>>;
  /** Puts data into memory, and devices and timers in place. */
  prepare?(slot: MachineSlot): void;
  /** What must have been written to `RESULT_PORT`, in order. */
  readonly results: readonly number[];
}
