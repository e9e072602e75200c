import { BENCHMARKS, benchmarkChecksum } from '@ringzero/guests';
import { resolveGuest } from '@ringzero/guests/node';
import { describe, expect, it } from 'vitest';
import { runOnMachine } from './run-machine.ts';

describe.each(['interpreter', 'jit'] as const)('on the %s', (engine) => {
  it.each(BENCHMARKS.map((benchmark) => benchmark.name))('%s computes what the host CPU computes', async (name) => {
    const measurement = await runOnMachine(engine, await resolveGuest(name, { scale: 1 }), 'READY\r\n', 'DONE\r\n');
    expect(measurement.output).toBe(benchmarkChecksum(name, 1));
    expect(measurement.instructions).toBeGreaterThan(1e6);
  }, 60_000);
});
