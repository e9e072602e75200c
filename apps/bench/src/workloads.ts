import { BENCHMARKS, benchmarkChecksum, benchmarkInstructions, LINUX_BENCHMARKS } from '@ringzero/guests';
import type { Step } from './measurement.ts';

/** A row of the table. */
export interface Workload {
  readonly name: string;
  readonly description: string;
  /** What runs it: a guest of its own, or one boot of Linux for all that are `linux`. */
  readonly guest: string;
}

const BOOT: Workload = { name: 'debian', description: "Debian's boot, from the machine's start to a shell", guest: 'linux' };

/** All rows, in the order to show them. */
export const WORKLOADS: readonly Workload[] = [
  ...BENCHMARKS.map(({ name, description }) => ({ name, description, guest: name })),
  BOOT,
  ...LINUX_BENCHMARKS.map(({ name, description }) => ({ name, description, guest: 'linux' })),
];

/** Names for several rows at once. */
export const GROUPS: Readonly<Record<string, readonly string[]>> = {
  bare: BENCHMARKS.map((benchmark) => benchmark.name),
  linux: [BOOT, ...LINUX_BENCHMARKS].map((workload) => workload.name),
};

export function findWorkload(name: string): Workload {
  const workload = WORKLOADS.find((candidate) => candidate.name === name);
  if (workload === undefined) throw new Error(`no workload is called ${name}`);
  return workload;
}

const READY = 'ringzero: shell ready';

/** What to do in one run of `guest`, to measure those of `wanted` that it can. Linux boots in any case. */
export function stepsFor(guest: string, wanted: readonly string[], scale: number): Step[] {
  if (guest !== 'linux') return [{ workload: guest, prompt: '', send: '', from: 'READY\r\n', until: 'DONE\r\n' }];
  const programs = LINUX_BENCHMARKS.filter(({ name }) => wanted.includes(name));
  return [
    { workload: BOOT.name, prompt: '', send: '', from: '', until: READY },
    ...programs.map(({ name }) => ({ workload: name, prompt: '# ', send: `sh /bench/run ${name} ${scale}\n`, from: 'BEGIN\r\n', until: 'END\r\n' })),
  ];
}

/** What a workload must print, where that is known beforehand. Nothing is asked of a boot. */
export function expectedOutput(workload: string, scale: number): string | undefined {
  if (workload === BOOT.name) return undefined;
  return LINUX_BENCHMARKS.find(({ name }) => name === workload)?.expected?.(scale) ?? benchmarkChecksum(workload, scale);
}

/** Whether engines must print the same. */
export function hasOutput(workload: string): boolean {
  return workload !== BOOT.name;
}

/** Instructions that were counted when the images were built. */
export function recordedInstructions(workload: string, scale: number): number | undefined {
  return benchmarkInstructions(workload, scale);
}
