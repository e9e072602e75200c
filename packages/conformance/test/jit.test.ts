import { createJitHypervisor } from '@ringzero/backend-jit';
import { describe, expect, it } from 'vitest';
import { describeConformance, loadProgram, PROGRAMS, TestMachine } from '../src/index.ts';

describeConformance('jit, every block compiled on first execution', () => createJitHypervisor({ threshold: 0 }));

describe('jit with threshold 0', () => {
  for (const program of PROGRAMS) {
    it(`compiles ${program.name}`, async () => {
      const slot = { machine: new TestMachine(createJitHypervisor({ threshold: 0 })) };
      loadProgram(slot, program);
      await slot.machine.runToIdle();
      expect(slot.machine.counter('blocksCompiled')).toBeGreaterThan(2);
    });
  }

  it('compiles nothing while no block reaches the threshold', async () => {
    const slot = { machine: new TestMachine(createJitHypervisor({ threshold: 1_000_000 })) };
    const [program] = PROGRAMS;
    if (program === undefined) throw new RangeError('no programs');
    loadProgram(slot, program);
    await slot.machine.runToIdle();
    expect(slot.machine.counter('blocksCompiled')).toBe(0);
  });
});
