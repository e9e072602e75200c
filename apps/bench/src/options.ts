import { DEFAULT_SCALE } from '@ringzero/guests';
import { Command, InvalidArgumentError } from 'commander';
import { ENGINES, isOurs, REFERENCE } from './engines.ts';
import type { EngineName } from './engines.ts';
import { findWorkload, GROUPS, WORKLOADS } from './workloads.ts';

/** What the command line asks for, defaults filled in. */
export interface BenchOptions {
  readonly workloads: readonly string[];
  readonly engines: readonly EngineName[];
  readonly rounds: number;
  readonly scale: number;
  readonly timeout: number;
  readonly clock: 'wall' | 'cpu';
  readonly profile: boolean;
  /** Compares Chromium's ratios with Node's, for engines and workloads that a page can run. */
  readonly browser: boolean;
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
  browser?: true;
  json?: string;
  html?: string;
}

const QUICK_SCALE = 4;
/** What is compared in a browser where nothing else is asked for. */
const IN_BROWSER: readonly EngineName[] = ['jit', REFERENCE];
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
function selectWorkloads({ browser, only, quick }: RawOptions): string[] {
  const wanted = only?.flatMap((name) => GROUPS[name] ?? [name]) ?? (quick || browser ? GROUPS['bare'] : NAMES) ?? [];
  return NAMES.filter((name) => wanted.includes(name));
}

/** Engines of the table that are wanted; in a browser without those that are programs of the host. */
function selectEngines({ browser, engines }: RawOptions): EngineName[] {
  const wanted = engines ?? (browser ? IN_BROWSER : ENGINES);
  return ENGINES.filter((engine) => wanted.includes(engine) && (!browser || engine === REFERENCE || isOurs(engine)));
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
    .option('--browser', 'run bare workloads in Node and in headless Chromium, and compare the ratios to v86')
    .option('--json <file>', 'also write the figures to a file')
    .option('--html <file>', 'also write a report with charts')
    .exitOverride()
    .parse(argv as string[]);
  const raw = command.opts<RawOptions>();
  const workloads = selectWorkloads(raw);
  const engines = selectEngines(raw);
  if (raw.browser && workloads.some((name) => findWorkload(name).guest === 'linux')) command.error('error: --browser runs bare workloads only: a page has no kernel to boot.');
  if (raw.browser && !(engines.includes(REFERENCE) && engines.length > 1)) command.error(`error: --browser compares engines of ours with ${REFERENCE}: it needs both.`);
  return {
    workloads,
    engines,
    rounds: raw.rounds ?? (raw.quick ? 1 : 3),
    scale: raw.scale ?? (raw.quick ? QUICK_SCALE : DEFAULT_SCALE),
    timeout: raw.timeout,
    clock: raw.cpuTime ? 'cpu' : 'wall',
    profile: raw.profile ?? false,
    browser: raw.browser ?? false,
    ...(raw.json !== undefined && { json: raw.json }),
    ...(raw.html !== undefined && { html: raw.html }),
  };
}
