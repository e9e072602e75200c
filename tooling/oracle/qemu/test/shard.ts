import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BACKENDS } from '../../hardware/src/replay/backends.ts';
import { runProgram } from '../src/lockstep/run-program.ts';
import { BackendMachine } from '../src/machine/backend-machine.ts';
import { QemuMachine } from '../src/machine/qemu-machine.ts';
import { qemuVersion } from '../src/machine/qemu-process.ts';
import { CATALOGUE, canRun, selectPrograms } from '../src/programs/catalogue.ts';
import { Tally } from '../src/report.ts';

const MISSING = 'qemu-system-i386 is not installed (Debian: qemu-system-x86): the programs are held to the manual alone';

/** Declares the topics of a shard, of so many: in lockstep with QEMU where it is installed. */
export function describeShard(shard: number, shards: number): void {
  const version = qemuVersion();
  describe(`the catalogue in lockstep with ${version ?? 'nothing: no QEMU'}`, () => {
    const tally = new Tally();
    let qemu: QemuMachine | undefined;
    const ours = new BackendMachine(BACKENDS['interpreter']);
    beforeAll(async () => {
      if (version !== undefined) qemu = await QemuMachine.start();
    });
    afterAll(() => qemu?.stop());

    for (const { title } of CATALOGUE.filter((_, i) => i % shards === shard)) {
      it(title, async () => {
        const failures: string[] = [];
        for (const selected of selectPrograms('').filter(({ topic, program }) => topic === title && canRun(program))) {
          const outcome = await runProgram(selected, ours, qemu);
          tally.add(outcome);
          failures.push(...outcome.failures);
        }
        expect(failures).toEqual([]);
      });
    }

    it('compares with QEMU', ({ skip }) => {
      console.log(version === undefined ? MISSING : tally.describe('interpreter'));
      if (version === undefined) skip(MISSING);
    });
  });
}
