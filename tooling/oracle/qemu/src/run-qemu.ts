/** `pnpm qemu [--backend NAME] [--program TEXT] [--list]`: the catalogue in lockstep with QEMU. Status 1 for a difference that nothing explains. */
import { parseArgs } from 'node:util';
import { BACKENDS } from '../../hardware/src/replay/backends.ts';
import { BackendMachine } from './machine/backend-machine.ts';
import { QemuMachine } from './machine/qemu-machine.ts';
import { qemuVersion } from './machine/qemu-process.ts';
import { canRun, selectPrograms } from './programs/catalogue.ts';
import { Tally } from './report.ts';
import { runProgram } from './lockstep/run-program.ts';

/** Exit status for arguments that make no sense, and where QEMU is missing. */
const STATUS_USAGE = 2;

function refuse(message: string): never {
  console.error(message);
  process.exit(STATUS_USAGE);
}

const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  options: { backend: { type: 'string', default: 'interpreter' }, program: { type: 'string', default: '' }, list: { type: 'boolean', default: false } },
});
const create = BACKENDS[values.backend] ?? refuse(`--backend ${values.backend}: expected one of ${Object.keys(BACKENDS).join(', ')}`);
const selection = selectPrograms(values.program);
if (selection.length === 0) refuse(`--program ${values.program}: no program has that in its name; --list shows them`);
if (values.list) {
  for (const { topic, program } of selection) console.log(`${topic}: ${program.name} (${program.source})`);
  process.exit(0);
}
console.log(qemuVersion() ?? refuse('qemu-system-i386 is not installed: on Debian and Ubuntu it is in the package qemu-system-x86'));

const qemu = await QemuMachine.start();
const tally = new Tally();
try {
  const ours = new BackendMachine(create);
  for (const selected of selection.filter(({ program }) => canRun(program))) {
    const outcome = await runProgram(selected, ours, qemu);
    tally.add(outcome);
    for (const failure of outcome.failures) console.log(failure);
  }
} finally {
  qemu.stop();
}
console.log(tally.describe(values.backend));
if (values.program === '' && tally.unmet.length > 0) console.log(`Known differences that were not met: ${tally.unmet.join(', ')}`);
process.exitCode = tally.failures === 0 ? 0 : 1;
