// pnpm fuzz: random programs on every engine in lockstep.
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError } from 'commander';
import type { Campaign, CampaignResult } from './campaign.ts';
import { KINDS, type Kind } from './surroundings.ts';

interface Options {
  readonly seed: number;
  readonly programs: number;
  readonly workers: number;
  readonly kind?: readonly Kind[];
  readonly enough: number;
}

type Message = { readonly done: number } | { readonly result: CampaignResult } | { readonly failure: string };

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

/** A worker of its own process, with this one's Node options. */
function runInWorker(campaign: Campaign, onProgress: (done: number) => void): Promise<CampaignResult> {
  return new Promise((resolve, reject) => {
    const child = fork(new URL('./worker.ts', import.meta.url));
    child.on('message', (message: Message) => {
      if ('done' in message) onProgress(message.done);
      else if ('result' in message) resolve(message.result);
      else reject(new Error(message.failure));
    });
    child.on('exit', (code, signal) => reject(new Error(`a worker ended with ${signal ?? code}, before its result`)));
    child.send(campaign);
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
  const share = Math.ceil(programs / workers);
  const progress = new Array<number>(workers).fill(0);
  const results = await Promise.all(
    Array.from({ length: workers }, (_, i) => {
      const campaign: Campaign = { seed: seed + i * share, programs: Math.max(0, Math.min(share, programs - i * share)), enough, ...(kind === undefined ? {} : { kinds: kind }) };
      return runInWorker(campaign, (done) => {
        progress[i] = done;
        if (process.stderr.isTTY) process.stderr.write(`\r${progress.reduce((a, b) => a + b)} of ${programs} programs`);
      });
    }),
  );
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
