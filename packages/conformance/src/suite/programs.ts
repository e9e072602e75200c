import { expect } from 'vitest';
import { TestMachine } from '../machine/test-machine.ts';
import { PROGRAMS } from '../programs/all.ts';
import { loadProgram } from '../programs/environment.ts';
import type { TestProgram } from '../programs/program.ts';
import { RESULT_PORT, UNEXPECTED_PORT } from '../programs/program.ts';
import type { SuiteContext } from './context.ts';

/** Fails unless the program wrote what it should have, and met no exception that it did not expect. */
export function expectResults(machine: TestMachine, program: TestProgram): void {
  expect({ unexpected: machine.io.written(UNEXPECTED_PORT), results: machine.io.written(RESULT_PORT), errors: machine.io.errors }).toEqual({
    unexpected: [],
    results: program.results,
    errors: [],
  });
}

/** Guest programs give the results that the manual or JavaScript says they have. */
export function programsPart({ create, test }: SuiteContext): void {
  for (const program of PROGRAMS) {
    test(program.name, ['instructions', 'faults', 'interrupts'], async () => {
      const slot = { machine: new TestMachine(create()) };
      loadProgram(slot, program);
      expect(await slot.machine.runToIdle()).toEqual({ kind: 'stop' });
      expectResults(slot.machine, program);
    });
  }
}
