import type { SemanticsTable } from '../ir/define.ts';
import { defineX87Control } from './x87-control.ts';
import { defineX87Memory } from './x87-memory.ts';
import { defineX87Register } from './x87-register.ts';

/** Every x87 instruction, FXSAVE and FXRSTOR. */
export function defineX87(table: SemanticsTable): void {
  defineX87Register(table);
  defineX87Memory(table);
  defineX87Control(table);
}
