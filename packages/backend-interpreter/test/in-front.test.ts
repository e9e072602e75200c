import { createFlatVp } from '@ringzero/engine-tests';
import { BUDGET, type Operation } from '@ringzero/x86-semantics';
import { expect, it } from 'vitest';
import { EXIT, Execution } from '../src/engine.ts';

it('what is put in front of a block runs until it leads on again, by the dispatch switch as by its handler', () => {
  const vp = createFlatVp();
  // inc edx; jmp 1000h
  vp.memory.writeBytes(0x1000, Uint8Array.of(0x42, 0xeb, 0xfd));
  const { cache, switchLoop, transfers } = new Execution(vp);
  const block = transfers.find(0x1000, vp.mode, true)!;
  let calls = 0;
  const handler = (op: Operation): Operation => (calls++, op.next);
  const goRound = (): readonly number[] => {
    vp.R[BUDGET] = 3;
    let op = block.head;
    while (op !== EXIT) op = switchLoop.dispatch.run(op, 1);
    vp.R[BUDGET] = 3;
    for (op = block.head; op !== EXIT; ) op = op.h(op);
    return [calls, vp.R[4]!];
  };
  const [, first] = goRound();
  expect(first).toBeGreaterThan(1);
  cache.putInFront(block, handler);
  const [called, second] = goRound();
  expect(called).toBe(second! - first!);
  cache.leadOn(block);
  expect(goRound()).toEqual([called, second! + called!]);
  cache.putInFront(block, handler);
  expect(goRound()).toEqual([2 * called!, second! + 2 * called!]);
});
