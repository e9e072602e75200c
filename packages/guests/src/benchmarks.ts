import { MANIFEST } from './generated/manifest.ts';

/** A benchmark guest: prints READY, works, prints its checksum, prints DONE, and turns the machine off. */
export interface Benchmark {
  readonly name: string;
  readonly description: string;
}

/** The benchmark guests, in the order to show them. */
export const BENCHMARKS: readonly Benchmark[] = [
  { name: 'integer', description: 'lists, matrices, a state machine and a CRC' },
  { name: 'branchy', description: 'unpredictable branches and a small interpreter' },
  { name: 'memory', description: 'copies, strides and pointer chasing over 8 MB' },
  { name: 'strings', description: 'REP string instructions and byte loops' },
  { name: 'hashing', description: 'SHA-256 and MD5' },
  { name: 'sorting', description: 'quicksort, heapsort and binary search' },
  { name: 'indirect', description: 'calls through pointers' },
  { name: 'x87', description: 'x87 floating point' },
  { name: 'sse2', description: 'SSE2 floating point, scalar and packed' },
  { name: 'syscalls', description: 'system calls from ring 3 by INT 80h and SYSENTER' },
  { name: 'pagefaults', description: 'page faults that map memory on demand' },
];

/** Scale at which a benchmark runs when the command line names none. */
export const DEFAULT_SCALE = 20;

/**
 * The checksum that a benchmark must print at `scale`, as recorded from the same sources run natively;
 * `undefined` if that scale was not recorded.
 */
export function benchmarkChecksum(name: string, scale: number): string | undefined {
  return MANIFEST.images[name]?.checksums[String(scale)];
}

/** Guest instructions between READY and DONE at `scale` (a REP iteration counts as one), or `undefined` if not recorded. */
export function benchmarkInstructions(name: string, scale: number): number | undefined {
  return MANIFEST.images[name]?.instructions[String(scale)];
}
