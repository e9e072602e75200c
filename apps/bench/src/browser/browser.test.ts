import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { benchmarkChecksum } from '@ringzero/guests';
import { describe, expect, it } from 'vitest';
import type { Cell, Row } from '../benchmark.ts';
import { requestFor } from '../benchmark.ts';
import { findChromium } from './chromium.ts';
import { compareRows, formatComparison } from './compare.ts';
import { withBrowser } from './measure-in-browser.ts';

const cell = (median: number): Cell => ({ seconds: { median: 1, min: 1, max: 1 }, rounds: [1], ratio: { median, min: median, max: median } });
const row = (workload: string, jit: Cell): Row => ({ workload, description: '', instructions: 1, cells: { jit, v86: cell(1) } });

describe('compareRows', () => {
  it('divides what both hosts measured', () => {
    const comparison = compareRows([row('a', cell(2)), row('b', cell(1)), row('c', cell(1))], [row('a', cell(1)), row('b', cell(1)), row('c', { failure: 'x' })], ['jit', 'v86']);
    expect(comparison.ratios.map(({ engine, quotient, workload }) => [workload, engine, quotient])).toEqual([['a', 'jit', 0.5], ['b', 'jit', 1]]);
    expect(comparison.quotients.jit).toBeCloseTo(Math.SQRT1_2);
    expect(formatComparison(comparison)).toMatch(/^a +jit +2\.00 +1\.00 +0\.50$[^]*geometric mean +jit +0\.71 \(beyond 15 %\)$/m);
  });
});

describe.skipIf(findChromium() === undefined)('in Chromium (skipped where there is none)', () => {
  it.each(['jit', 'v86'] as const)('%s computes what the host CPU computes', async (engine) => {
    const folder = await mkdtemp(join(tmpdir(), 'ringzero-browser-'));
    try {
      const plan = { workloads: ['integer'], engines: [engine], scale: 1, rounds: 1, clock: 'wall', nativeFolder: '' } as const;
      const reply = await withBrowser(folder, 150, (measure) => measure(requestFor(plan, engine, 'integer')));
      expect(reply.failure).toBeUndefined();
      expect(reply.steps.map(({ output }) => output)).toEqual([benchmarkChecksum('integer', 1)]);
      // The browser's account is coarse, and falls when a spare renderer exits: a short run may have taken no time, or less.
      expect(reply.steps[0]?.cpuSeconds).toEqual(expect.any(Number));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
