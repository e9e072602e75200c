import { createInterpreterHypervisor } from '@ringzero/backend-interpreter';
import { createJitHypervisor } from '@ringzero/backend-jit';
import { describe, expect, it } from 'vitest';
import { loadProgram, PROGRAMS, TestMachine } from '../src/index.ts';

describe('code that is mapped elsewhere', () => {
  const [program] = PROGRAMS.filter(({ name }) => name === 'shared code');

  it.each([
    ['interpreter', () => createInterpreterHypervisor({ dispatchSwitch: 'never' })],
    ['interpreter, with its dispatch switch', () => createInterpreterHypervisor({ dispatchSwitch: 'always' })],
    ['jit', () => createJitHypervisor({ threshold: 0 })],
    ['jit, of loops only', () => createJitHypervisor({ threshold: 1000, loopThreshold: 3 })],
  ] as const)('is relocated instead of being decoded anew: %s', async (_name, create) => {
    const slot = { machine: new TestMachine(create()) };
    loadProgram(slot, program!);
    await slot.machine.runToIdle();
    // Eleven blocks in two pages, at two addresses; at five while five are mapped.
    expect(slot.machine.counter('blocksRelocated')).toBeGreaterThan(100);
    expect(slot.machine.counter('blocksDecoded')).toBeLessThan(150);
  });
});
