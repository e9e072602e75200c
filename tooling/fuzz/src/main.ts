// pnpm fuzz: random programs on every engine in lockstep.
import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError } from 'commander';
import type { CampaignResult } from './campaign.ts';
import { runInProcesses } from './campaign-process.ts';
import { KINDS, type Kind } from './surroundings.ts';

interface Options {
  readonly seed: number;
  readonly programs: number;
  readonly workers: number;
  readonly kind?: readonly Kind[];
  readonly enough: number;
}

function parseCount(value: string): number {
  const count = Number(value);
  if (!Number.isSafeInteger(count) || count < 1) throw new InvalidArgumentError('It is a whole number from 1.');
  return count;
}

function parseKinds(value: string): Kind[] {
  return value.split(',').map((name) => {
    const kind = KINDS.find((candidate) => candidate === name);
    if (kind === undefined) throw new InvalidArgumentError(`"${name}" is none of ${KINDS.join(', ')}.`);
    return kind;
  });
}

async function main(): Promise<void> {
  const command = new Command('fuzz')
    .description('Runs random programs on the interpreter, the JIT and the evaluator in lockstep, and prints every difference.')
    .option('--seed <n>', 'seed of the first program; the others follow', parseCount, 1)
    .option('--programs <n>', 'how many', parseCount, 10_000)
    .option('--workers <n>', 'processes', parseCount, availableParallelism())
    .option('--kind <kinds>', `some of ${KINDS.join(', ')}`, parseKinds)
    .option('--enough <n>', 'differences after which a process stops', parseCount, 20)
    .parse();
  const { seed, programs, workers, kind, enough } = command.opts<Options>();
  const started = performance.now();
  const campaign = { seed, programs, enough, ...(kind === undefined ? {} : { kinds: kind }) };
  const results = await runInProcesses(campaign, workers, (done) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${programs} programs`);
  });
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  const seconds = (performance.now() - started) / 1000;
  const total = (pick: (result: CampaignResult) => number): number => results.reduce((sum, result) => sum + pick(result), 0);
  const differences = results.flatMap((result) => result.differences);
  for (const difference of differences) console.log(`${difference}\n`);
  const done = total((result) => result.programs);
  console.log(
    `${done} programs from seed ${seed}, ${total((result) => result.instructions)} instructions on each engine, ${total((result) => result.compiled)} blocks compiled, ` +
      `${differences.length} differences; ${seconds.toFixed(1)} s, ${Math.round(done / seconds)} programs/s in ${workers} processes`,
  );
  if (differences.length > 0) process.exitCode = 1;
}

await main();
