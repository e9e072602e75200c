import { setFlagsFromString } from 'node:v8';
import { createFlatVp } from '@ringzero/engine-tests';
import { FS, GS } from '@ringzero/x86';
import { Operation, SEG_BASE, SEG_READ_LIMIT, SEG_WRITE_LIMIT } from '@ringzero/x86-semantics';
import { afterEach, expect, it, vi } from 'vitest';
import { EXIT } from '../src/blocks/links.ts';
import { Execution } from '../src/engine/execution.ts';
import { OPERAND_CASES, SWITCH_CASES, SWITCH_PAIRS } from '../src/generated/dispatch-switch.ts';
import { ROW } from '../src/blocks/row-layout.ts';
import { SwitchTable } from '../src/handlers/switch-table.ts';
import { executions, expectAlike, prepare, type Prepared } from './prepared-operations.ts';

const ROUNDS = 40;
/** Requests after which the switch looks at the clock. */
const REQUESTS = 64;
const INSTRUCTIONS = SWITCH_CASES.filter((name) => !/^(gate|fallThrough|exit)/.test(name));

afterEach(() => void vi.restoreAllMocks());

/** Executes an instruction by its handler and by its case, and compares. Returns how often the case did not leave it to the handler. */
function compare(element: string, change: (prepared: Prepared) => void = () => undefined): number {
  const table = new SwitchTable(executions[1].handlers, executions[1].transfers.fallThrough);
  let inside = 0;
  for (let seed = 1; seed <= ROUNDS; seed++) {
    const [handled, switched] = [prepare(executions[0], element, seed), prepare(executions[1], element, seed)];
    change(handled);
    change(switched);
    const [first] = handled.operations;
    const [op] = switched.operations;
    const next = first!.h(first!);
    table.apply(switched.operations, switched.execution.vp.mode);
    for (const each of switched.places) if (each !== EXIT) switched.execution.store.rows.write(each);
    expect(op!.switchCase).toBe(SWITCH_CASES.indexOf(element) + 1);
    const { h } = op!;
    let isInside = true;
    op!.h = (self) => {
      isInside = false;
      return h(self);
    };
    const result = switched.execution.switchLoop.dispatch.run(op!, 1);
    // Behind a case that does not transfer control dispatch goes on: what follows here only ends it.
    expectAlike(handled, isInside && next === handled.places[1] ? EXIT : next, switched, result);
    if (isInside) inside++;
  }
  return inside;
}

it.each(INSTRUCTIONS.map((element) => [element]))('%s: its case does what its handler does', (element) => {
  expect(compare(element)).toBeGreaterThan(0);
});

it.each(OPERAND_CASES.map((number) => [SWITCH_CASES[number - 1]!]))('%s: so it does in FS and GS, where they end only with the address space', (element) => {
  for (const segment of [FS, GS]) {
    const within = (limit: number) => ({ execution, operations }: Prepared): void => {
      const { F, R } = execution.vp;
      R[SEG_BASE + 2 * segment] = 0x3210;
      F[SEG_READ_LIMIT + segment] = F[SEG_WRITE_LIMIT + segment] = limit;
      for (const op of operations) op.segment = op.checkedSegment = segment;
    };
    expect(compare(element, within(0xffff_ffff))).toBeGreaterThan(0);
    expect(compare(element, within(0xffff_fffe))).toBe(0);
    expect(compare(element, within(0x4_0000))).toBe(0);
  }
});

it('has no case for LEA in FS, which adds no base', () => {
  const { operations, execution } = prepare(executions[1], 'Lea_Gv_M.m', 1);
  operations[0]!.segment = operations[0]!.checkedSegment = FS;
  new SwitchTable(execution.handlers, execution.transfers.fallThrough).apply(operations, execution.vp.mode);
  expect(operations[0]!.switchCase).toBe(0);
});

it.each(SWITCH_PAIRS.map((pair) => [pair]))('%s: one case does what their handlers do', (pair) => {
  const table = new SwitchTable(executions[1].handlers, executions[1].transfers.fallThrough);
  let inside = 0;
  for (let seed = 1; seed <= ROUNDS; seed++) {
    const [handled, switched] = [prepare(executions[0], pair, seed), prepare(executions[1], pair, seed)];
    const [first] = handled.operations;
    const second = first!.h(first!);
    // Where the first could not complete there is no second.
    const next = second === handled.operations[1] ? second.h(second) : second;
    table.apply(switched.operations, switched.execution.vp.mode);
    const { rows } = switched.execution.store;
    for (const each of switched.places) if (each !== EXIT) rows.write(each);
    const [op] = switched.operations;
    expect(rows.table[op!.row + ROW.case]).toBe(SWITCH_CASES.length + 1 + SWITCH_PAIRS.indexOf(pair));
    let isInside = true;
    for (const each of switched.operations) {
      const { h } = each;
      each.h = (self) => {
        isInside = false;
        return h(self);
      };
    }
    let result = switched.execution.switchLoop.dispatch.run(op!, 1);
    // What the first was left to goes on with the second.
    if (result === switched.operations[1]) result = switched.execution.switchLoop.dispatch.run(result, 1);
    expectAlike(handled, next === handled.places[2] && result === EXIT ? EXIT : next, switched, result);
    if (isInside) inside++;
  }
  expect(inside).toBeGreaterThan(0);
});

it('is a function that V8 optimises, whatever is added to it', () => {
  setFlagsFromString('--allow-natives-syntax');
  const natives = (text: string): ((run: unknown) => number) => new Function('run', text) as (run: unknown) => number;
  const execution = new Execution(createFlatVp());
  const { run } = execution.switchLoop.dispatch;
  const end = new Operation(() => EXIT);
  natives('%PrepareFunctionForOptimization(run)')(run);
  run(end, 1);
  natives('%OptimizeFunctionOnNextCall(run)')(run);
  run(end, 1);
  // Bit 4 of the status: optimised.
  expect(natives('return %GetOptimizationStatus(run) & 16')(run)).toBe(16);
});

it('counts ways out of compiled code in small integers, whatever they begin with', () => {
  const { switchLoop, transfers } = new Execution(createFlatVp());
  const last = new Operation(transfers.fallThrough);
  last.taken = last.next = new Operation(() => EXIT);
  for (const name of ['exitTaken', 'exitNext', 'exitComputed']) {
    const op = new Operation(() => EXIT);
    op.switchCase = SWITCH_CASES.indexOf(name) + 1;
    op.taken = last;
    op.immediate = op.addressMask = 0x7fff_fffe;
    if (name !== 'exitComputed') op.immediate--;
    else op.addressMask = -1;
    for (let times = 0; times < 2; times++) switchLoop.dispatch.run(op, 1);
    // One more than a small integer would make the field a pointer to a number in every operation (ADR 22).
    expect(op.immediate | 0).toBe(op.immediate);
    expect(op.immediate).not.toBe(0x7fff_fffe - (name === 'exitComputed' ? 0 : 1));
  }
});

it('is rehearsed ever more rarely where it does not become fast', () => {
  const { switchLoop } = new Execution(createFlatVp());
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => (now += 1));
  for (let times = 0; times < 20_000; times++) {
    for (let request = 0; request < REQUESTS; request++) switchLoop.isFast();
    now += 20;
  }
  // Seven minutes, in which a chain took a millisecond.
  expect(switchLoop.rehearsals).toBeGreaterThan(80);
  expect(switchLoop.rehearsals).toBeLessThan(110);
});

it('is used while it is fast, and its rehearsals leave no trace', () => {
  const vp = createFlatVp();
  const execution = new Execution(vp);
  // mov byte [9000h], 1 where a rehearsal's made-up RET finds code of the guest's, which must not run.
  vp.memory.u8.set([0xc6, 0x05, 0, 0x90, 0, 0, 1]);
  expect(execution.transfers.find(0, vp.mode)).toBeDefined();
  for (let page = 0; page < 256; page++) vp.tlb.read[page] = vp.tlb.write[page] = 0;
  const copies = (): Uint8Array[] => [vp.memory.u8, new Uint8Array(vp.R.buffer), new Uint8Array(vp.tlb.read.buffer), new Uint8Array(vp.tlb.write.buffer)].map((bytes) => bytes.slice());
  const before = copies();
  /** Milliseconds that pass at each look at the clock. */
  let step = 1000;
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => (now += step));
  const { switchLoop } = execution;
  const ask = (): boolean => Array.from({ length: REQUESTS }, () => switchLoop.isFast()).pop()!;
  // At first it has only looked at the clock. Then the cases take long, then next to no time, then a time that the clock cannot tell, then long again.
  expect([ask(), ask()]).toEqual([false, false]);
  expect(switchLoop.rehearsals).toBe(1);
  for (const [passes, expected] of [[0.001, true], [0, false], [0.001, true], [1000, false]] as const) {
    now += 10_000;
    step = passes;
    expect(ask()).toBe(expected);
  }
  expect(switchLoop.rehearsals).toBe(5);
  copies().forEach((bytes, i) => expect(Buffer.compare(bytes, before[i]!)).toBe(0));
});
