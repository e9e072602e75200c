// pnpm compatibility: every guest on every engine; writes docs/compatibility.md.
import { Command, InvalidArgumentError } from 'commander';
import { CHECKS, ENGINES, type Check, type Engine } from './checks.ts';
import { readPasses, updatePasses, writePasses } from './results.ts';
import { runCheck, type CheckResult } from './run-check.ts';

interface Options {
  readonly guest: readonly Check[];
  readonly backend: readonly Engine[];
}

function parseGuests(value: string): readonly Check[] {
  return value.split(',').map((name) => {
    const check = CHECKS.find(({ guest }) => guest === name);
    if (check === undefined) throw new InvalidArgumentError(`"${name}" is none of ${CHECKS.map(({ guest }) => guest).join(', ')}.`);
    return check;
  });
}

function parseEngines(value: string): readonly Engine[] {
  return value.split(',').map((name) => {
    const engine = ENGINES.find((candidate) => candidate === name);
    if (engine === undefined) throw new InvalidArgumentError(`"${name}" is none of ${ENGINES.join(', ')}.`);
    return engine;
  });
}

const command = new Command('compatibility')
  .description('Runs every guest on every engine, types at its console and reads the answers; writes docs/compatibility.md.')
  .option('--guest <names>', 'some of them', parseGuests, CHECKS)
  .option('--backend <names>', `some of ${ENGINES.join(', ')}`, parseEngines, ENGINES)
  .parse();
const { guest: checks, backend: engines } = command.opts<Options>();
const results: CheckResult[] = [];
for (const check of checks) {
  for (const engine of engines) {
    const result = await runCheck(check, engine);
    results.push(result);
    console.log(`${check.guest} on the ${engine}: ${result.problem ?? 'passed'} (${result.seconds.toFixed(0)} s)`);
    // After each: a run of all takes an hour.
    writePasses(updatePasses(readPasses(), [result], new Date().toISOString().slice(0, 10)));
  }
}
const failed = results.filter(({ problem }) => problem !== undefined).length;
console.log(`${results.length} checks, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
