import { createFlatVp } from '@ringzero/engine-tests';
import { lane32 } from '@ringzero/x86';
import { BUDGET, refreshAllSegments, RIP, SEG_ATTRIBUTES, SEG_BASE } from '@ringzero/x86-semantics';
import { expect, it } from 'vitest';
import { Execution } from '../src/engine/execution.ts';

const DIRECTORY = 0x1_0000;
const TABLE = 0x1_1000;
const CODE = 0x5000;
/** Where the code is mapped in turn. */
const [FIRST, SECOND, THIRD] = [0x4_0000, 0x4_1000, 0x4_2000] as const;
const BASE = 0x3000;
/** 32-bit code that may be executed but not read: not flat, whatever its base and limit. */
const EXECUTE_ONLY = 0xc099;

it('leaves code where it is that another base of CS has made of the same bytes at the same linear address', () => {
  const vp = createFlatVp();
  const execution = new Execution(vp);
  const { R, memory } = vp;
  const map = (linear: number, entry: number): void => {
    memory.view.setInt32(TABLE + 4 * (linear >>> 12), entry, true);
    vp.flushTlb(false);
  };
  memory.view.setInt32(DIRECTORY, TABLE | 7, true);
  for (let page = 0; page < 0x30; page++) map(page << 12, (page << 12) | 7);
  // again: inc eax; jmp again
  memory.u8.set([0x40, 0xeb, 0xfd], CODE);
  R[lane32('cr3')] = DIRECTORY;
  R[lane32('cr0')] = 0x8000_0001 | 0;
  const run = (base: number, ip: number): number => {
    R[SEG_BASE + 2] = base;
    R[SEG_ATTRIBUTES + 1] = EXECUTE_ONLY;
    refreshAllSegments(vp);
    vp.updateMode();
    R[RIP] = ip;
    vp.setBudget(9);
    expect(execution.run()).toBe(0);
    expect(R[BUDGET]).toBeLessThan(2);
    return R[RIP]! & -4096;
  };
  for (const linear of [FIRST, SECOND]) {
    map(linear, CODE | 7);
    expect(run(0, linear)).toBe(linear);
  }
  for (const linear of [FIRST, SECOND]) map(linear, 0);
  map(THIRD, CODE | 7);
  expect(run(BASE, THIRD - BASE)).toBe(THIRD - BASE);
  expect(run(0, THIRD)).toBe(THIRD);
  expect(execution.builder.relocated).toBe(1);
});
