import { MANIFEST } from './generated/manifest.ts';

/** A benchmark guest: prints READY, works, prints its checksum, prints DONE, and turns the machine off. */
export interface Benchmark {
  readonly name: string;
  readonly description: string;
}

/** The benchmark guests, in the order to show them. */
// prettier-ignore
export const BENCHMARKS: readonly Benchmark[] = [
  { name: 'integer', description: 'lists, matrices, a state machine and a CRC, as in CoreMark' },
  { name: 'dhrystone', description: 'procedures, records and strings, as in Dhrystone' },
  { name: 'sieve', description: 'prime numbers, by bytes and by bits' },
  { name: 'sha256', description: 'SHA-256' },
  { name: 'md5', description: 'MD5' },
  { name: 'crc32', description: 'CRC-32 by tables and by bits' },
  { name: 'lz', description: 'LZ77 compression and decompression' },
  { name: 'qsort', description: 'a sort through a comparison function, as in the C library' },
  { name: 'sorting', description: 'quicksort, heapsort and binary search' },
  { name: 'tree', description: 'a search tree: recursion and pointers' },
  { name: 'bytes', description: 'strings by byte loops' },
  { name: 'rep', description: 'REP MOVS, STOS, SCAS and CMPS, long and short' },
  { name: 'memory', description: 'copies, strides and pointer chasing over 8 MB' },
  { name: 'branchy', description: 'unpredictable branches and a small interpreter' },
  { name: 'switch', description: 'a bytecode interpreter with a switch' },
  { name: 'threaded', description: 'the same bytecode by indirect jumps' },
  { name: 'indirect', description: 'calls through pointers' },
  { name: 'recursion', description: 'recursive functions' },
  { name: 'muldiv', description: 'multiplication and division' },
  { name: 'x87', description: 'x87 floating point, a mix' },
  { name: 'nbody', description: 'gravity between bodies in x87 code' },
  { name: 'linpack', description: 'linear equations in x87 code' },
  { name: 'sse2', description: 'SSE2 floating point, scalar and packed, a mix' },
  { name: 'matmul', description: 'matrix products in SSE2 code' },
  { name: 'mandelbrot', description: 'a Mandelbrot set in SSE2 code' },
  { name: 'smc', description: 'self-modifying code: a Forth that compiles to instructions' },
  { name: 'code16', description: '16-bit code in 16-bit segments' },
  { name: 'syscalls', description: 'system calls from ring 3 by INT 80h and SYSENTER' },
  { name: 'tasks', description: 'context switches between address spaces' },
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
