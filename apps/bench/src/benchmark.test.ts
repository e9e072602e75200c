import { describe, expect, it } from 'vitest';
import { benchmarkChecksum } from '@ringzero/guests';
import { runBenchmarks } from './benchmark.ts';
import type { BenchmarkPlan } from './benchmark.ts';
import type { MeasureRequest } from './measurement.ts';
import { formatFailures, formatTable } from './table.ts';

const checksum = benchmarkChecksum('integer', 4) ?? '';
const plan: BenchmarkPlan = { workloads: ['integer'], engines: ['interpreter', 'jit', 'v86'], scale: 4, rounds: 3, clock: 'wall', nativeFolder: '' };

describe('runBenchmarks', () => {
  it('takes the engines in turn, a different one first in each round, and compares within rounds', async () => {
    const requests: MeasureRequest[] = [];
    const { rows } = await runBenchmarks(
      plan,
      (request) => {
        requests.push(request);
        return Promise.resolve({ steps: [{ workload: 'integer', seconds: requests.length, output: checksum, instructions: 60e6 }], peakMemoryBytes: requests.length });
      },
      () => undefined,
    );
    expect(requests.map((request) => request.engine)).toEqual(['interpreter', 'jit', 'v86', 'jit', 'v86', 'interpreter', 'v86', 'interpreter', 'jit']);
    expect(rows[0]?.cells.interpreter).toEqual({ seconds: { median: 6, min: 1, max: 8 }, rounds: [1, 6, 8], ratio: { median: 7 / 8, min: 5 / 6, max: 3 }, peakMemoryBytes: 8 });
    expect(formatTable(rows, plan.engines)).toMatch(/^integer\s+60\s+10 MIPS\s+0\.88 \(0\.83-3\.00\)\s/m);
  });

  it('counts processor time where it is asked for and known', async () => {
    const { rows } = await runBenchmarks(
      { ...plan, rounds: 1, clock: 'cpu' },
      ({ engine }) => Promise.resolve({ steps: [{ workload: 'integer', seconds: 9, output: checksum, ...(engine === 'jit' && { cpuSeconds: 2 }) }] }),
      () => undefined,
    );
    expect(rows[0]?.cells.jit).toMatchObject({ rounds: [2], ratio: { median: 4.5 } });
  });

  it('fails a cell whose checksum differs, and measures it no further', async () => {
    let runs = 0;
    const { rows } = await runBenchmarks(
      { ...plan, engines: ['jit'], rounds: 2 },
      () => {
        runs++;
        return Promise.resolve({ steps: [{ workload: 'integer', seconds: 1, output: '00000000' }] });
      },
      () => undefined,
    );
    expect(runs).toBe(1);
    expect(formatFailures(rows)).toEqual([`integer on jit: wrong output "00000000" instead of "${checksum}"`]);
  });

  it('ends early with what there is', async () => {
    let runs = 0;
    const { rows } = await runBenchmarks(plan, () => Promise.resolve({ steps: [{ workload: 'integer', seconds: ++runs, output: checksum }] }), () => undefined, () => runs === 4);
    expect(rows[0]?.cells).toMatchObject({ interpreter: { rounds: [1] }, jit: { rounds: [2] }, v86: { rounds: [3] } });
  });

  it('keeps the steps that were done when a later one fails', async () => {
    const { rows } = await runBenchmarks(
      { ...plan, workloads: ['debian', 'linux-fork', 'linux-exec'], engines: ['jit'], rounds: 1 },
      (request) => {
        expect(request.steps.map((step) => step.workload)).toEqual(['debian', 'linux-fork', 'linux-exec']);
        return Promise.resolve({ steps: [{ workload: 'debian', seconds: 5, output: 'anything' }, { workload: 'linux-fork', seconds: 5, output: 'fork 240 7176' }], failure: 'no result in 9 s' });
      },
      () => undefined,
    );
    expect(rows.map((row) => 'failure' in (row.cells.jit ?? {}))).toEqual([false, false, true]);
  });
});
