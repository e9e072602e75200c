import { createInterpreterHypervisor } from '@ringzero/backend-interpreter';
import { createJitHypervisor } from '@ringzero/backend-jit';
import { expect, test } from 'vitest';
import type { Case, Code } from '../format/cases.ts';
import type { Profile } from '../format/initial-state.ts';
import { CODE_BASE, EAX, EBX, ECX, WINDOW_BASE, type SegmentSet } from '../format/layout.ts';
import { replay } from '../replay/replay.ts';
import { Executor, ExecutorError } from './executor.ts';
import { startOf64 } from './batch-64.ts';
import { record64 } from './record-64.ts';
import { record } from './record.ts';

/** Word of RIP in a 64-bit state. */
const RIP_LOW = 34;

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

function record64BitCode(): void {
  const executor = Executor.build(64);
  const { cases, outcomes } = record64(executor, CODES.map((item) => ({ ...item, family: 'integer', forms: item.bytes[0] === 0x01 ? ['Add_Ev_Gv'] : ['Addps_Vps_Wps'] })), CASES);
  executor.close();
  // ADD EAX, ECX clears the high half; ADDPS; the others are other instructions, or need segments.
  expect(cases.map(({ code: index }) => index)).toEqual([0, 0, 0, 4, 4, 4]);
  for (const { vector, words } of outcomes) {
    expect(vector).toBe(3);
    expect(words.find(([word]) => word === RIP_LOW)?.[1]).toBeGreaterThan(CODE_BASE);
  }
  const { code: index, seed } = cases[0];
  const start = startOf64({ code: index, seed, overrides: [], patches: [] }, CODES[0]);
  expect(outcomes[0].words.find(([word]) => word === EAX)?.[1]).toBe((start[EAX] + start[2 * ECX]) | 0);
}

if (Executor.isPossible(64)) test('the same cases run as 64-bit code', record64BitCode);
if (Executor.isPossible(32)) test('what the host does is what the engines do', recordAndReplay);
else test('a host that cannot record says what is missing', () => expect(() => Executor.build(32)).toThrow(ExecutorError));
