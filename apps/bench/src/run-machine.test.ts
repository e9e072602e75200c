import { BENCHMARKS, benchmarkChecksum } from '@ringzero/guests';
import { resolveGuest } from '@ringzero/guests/node';
import { describe, expect, it } from 'vitest';
import type { StepResult } from './measurement.ts';
import { runOnMachine } from './run-machine.ts';
import { stepsFor } from './workloads.ts';

describe.each(['interpreter', 'jit'] as const)('on the engine %s', (engine) => {
  it.each(BENCHMARKS.map((benchmark) => benchmark.name))('%s computes what the host CPU computes', async (name) => {
    const results: StepResult[] = [];
    const { samples } = await runOnMachine({ engine, source: await resolveGuest(name, { scale: 1 }), steps: stepsFor(name, [name], 1), onStep: (result) => results.push(result), cpuSeconds: () => 0 });
    expect(results.map(({ output }) => output)).toEqual([benchmarkChecksum(name, 1)]);
    // A REP instruction counts once.
    expect(results[0]?.instructions).toBeGreaterThan(name === 'rep' ? 2e5 : 1e6);
    expect(samples?.at(-1)?.[1]).toBeGreaterThan(results[0]?.instructions ?? 0);
  });
});
