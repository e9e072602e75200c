import { describe, expect, it } from 'vitest';
import { BACKENDS } from '../../hardware/src/replay/backends.ts';
import { runProgram } from '../src/lockstep/run-program.ts';
import { BackendMachine } from '../src/machine/backend-machine.ts';
import { canRun, selectPrograms } from '../src/programs/catalogue.ts';

describe('the catalogue by the manual, without QEMU', () => {
  for (const name of Object.keys(BACKENDS).filter((backend) => backend !== 'interpreter')) {
    it(`on the ${name}`, async () => {
      const ours = new BackendMachine(BACKENDS[name]);
      const failures: string[] = [];
      for (const selected of selectPrograms('').filter(({ program }) => canRun(program))) failures.push(...(await runProgram(selected, ours, undefined)).failures);
      expect(failures).toEqual([]);
    });
  }
});

describe('the catalogue', () => {
  it('has a name of its own for every program', () => {
    const names = selectPrograms('').map(({ topic, program }) => `${topic}: ${program.name}`);
    expect(new Set(names).size).toBe(names.length);
  });
});
