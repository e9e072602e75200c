// pnpm soak: a guest under load, with its engine swapped and its state saved and restored, against the same guest left alone.
import { fork } from 'node:child_process';
import { Command, InvalidArgumentError, Option } from 'commander';
import { resolveLoad } from './load.ts';
import { createPlan, type Disturbance } from './plan.ts';
import { SoakRun, type SoakResult } from './soak-run.ts';

interface Options {
  readonly guest: 'monitor' | 'debian';
  readonly seconds: number;
  readonly swaps: number;
  readonly saves: number;
  readonly seed: number;
}

/** What the process that leaves its guest alone is told. */
interface Request {
  readonly guest: Options['guest'];
  readonly end: number;
}

function parseCount(value: string): number {
  const count = Number(value);
  if (!Number.isSafeInteger(count) || count < 0) throw new InvalidArgumentError('It is a whole number from 0.');
  return count;
}

/** In a process of its own: both take about as long. */
function runAlone(request: Request): Promise<SoakResult> {
  return new Promise((resolve, reject) => {
    const child = fork(new URL(import.meta.url), { env: { ...process.env, RINGZERO_SOAK_ALONE: '1' } });
    child.on('message', (result: SoakResult) => resolve(result));
    child.on('error', reject);
    child.on('exit', (code, signal) => reject(new Error(`the undisturbed run ended with ${signal ?? code}, before its result`)));
    child.send(request);
  });
}

function firstDifference(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return at;
}

async function main(): Promise<void> {
  const command = new Command('soak')
    .description('Runs a guest under load in virtual time, swaps its engine and saves and restores it at random moments, and compares output and final state with a run left alone.')
    .addOption(new Option('--guest <name>', 'which').choices(['debian', 'monitor']).default('debian'))
    .option('--seconds <n>', 'how long, in the guest’s time', parseCount, 600)
    .option('--swaps <n>', 'of the engine', parseCount, 20)
    .option('--saves <n>', 'to a file, from which another machine goes on', parseCount, 20)
    .option('--seed <n>', 'of the moments', parseCount, 1)
    .parse();
  const { guest, seconds, swaps, saves, seed } = command.opts<Options>();
  const load = await resolveLoad(guest);
  const end = load.begin + seconds * 1e9;
  const plan = createPlan({ seed, begin: load.begin, end, swaps, saves });
  const started = Date.now();
  const minutes = (): string => ((Date.now() - started) / 60_000).toFixed(1);
  const report = ({ at, kind }: Disturbance): void => console.log(`${minutes()} min: ${kind} at ${(at / 1e9).toFixed(6)} s of the guest’s time`);
  const [alone, disturbed] = await Promise.all([runAlone({ guest, end }), new SoakRun(load).run(plan, end, report)]);
  const lines = disturbed.output.split('\n').length;
  console.log(`${guest}: ${(end / 1e9).toFixed(0)} s of the guest’s time in ${minutes()} minutes, ${disturbed.swaps} swaps, ${disturbed.saves} saves of ${(disturbed.savedBytes / 2 ** 20 / Math.max(1, disturbed.saves)).toFixed(1)} MB, ${disturbed.output.length} bytes of output in ${lines} lines`);
  if (alone.output !== disturbed.output) {
    const at = firstDifference(alone.output, disturbed.output);
    console.log(`OUTPUT DIFFERS at byte ${at}: ${JSON.stringify(alone.output.slice(at - 40, at + 40))} alone, ${JSON.stringify(disturbed.output.slice(at - 40, at + 40))} disturbed`);
  }
  if (alone.state !== disturbed.state) console.log(`FINAL STATE DIFFERS: ${alone.state} alone, ${disturbed.state} disturbed`);
  const isSame = alone.output === disturbed.output && alone.state === disturbed.state;
  if (isSame) console.log(`the same output and final state as the run left alone (${alone.state.slice(0, 16)})`);
  process.exitCode = isSame ? 0 : 1;
}

if (process.env['RINGZERO_SOAK_ALONE'] === undefined) {
  await main();
} else {
  process.once('message', ({ guest, end }: Request) => {
    const run = async (): Promise<SoakResult> => new SoakRun(await resolveLoad(guest)).run([], end);
    run().then(
      (result) => process.send?.(result, () => process.exit(0)),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
}
