// pnpm bench: every benchmark guest, and Debian's boot, on the interpreter, the JIT and v86.
import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { resolve } from 'node:path';
import { BENCHMARKS, DEFAULT_SCALE } from '@ringzero/guests';
import { fetchDebian, fetchSeabios } from '@ringzero/guests/node';
import { Command, InvalidArgumentError } from 'commander';
import { runBenchmarks } from './benchmark.ts';
import { measureInChild } from './measure-in-child.ts';
import { ENGINES } from './measurement.ts';
import type { EngineName } from './measurement.ts';
import { formatFailures, formatTable } from './table.ts';

interface Options {
  only?: string[];
  engines?: EngineName[];
  quick?: true;
  rounds?: number;
  scale?: number;
  timeout: number;
  json?: string;
}

const QUICK_SCALE = 4;
const GUESTS = [...BENCHMARKS.map((benchmark) => benchmark.name), 'debian'];

function parseNames<T extends string>(known: readonly T[]): (value: string) => T[] {
  return (value) =>
    value.split(',').map((name) => {
      const match = known.find((candidate) => candidate === name);
      if (match === undefined) throw new InvalidArgumentError(`"${name}" is none of ${known.join(', ')}.`);
      return match;
    });
}

function parseCount(value: string): number {
  const count = Number(value);
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError('It is a whole number from 1.');
  return count;
}

function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

async function main(): Promise<void> {
  const command = new Command('bench')
    .description('Measures guests on the interpreter, the JIT and v86, in turn, and prints speeds and ratios (v86 = 1).')
    .option('--only <guests>', `some of ${GUESTS.join(', ')}`, parseNames(GUESTS))
    .option('--engines <engines>', `some of ${ENGINES.join(', ')}`, parseNames(ENGINES))
    .option('--quick', 'one round, a fifth of the work, and Debian only if named by --only')
    .option('--rounds <n>', 'rounds, of which the median counts (3)', parseCount)
    .option('--scale <n>', `work of each benchmark guest (${DEFAULT_SCALE})`, parseCount)
    .option('--timeout <seconds>', 'limit for one measurement', parseCount, 600)
    .option('--json <file>', 'also write the figures to a file')
    .parse();
  const options = command.opts<Options>();
  const guests = options.only ?? GUESTS.filter((guest) => guest !== 'debian' || !options.quick);
  const engines = options.engines ?? ENGINES;
  const scale = options.scale ?? (options.quick ? QUICK_SCALE : DEFAULT_SCALE);
  const rounds = options.rounds ?? (options.quick ? 1 : 3);

  if (guests.includes('debian')) {
    const onProgress = (step: string, fraction?: number): void => showProgress(`fetching ${step}${fraction === undefined ? '' : ` ${Math.round(fraction * 100)} %`}`);
    await fetchDebian({ onProgress });
    if (engines.includes('v86')) await fetchSeabios({ onProgress });
  }
  const rows = await runBenchmarks({ guests, engines, scale, rounds }, (request) => measureInChild(request, options.timeout), showProgress);
  showProgress('');
  const host = `Node ${process.versions.node}, ${cpus()[0]?.model ?? 'unknown CPU'}, scale ${scale}, median of ${rounds}`;
  console.log(`${host}\n\n${formatTable(rows, engines)}`);
  const failures = formatFailures(rows);
  for (const failure of failures) console.error(failure);
  // pnpm runs this from its package's folder, and says where the user is.
  if (options.json !== undefined) await writeFile(resolve(process.env['INIT_CWD'] ?? '.', options.json), `${JSON.stringify({ host, scale, rounds, rows }, null, 2)}\n`);
  if (failures.length > 0) process.exitCode = 1;
}

await main().catch((error: unknown) => {
  showProgress('');
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
