import { createInterpreterHypervisor } from '@ringzero/backend-interpreter';
import { expect, test } from 'vitest';
import { readFamily } from '../corpus/corpus.ts';
import type { Outcome, Vectors } from '../format/cases.ts';
import { EAX, EFLAGS } from '../format/layout.ts';
import { replay } from './replay.ts';
import { describeMismatch } from './report.ts';

const FAMILY = 'stack';
const vectors = readFamily(FAMILY);
const CASES = [3, 40, 800];

/** The vectors with one outcome changed. */
function withOutcome(index: number, change: (outcome: Outcome) => Partial<Outcome>): Vectors {
  const outcomes = vectors.outcomes.map((outcome, i) => (i === index ? { ...outcome, ...change(outcome) } : outcome));
  return { ...vectors, outcomes };
}

async function mismatchesOf(changed: Vectors): Promise<string[]> {
  const { mismatches } = await replay(createInterpreterHypervisor(), changed, CASES);
  return mismatches.map((mismatch) => describeMismatch(mismatch, changed));
}

test('what was recorded is what happens', async () => {
  expect(await mismatchesOf(vectors)).toEqual([]);
});

test('a register, a flag, a byte of memory and a fault that differ are reported, each with what was expected', async () => {
  const index = CASES[1];
  const [report = '', ...more] = await mismatchesOf(withOutcome(index, ({ lanes }) => ({ lanes: [...lanes, { lane: EAX, value: 0x1234_5678 }] })));
  expect(more).toEqual([]);
  expect(report).toContain(`case ${index} of ${FAMILY}`);
  expect(report).toMatch(/eax +expected 12345678, got/);
  const flags = await mismatchesOf(withOutcome(index, ({ lanes }) => ({ lanes: [...lanes.filter(({ lane }) => lane !== EFLAGS), { lane: EFLAGS, value: 0x20_0202 }] })));
  expect(flags.join()).toMatch(/eflags +expected 00200202/);
  const memory = await mismatchesOf(withOutcome(index, ({ memory: changes }) => ({ memory: [...changes, { offset: 0x40, value: 0x0bad_cafe }] })));
  expect(memory.join()).toMatch(/memory\+40 +expected 0badcafe/);
  const vector = await mismatchesOf(withOutcome(index, () => ({ vector: 13, errorCode: 0 })));
  expect(vector.join()).toMatch(/vector +expected #GP, got/);
});

test('a case leaves nothing behind for the next', async () => {
  const order = [...CASES, ...CASES.toReversed(), ...CASES];
  const { replayed, mismatches } = await replay(createInterpreterHypervisor(), vectors, order);
  expect({ replayed, mismatches }).toEqual({ replayed: order.length, mismatches: [] });
});
