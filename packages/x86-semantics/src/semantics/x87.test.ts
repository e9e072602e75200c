import { createStateViews } from '@ringzero/x86';
import { describe, expect, test } from 'vitest';
import { SemanticsTable } from '../ir/define.ts';
import type { Statement } from '../ir/nodes.ts';
import { Fpu } from '../x87/fpu.ts';
import { defineX87 } from './x87.ts';

const table = new SemanticsTable();
defineX87(table);
const fpu = new Fpu(createStateViews()) as unknown as Record<string, unknown>;

function everyStatement(statements: readonly Statement[]): Statement[] {
  return statements.flatMap((s) => (s.k === 'if' ? [s, ...everyStatement(s.then), ...everyStatement(s.otherwise)] : [s]));
}

function programOf(form: string, operandSize: 16 | 32 = 32): Statement[] {
  const program = table.build({ name: form, operands: [] }, { operandSize, isMemory: /_M/.test(form) });
  if (program === undefined) throw new Error(`no meaning for ${form}`);
  return everyStatement(program.statements);
}

describe('x87 rows', () => {
  test('call functions that the unit has, with as many arguments as they take', () => {
    const calls: string[] = [];
    for (const form of table.names()) {
      for (const s of programOf(form)) {
        if (s.k !== 'unit' || s.unit !== 'fpu') continue;
        calls.push(s.name);
        const target = fpu[s.name];
        expect(target, `${form}: ${s.name}`).toBeTypeOf('function');
        expect((target as { length: number }).length, `${form}: ${s.name}`).toBe(s.args.length);
      }
    }
    expect(new Set(calls).size).toBeGreaterThan(50);
  });

  test('first ask whether the unit may be used', () => {
    const first = table.names().map((form) => programOf(form)[0]!.k);
    expect(new Set(first)).toEqual(new Set(['require']));
  });

  test('stores change the unit only after memory took the value', () => {
    const kinds = programOf('Fstp_Mq').map((s) => (s.k === 'unit' ? s.name : s.k));
    expect(kinds).toEqual([
      'require', 'address', 'let', 'let', 'let', 'let', 'let',
      'if', 'let', 'let', 'let', 'let', 'storePair', 'setLane', 'setLane', 'setTop',
      'prepareStoreDouble', 'if', 'storeBlock', 'probe', 'commitStore', 'pointers',
    ]);
  });

  test('state images have the size that the operand size gives', () => {
    const sizes = (form: string, operandSize: 16 | 32): number[] =>
      programOf(form, operandSize).flatMap((s) => (s.k === 'storeBlock' || s.k === 'loadBlock' ? [s.size] : []));
    expect(sizes('Fnstenv_M', 16)).toEqual([14]);
    expect(sizes('Fnstenv_M', 32)).toEqual([28]);
    expect(sizes('Fnsave_M', 16)).toEqual([94]);
    expect(sizes('Frstor_M', 32)).toEqual([108]);
    expect(sizes('Fxsave_M', 32)).toEqual([128, 128, 32]);
  });
});
