import { createFlatVp } from '@ringzero/engine-tests';
import { FORM_IDS, FORMS } from '@ringzero/x86';
import { BUDGET, FLAG_A, FLAG_B, FLAG_KIND, FLAG_KINDS, Operation } from '@ringzero/x86-semantics';
import { expect } from 'vitest';
import { EXIT } from '../src/blocks/links.ts';
import { Execution } from '../src/engine/execution.ts';

const RAM = 1 << 20;

/** Numbers below `bound`, the same in each run. */
function createRandom(seed: number): (bound: number) => number {
  let value = seed;
  return (bound) => {
    value = (Math.imul(value, 1_664_525) + 1_013_904_223) | 0;
    return (value >>> 8) % bound;
  };
}

/** Two of the same kind, to do the same in two ways. */
export const executions = [new Execution(createFlatVp()), new Execution(createFlatVp())] as const;
/** Operations that are prepared, and what may follow them: those have rows. */
const slots = new Map(executions.map((execution) => [execution, execution.store.apart(20)]));
const state = executions[0].vp.R.slice();
const memory = executions[0].vp.memory.u8.map((_, i) => Math.imul(i + 1, 2_654_435_761) >>> 24);

/** Operations of one of the executions, what may follow them, and the execution in a state that depends on the seed alone. */
export interface Prepared {
  readonly execution: Execution;
  readonly operations: readonly Operation[];
  readonly places: readonly Operation[];
}

/** Operations for `sequence`, forms of 32-bit instructions, `.m` where the ModRM operand is in memory. */
export function prepare(execution: Execution, sequence: string, seed: number): Prepared {
  const random = createRandom(seed);
  const { vp, handlers } = execution;
  vp.R.set(state);
  vp.memory.u8.set(memory);
  for (let register = 0; register < 8; register++) vp.R[2 * register] = random(4) === 0 ? random(1 << 24) - (1 << 23) : random(RAM >> 1);
  vp.R[BUDGET] = 1000;
  const elements = sequence.split(' ').map((element) => element.split('.'));
  const slot = slots.get(execution) ?? [];
  const place = (number: number, op: Operation): Operation => {
    slot[number]!.become(op);
    return slot[number]!;
  };
  const [end, taken, next] = [0, 1, 2].map((number) => place(elements.length + number, new Operation(() => EXIT))) as [Operation, Operation, Operation];
  taken.count = 3;
  next.count = 5;
  const operations = elements.map(([name, memory], i) => {
    const form = FORM_IDS[name as keyof typeof FORM_IDS];
    const operands: readonly string[] = FORMS[form]!.operands;
    const op = place(i, new Operation(handlers.find(form, 32, memory === 'm')!));
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
  const kinds = Object.values(FLAG_KINDS);
  vp.R[FLAG_KIND] = kinds[random(kinds.length)]! | 2;
  vp.R[FLAG_A] = random(3) - 1;
  vp.R[FLAG_B] = random(3) - 1;
  return { execution, operations, places: [...operations, end, taken, next, EXIT] };
}

/** Expects the same state and memory of both, and that they go on at the same place. */
export function expectAlike(one: Prepared, to: Operation, other: Prepared, otherTo: Operation): void {
  expect(other.places.indexOf(otherTo)).toBe(one.places.indexOf(to));
  expect(Buffer.compare(bytesOf(other.execution), bytesOf(one.execution))).toBe(0);
  expect(Buffer.compare(other.execution.vp.memory.u8, one.execution.vp.memory.u8)).toBe(0);
}

const bytesOf = ({ vp }: Execution): Uint8Array => new Uint8Array(vp.R.buffer, vp.R.byteOffset, vp.R.byteLength);
