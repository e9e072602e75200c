import { availableParallelism } from 'node:os';
import { expect, it } from 'vitest';
import { runInProcesses } from '../src/campaign-process.ts';

/** Programs that continuous integration runs: those of the seeds from 1 on. */
const PROGRAMS = 200_000;
const PATIENCE = 3_600_000;

it(`${PROGRAMS} programs: the engines agree, and blocks were compiled`, { timeout: PATIENCE }, async () => {
  const results = await runInProcesses({ seed: 1, programs: PROGRAMS, enough: 5 }, availableParallelism());
  expect(results.flatMap((result) => result.differences)).toEqual([]);
  expect(results.reduce((sum, result) => sum + result.programs, 0)).toBe(PROGRAMS);
  for (const result of results) expect(result.compiled).toBeGreaterThan(2 * result.programs);
});
