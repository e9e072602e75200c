import type { Handler } from '@ringzero/x86-semantics';
import { expect, it } from 'vitest';
import { SEQUENCES } from '../scripts/sequences.ts';
import { EXIT } from '../src/blocks/links.ts';
import { executions, expectAlike, prepare, type Prepared } from './prepared-operations.ts';

const ROUNDS = 12;

/** The handler that the table gives to the first of the operations when they are a block. */
function fused({ execution, operations }: Prepared): Handler {
  const { vp } = execution;
  const before = operations.map((op) => op.h);
  execution.sequences.apply(operations, operations.length, vp.mode);
  const [first] = operations;
  const handler = first!.h;
  operations.forEach((op, i) => (op.h = before[i]!));
  return handler;
}

it.each(SEQUENCES.map((sequence) => [sequence]))('%s: one handler does what the handlers of its instructions do', (sequence) => {
  let completed = 0;
  for (let seed = 1; seed <= ROUNDS; seed++) {
    const [apart, together] = [prepare(executions[0], sequence, seed), prepare(executions[1], sequence, seed)];
    let op = apart.operations[0]!;
    do op = op.h(op);
    while (apart.operations.includes(op));
    const handler = fused(together);
    expect(handler).not.toBe(together.operations[0]!.h);
    const result = handler(together.operations[0]!);
    expectAlike(apart, op, together, result);
    if (op !== EXIT) completed++;
  }
  // Some rounds end at an operand in no memory, or at a computed target.
  expect(completed > 0 || /Ret|Call_Ev|Jmp_Ev/.test(sequence)).toBe(true);
});
