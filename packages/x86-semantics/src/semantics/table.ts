import { SemanticsTable } from '../ir/define.ts';
import { defineAlu } from './alu.ts';
import { defineBit } from './bit.ts';
import { defineControl } from './control.ts';
import { defineFlagControl } from './flag-control.ts';
import { defineMove } from './move.ts';
import { defineMultiply } from './multiply.ts';
import { defineShift } from './shift.ts';
import { defineSseControl } from './sse-control.ts';
import { defineSseConvert } from './sse-convert.ts';
import { defineSseFloat } from './sse-float.ts';
import { defineSseHorizontal } from './sse-horizontal.ts';
import { defineSseInteger } from './sse-integer.ts';
import { defineSseMove } from './sse-move.ts';
import { defineSsePacked } from './sse-packed.ts';
import { defineSseString } from './sse-string.ts';
import { defineStack } from './stack.ts';
import { defineX87 } from './x87.ts';
import { defineXsave } from './xsave.ts';

const FAMILIES: Readonly<Record<string, (table: SemanticsTable) => void>> = {
  alu: defineAlu,
  bit: defineBit,
  control: defineControl,
  'flag-control': defineFlagControl,
  move: defineMove,
  multiply: defineMultiply,
  shift: defineShift,
  stack: defineStack,
  'sse-control': defineSseControl,
  'sse-convert': defineSseConvert,
  'sse-float': defineSseFloat,
  'sse-horizontal': defineSseHorizontal,
  'sse-integer': defineSseInteger,
  'sse-move': defineSseMove,
  'sse-packed': defineSsePacked,
  'sse-string': defineSseString,
  x87: defineX87,
  xsave: defineXsave,
};

/** Families of instructions whose meaning is IR, with their forms. The others are helpers (helpers.ts). */
export const SEMANTICS_FAMILIES: readonly { readonly name: string; readonly forms: readonly string[] }[] = Object.entries(FAMILIES).map(([name, define]) => {
  const table = new SemanticsTable();
  define(table);
  return { name, forms: table.names() };
});

/** Every instruction whose meaning is IR, or those of some families. */
export function createSemanticsTable(isWanted: (family: string) => boolean = () => true): SemanticsTable {
  const table = new SemanticsTable();
  for (const [family, define] of Object.entries(FAMILIES)) if (isWanted(family)) define(table);
  return table;
}
