import { FORMS } from '@ringzero/x86';
import { expect, it } from 'vitest';
import { createSemanticsTable } from '../semantics/table.ts';
import { formatStatements } from './format.ts';
import { specialize } from './specialize.ts';

const table = createSemanticsTable();

it('writes an addition to memory', () => {
  const form = FORMS.find(({ name }) => name === 'Add_Ev_Gv')!;
  const { statements } = table.build(form, { operandSize: 32, isMemory: true })!;
  expect(formatStatements(statements).some((line) => line.includes('reg32'))).toBe(true);
  expect(formatStatements(specialize(statements, { reg: 3, rm: 0 }), { reg: 3, rm: 0 })).toMatchInlineSnapshot(`
    [
      "a0 = address operand:ea write 4",
      "t1 = loadForWrite32 [a0]",
      "store32 [a0] = (t1 + ebx) (checked)",
      "flags = add32(t1, ebx)",
    ]
  `);
});

it('writes every program, each statement on a line of its own', () => {
  for (const form of FORMS) {
    for (const operandSize of [16, 32] as const) {
      for (const isMemory of [false, true]) {
        const program = table.build(form, { operandSize, isMemory });
        for (const line of formatStatements(program?.statements ?? [])) expect(line, form.name).not.toMatch(/undefined|NaN|\[object|\n/);
      }
    }
  }
});
