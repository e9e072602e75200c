import { createInterpreterHypervisor } from '@ringzero/backend-interpreter';
import { createJitHypervisor } from '@ringzero/backend-jit';
import { expect, test } from 'vitest';
import type { Case, Code } from '../format/cases.ts';
import type { Profile } from '../format/initial-state.ts';
import { EBX, WINDOW_BASE, type SegmentSet } from '../format/layout.ts';
import { replay } from '../replay/replay.ts';
import { Executor, ExecutorError } from './executor.ts';
import { record } from './record.ts';

function code(offset: number, hex: string, profile: Profile = 'integer', segments: SegmentSet = 'flat'): Code {
  return { offset, bytes: Uint8Array.from([...Buffer.from(hex.replaceAll(' ', ''), 'hex'), 0xcc]), forms: [], family: '', profile, segments };
}

const CODES = [
  code(0x10000, '01 c8'), // add eax, ecx
  code(0x10010, '89 03'), // mov [ebx], eax across the end of the writable pages
  code(0x10020, 'f4'), // hlt
  code(0x10030, 'dc 4c 24 04', 'x87'), // fmul qword [esp+4]
  code(0x10040, '0f 58 c1', 'sse'), // addps xmm0, xmm1
  code(0x10050, '67 65 8b 07', 'integer', 'based'), // mov eax, gs:[bx]
];
const CASES = CODES.flatMap((_, index) =>
  [1, 2, 3].map((seed): Case => ({ code: index, seed, overrides: index === 1 || index === 5 ? [{ lane: EBX, value: index === 1 ? WINDOW_BASE + 0x2000 - seed : 0x10 * seed }] : [], patches: [] })),
);

async function recordAndReplay(): Promise<void> {
  const executor = Executor.build(32);
  const outcomes = record(executor, CODES, CASES);
  executor.close();
  expect(outcomes.map(({ vector }) => vector)).toEqual([3, 3, 3, 14, 14, 14, 13, 13, 13, 3, 3, 3, 3, 3, 3, 3, 3, 3]);
  expect(outcomes[3]).toMatchObject({ errorCode: 7, cr2: WINDOW_BASE + 0x2000, memory: [] });
  for (const hypervisor of [createInterpreterHypervisor(), createJitHypervisor({ threshold: 0 })]) {
    const { replayed, mismatches } = await replay(hypervisor, { codes: CODES, cases: CASES, outcomes });
    expect({ replayed, mismatches }).toEqual({ replayed: CASES.length, mismatches: [] });
  }
}

if (Executor.isPossible(32)) test('what the host does is what the engines do', recordAndReplay);
else test('a host that cannot record says what is missing', () => expect(() => Executor.build(32)).toThrow(ExecutorError));
