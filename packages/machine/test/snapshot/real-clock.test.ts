import { createInterpreterHypervisor } from '@ringzero/backend-interpreter';
import { expect, it } from 'vitest';
import { Machine, readState, saveState } from '../../src/index.ts';

it('a state of a machine in real time is of one moment, though the host’s time goes on while it is saved', async () => {
  let now = 0;
  const machine = new Machine({ memoryBytes: 1 << 20, clock: 'real' }, createInterpreterHypervisor(), { monotonicNanoseconds: () => (now += 1000) });
  const { header, state } = await readState(saveState(machine));
  expect(header.now).toBe(state.now);
});
