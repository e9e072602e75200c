import { createFlatVp } from '@ringzero/engine-tests';
import { Execution, type Block } from '@ringzero/backend-interpreter/engine';
import { BUDGET, RIP } from '@ringzero/x86-semantics';
import { beforeEach, describe, expect, it } from 'vitest';
import { countEdge, outcomesOf } from '../src/region/outcomes.ts';

const CODE = 0x1000;
const JUMP = 0;
const RETURN = 2;
/** Where the targets begin: single INC EAX with a jump behind, 4 bytes each. */
const TARGETS = 16;

let execution: Execution;
const blockAt = (offset: number): Block => execution.transfers.find(CODE + offset, execution.vp.mode)!;
const target = (n: number): Block => blockAt(TARGETS + 4 * n);
const outcomes = (block: Block): [number, number][] => outcomesOf(block, 'computed', () => false).map(({ to, probability }) => [(to.linear - CODE - TARGETS) / 4, Math.round(probability * 100)]);

beforeEach(() => {
  execution = new Execution(createFlatVp());
  execution.vp.memory.writeBytes(CODE, Uint8Array.of(0xff, 0xe0, 0xc3));
  for (let n = 0; n < 64; n++) execution.vp.memory.writeBytes(CODE + TARGETS + 4 * n, Uint8Array.of(0x40, 0xeb, 0x00, 0x90));
  execution.vp.setBudget(1000);
  execution.vp.R[RIP] = CODE + TARGETS;
  expect(execution.vp.R[BUDGET]).toBe(1000);
});

describe('what follows a computed branch', () => {
  it('is compared with the likeliest targets, in their order', () => {
    for (const [n, count] of [[0, 10], [1, 60], [2, 29], [3, 1]] as const) countEdge(blockAt(JUMP), target(n), count);
    expect(outcomes(blockAt(JUMP))).toEqual([[1, 60], [2, 29], [0, 10]]);
  });

  it('is one target behind a return, if that is by far the likeliest', () => {
    countEdge(blockAt(RETURN), target(0), 70);
    countEdge(blockAt(RETURN), target(1), 30);
    expect(outcomes(blockAt(RETURN))).toEqual([]);
    countEdge(blockAt(RETURN), target(0), 30);
    expect(outcomes(blockAt(RETURN))).toEqual([[0, 77]]);
  });

  it('is found however many targets came before it', () => {
    for (let n = 0; n < 40; n++) countEdge(blockAt(JUMP), target(n), 16);
    for (let i = 0; i < 100; i++) countEdge(blockAt(JUMP), target(50), 16);
    expect(outcomes(blockAt(JUMP))[0]![0]).toBe(50);
  });

  it('is no block whose code has changed', () => {
    countEdge(blockAt(JUMP), target(0), 900);
    countEdge(blockAt(JUMP), target(1), 100);
    execution.cache.invalidate(target(0).start, 1);
    expect(outcomes(blockAt(JUMP))).toEqual([[1, 100]]);
  });
});

it('a block that is dropped holds none of those that followed it', () => {
  const block = blockAt(JUMP);
  countEdge(block, target(0), 1);
  execution.cache.invalidate(block.start, 1);
  expect(block.profile.successors).toBeNull();
});
