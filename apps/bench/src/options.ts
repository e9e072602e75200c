import { DEFAULT_SCALE } from '@ringzero/guests';
import { Command, InvalidArgumentError } from 'commander';
import { ENGINES } from './engines.ts';
import type { EngineName } from './engines.ts';
import { GROUPS, WORKLOADS } from './workloads.ts';

/** What the command line asks for, defaults filled in. */
export interface BenchOptions {
  readonly workloads: readonly string[];
  readonly engines: readonly EngineName[];
  readonly rounds: number;
  readonly scale: number;
  readonly timeout: number;
  readonly clock: 'wall' | 'cpu';
  readonly profile: boolean;
  readonly json?: string;
  readonly html?: string;
}

interface RawOptions {
  only?: string[];
  engines?: EngineName[];
  quick?: true;
  rounds?: number;
  scale?: number;
  timeout: number;
  cpuTime?: true;
  profile?: true;
  json?: string;
  html?: string;
}

const QUICK_SCALE = 4;
const NAMES = WORKLOADS.map((workload) => workload.name);

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

/** In the order of the table, each once, groups replaced by their members. */
function selectWorkloads({ only, quick }: RawOptions): string[] {
  const wanted = only?.flatMap((name) => GROUPS[name] ?? [name]) ?? (quick ? GROUPS['bare'] : NAMES) ?? [];
  return NAMES.filter((name) => wanted.includes(name));
}

/** @param argv as `process.argv`. */
export function parseOptions(argv: readonly string[]): BenchOptions {
  const command = new Command('bench')
    .description('Measures workloads on every engine, in turn, and prints speeds and ratios (v86 = 1).')
    .option('--only <workloads>', `some of ${[...Object.keys(GROUPS), ...NAMES].join(', ')}`, parseNames([...Object.keys(GROUPS), ...NAMES]))
    .option('--engines <engines>', `some of ${ENGINES.join(', ')}`, parseNames(ENGINES))
    .option('--quick', 'one round, a fifth of the work, and Linux only if named by --only')
    .option('--rounds <n>', 'rounds, of which the median counts (3)', parseCount)
    .option('--scale <n>', `amount of work (${DEFAULT_SCALE})`, parseCount)
    .option('--timeout <seconds>', 'limit for one run', parseCount, 900)
    .option('--cpu-time', 'count processor time (of all threads) instead of the wall clock: for a busy host')
    .option('--profile', 'also run our engines once more with a profiler, and once with V8 naming its deoptimizations')
    .option('--json <file>', 'also write the figures to a file')
    .option('--html <file>', 'also write a report with charts')
    .exitOverride()
    .parse(argv as string[]);
  const raw = command.opts<RawOptions>();
  return {
    workloads: selectWorkloads(raw),
    engines: ENGINES.filter((engine) => raw.engines?.includes(engine) ?? true),
    rounds: raw.rounds ?? (raw.quick ? 1 : 3),
    scale: raw.scale ?? (raw.quick ? QUICK_SCALE : DEFAULT_SCALE),
    timeout: raw.timeout,
    clock: raw.cpuTime ? 'cpu' : 'wall',
    profile: raw.profile ?? false,
    ...(raw.json !== undefined && { json: raw.json }),
    ...(raw.html !== undefined && { html: raw.html }),
  };
}
