import { createFlatVp } from '@ringzero/engine-tests';
import { BUDGET, RIP, STATUS_ALONE } from '@ringzero/x86-semantics';
import { expect, it } from 'vitest';
import { Execution } from '../src/engine/execution.ts';

const CODE = 0x5000;
const INC_EAX = 0x40;
const LENGTH = 600;
const CAPACITY = 10_000;

/** Straight-line code that begins again at its end. */
function createLine(): Execution {
  const execution = new Execution(createFlatVp());
  const { R, memory } = execution.vp;
  memory.u8.fill(INC_EAX, CODE, CODE + LENGTH);
  memory.u8.set([0xe9, ...distance(-LENGTH - 5)], CODE + LENGTH);
  R[RIP] = CODE;
  return execution;
}

function distance(bytes: number): number[] {
  return [bytes, bytes >> 8, bytes >> 16, bytes >> 24].map((byte) => byte & 255);
}

function execute(execution: Execution, instructions: number): void {
  const { vp } = execution;
  vp.setBudget(instructions);
  while (vp.R[BUDGET]! > 0) if (execution.run() === STATUS_ALONE) execution.runAlone();
}

it('decodes straight-line code a few times at most, wherever budgets end in it', () => {
  const execution = createLine();
  // Each of its instructions is the last of some budget.
  for (let i = 0; i < LENGTH; i++) execute(execution, 101);
  expect(execution.vp.R[0]).toBe(LENGTH * 101 - Math.floor((LENGTH * 101) / (LENGTH + 1)));
  const alone = 2 * (LENGTH + 1);
  expect(execution.cache.operations).toBeLessThan(alone + 20 * LENGTH);
});

it('decodes the last instructions of a budget for themselves alone', () => {
  const execution = createLine();
  execute(execution, 40);
  // The block that the budget is short of, and forty instructions.
  expect(execution.builder.decoded).toBe(41);
  expect(execution.vp.R[0]).toBe(40);
});

it('decodes no more than what leads to decoded code, where straight-line code is entered elsewhere', () => {
  const execution = createLine();
  execute(execution, LENGTH + 1);
  const before = execution.cache.operations;
  const places = [1, 50, 120, 333];
  for (const at of places) {
    execution.vp.R[RIP] = CODE + at;
    execute(execution, LENGTH + 1);
    expect(execution.vp.R[RIP]).toBe(CODE + at);
  }
  // A block, and at the budget's end another and its instructions by themselves; not all of the code.
  expect(execution.cache.operations - before).toBeLessThan(places.length * 4 * 49);
});

it('ends a budget at the block that it is short of, where it need not be used up', () => {
  const execution = createLine();
  const { R } = execution.vp;
  execution.endsAtBlocks = true;
  execution.vp.setBudget(100);
  while (!execution.isShort) execution.run();
  expect([R[RIP], R[BUDGET], execution.alone]).toEqual([CODE + 96, 4, 0]);
  expect(execution.builder.decoded).toBe(3);
  // Something is executed of each budget.
  execution.vp.setBudget(4);
  execution.isShort = false;
  expect(execution.run()).toBe(STATUS_ALONE);
  execution.runAlone();
  expect([R[RIP], R[BUDGET], execution.isShort]).toEqual([CODE + 97, 3, false]);
});

/** Executes a loop at the page's begin, so that its code is decoded. */
function visit(execution: Execution, page: number): void {
  execution.vp.R[RIP] = page << 12;
  execute(execution, 5000);
}

const FIRST = 0x10;
const PAGES = 40;

/** More code than is kept: in each page straight-line code that begins again at its end. */
function createPages(): Execution {
  const execution = new Execution(createFlatVp(), CAPACITY);
  const { memory } = execution.vp;
  for (let page = FIRST; page < FIRST + PAGES; page++) {
    memory.u8.fill(INC_EAX, page << 12, (page + 1) << 12);
    memory.u8.set([0xe9, ...distance(-4000)], (page << 12) + 3995);
  }
  return execution;
}

it('keeps a page that was seen to be executed, while others make room for new ones', () => {
  const execution = createPages();
  const { cache, vp } = execution;
  visit(execution, FIRST);
  const kept = cache.get(FIRST << 12, FIRST << 12, vp.mode);
  visit(execution, FIRST + 1);
  const left = cache.get((FIRST + 1) << 12, (FIRST + 1) << 12, vp.mode);
  for (let page = FIRST + 2; page < FIRST + PAGES; page++) {
    kept!.seenAt = cache.age;
    visit(execution, page);
  }
  expect(cache.evictions).toBeGreaterThan(0);
  expect([kept!.isValid, left!.isValid]).toEqual([true, false]);
});

it('makes room where all pages were seen to be executed', () => {
  const execution = createPages();
  const { cache, vp } = execution;
  for (let page = FIRST; page < FIRST + PAGES; page++) {
    visit(execution, page);
    const block = cache.get(page << 12, page << 12, vp.mode);
    // For all ages to come.
    block!.seenAt = cache.age;
    for (let earlier = FIRST; earlier < page; earlier++) {
      const other = cache.get(earlier << 12, earlier << 12, vp.mode);
      if (other !== undefined) other.seenAt = cache.age;
    }
    expect(cache.operations).toBeLessThanOrEqual(CAPACITY + 100);
  }
  expect(cache.evictions).toBeGreaterThan(0);
});
