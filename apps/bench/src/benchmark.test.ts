import { describe, expect, it } from 'vitest';
import { benchmarkChecksum } from '@ringzero/guests';
import { median, runBenchmarks } from './benchmark.ts';
import type { MeasureRequest } from './measurement.ts';
import { createStopwatch } from './stopwatch.ts';
import { formatFailures, formatTable } from './table.ts';

const checksum = benchmarkChecksum('integer', 4) ?? '';

describe('runBenchmarks', () => {
  it('takes the engines in turn, a different one first in each round', async () => {
    const requests: MeasureRequest[] = [];
    const rows = await runBenchmarks(
      { guests: ['integer'], engines: ['interpreter', 'jit', 'v86'], scale: 4, rounds: 3 },
      (request) => {
        requests.push(request);
        return Promise.resolve({ measurement: { seconds: requests.length, output: checksum, instructions: 60e6 } });
      },
      () => undefined,
    );
    expect(requests.map((request) => request.engine)).toEqual(['interpreter', 'jit', 'v86', 'jit', 'v86', 'interpreter', 'v86', 'interpreter', 'jit']);
    expect(rows[0]?.cells.interpreter).toEqual({ seconds: 6 });
    expect(formatTable(rows, ['interpreter', 'jit', 'v86'])).toMatch(/^integer\s+60\s+10\.0 MIPS\s+0\.83\s/m);
  });

  it('fails a cell whose checksum differs, and measures it no further', async () => {
    let runs = 0;
    const rows = await runBenchmarks(
      { guests: ['integer'], engines: ['jit'], scale: 4, rounds: 2 },
      () => {
        runs++;
        return Promise.resolve({ measurement: { seconds: 1, output: '00000000' } });
      },
      () => undefined,
    );
    expect(runs).toBe(1);
    expect(formatFailures(rows)).toEqual([`integer on jit: wrong checksum 00000000 instead of ${checksum}`]);
  });
});

describe('createStopwatch', () => {
  it('measures between two texts', () => {
    let count = 100;
    const stopwatch = createStopwatch('READY\n', 'DONE\n', () => count++);
    const done = [...'noise\nREADY\n1234\nDONE\n'].map((character) => stopwatch.write(character.charCodeAt(0)));
    expect(done.indexOf(true)).toBe(done.length - 1);
    expect(stopwatch.result()).toMatchObject({ output: '1234', instructions: 1 });
  });
});

describe('median', () => {
  it('is the middle, or the mean of the two in the middle', () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5]);
  });
});
