import { SemanticsTable } from '../ir/define.ts';
import { defineAlu } from './alu.ts';
import { defineBit } from './bit.ts';
import { defineControl } from './control.ts';
import { defineFlagControl } from './flag-control.ts';
import { defineMove } from './move.ts';
import { defineMultiply } from './multiply.ts';
import { defineShift } from './shift.ts';
import { defineStack } from './stack.ts';

/** Every instruction whose meaning is IR. The others are helpers (system/table.ts, strings/). */
export function createSemanticsTable(): SemanticsTable {
  const table = new SemanticsTable();
  defineAlu(table);
  defineBit(table);
  defineControl(table);
  defineFlagControl(table);
  defineMove(table);
  defineMultiply(table);
  defineShift(table);
  defineStack(table);
  return table;
}
