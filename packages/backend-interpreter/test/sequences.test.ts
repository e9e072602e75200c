import { createFlatVp } from '@ringzero/engine-tests';
import { FORM_IDS, FORMS } from '@ringzero/x86';
import { BUDGET, Operation, type Handler } from '@ringzero/x86-semantics';
import { expect, it } from 'vitest';
import { EXIT } from '../src/blocks/links.ts';
import { Execution } from '../src/engine/execution.ts';
import { SEQUENCES } from '../scripts/sequences.ts';

const RAM = 1 << 20;
const ROUNDS = 12;

/** Numbers below `bound`, the same in each run. */
function createRandom(seed: number): (bound: number) => number {
  let value = seed;
  return (bound) => {
    value = (Math.imul(value, 1_664_525) + 1_013_904_223) | 0;
    return (value >>> 8) % bound;
  };
}

const executions = [new Execution(createFlatVp()), new Execution(createFlatVp())] as const;
const state = executions[0].vp.R.slice();
const memory = executions[0].vp.memory.u8.map((_, i) => Math.imul(i + 1, 2_654_435_761) >>> 24);

/** The operations for one of the executions, in a state that depends on the seed alone. */
function prepare(execution: Execution, sequence: string, seed: number) {
  const random = createRandom(seed);
  const { vp, handlers } = execution;
  vp.R.set(state);
  vp.memory.u8.set(memory);
  for (let register = 0; register < 8; register++) vp.R[2 * register] = random(4) === 0 ? random(1 << 24) - (1 << 23) : random(RAM >> 1);
  vp.R[BUDGET] = 1000;
  const elements = sequence.split(' ').map((element) => element.split('.'));
  const end = new Operation(() => EXIT);
  const [taken, next] = [new Operation(() => EXIT), new Operation(() => EXIT)];
  taken.count = 3;
  next.count = 5;
  const operations = elements.map(([name, memory], i) => {
    const form = FORM_IDS[name as keyof typeof FORM_IDS];
    const operands: readonly string[] = FORMS[form]!.operands;
    const op = new Operation(handlers.find(form, 32, memory === 'm')!);
    op.form = form;
    op.isMemory = memory === 'm';
    op.regNumber = random(8);
    op.rmNumber = random(8);
    op.reg = handlers.isByteReg(form) ? (op.regNumber & 3) * 8 + (op.regNumber >> 2) : op.regNumber * 2;
    op.rm = handlers.isByteRm(form) ? (op.rmNumber & 3) * 8 + (op.rmNumber >> 2) : op.rmNumber * 2;
    op.base = random(8) * 2;
    if (random(3) === 0) op.index = random(8) * 2;
    op.scale = random(4);
    op.displacement = random(256) - 128;
    op.immediate = operands.some((code) => code.endsWith('b')) ? random(256) - 128 : random(1 << 24) - (1 << 23);
    op.nextIp = 0x1004 + 4 * i;
    op.length = 4;
    if (!op.isMemory) op.target = 0x2000;
    op.left = elements.length - i;
    return op;
  });
  operations.forEach((op, i) => {
    op.next = operations[i + 1] ?? (handlers.endsBlock(op.form) ? next : end);
    op.taken = taken;
  });
  return { execution, operations, places: [...operations, end, taken, next, EXIT] };
}

const bytesOf = ({ vp }: Execution): Uint8Array => new Uint8Array(vp.R.buffer, vp.R.byteOffset, vp.R.byteLength);

/** The handler that the table gives to the first of the operations when they are a block. */
function fused({ execution, operations }: ReturnType<typeof prepare>): Handler {
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
    expect(together.places.indexOf(result)).toBe(apart.places.indexOf(op));
    expect(Buffer.compare(bytesOf(together.execution), bytesOf(apart.execution))).toBe(0);
    expect(Buffer.compare(together.execution.vp.memory.u8, apart.execution.vp.memory.u8)).toBe(0);
    if (op !== EXIT) completed++;
  }
  // Some rounds end at an operand in no memory, or at a computed target.
  expect(completed > 0 || /Ret|Call_Ev|Jmp_Ev/.test(sequence)).toBe(true);
});
