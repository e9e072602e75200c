import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GuestError } from '../guest-error.ts';
import { firstError, runProgram } from './run-program.ts';

/** The folder of this package, whose sources the benchmarks are compiled from. */
export const PACKAGE_ROOT: string = fileURLToPath(new URL('../..', import.meta.url));

/** What guests and host programs are compiled with alike, so that both run the same instructions. */
const FLAGS: readonly string[] = [
  '-m32', '-O2', '-ffreestanding', '-fno-pic', '-fno-pie', '-fno-stack-protector', '-fno-asynchronous-unwind-tables', '-fno-tree-loop-distribute-patterns',
  '-fcf-protection=none', '-fno-math-errno', '-ffp-contract=off', '-Wall', '-Wextra', '-Werror',
];
const WITH_SSE2: ReadonlySet<string> = new Set(['sse2', 'matmul', 'mandelbrot']);

/** Compiler flags for one guest. */
export function compilerFlags(name: string): string[] {
  if (name === 'monitor') return [...FLAGS, '-march=i486', '-mno-sse', '-mno-mmx'];
  if (WITH_SSE2.has(name)) return [...FLAGS, '-march=i686', '-msse2', '-mfpmath=sse'];
  return [...FLAGS, '-march=i686', '-mno-sse', '-mno-mmx'];
}

/** The sources of a benchmark: the common part for `side`, the benchmark's own, and what of it only that side has. */
export function benchmarkSources(name: string, side: 'guest' | 'native'): string[] {
  const special = `benchmarks/${name}.${side}.c`;
  return [`benchmarks/${side}.c`, `benchmarks/${name}.c`, ...(existsSync(join(PACKAGE_ROOT, special)) ? [special] : [])];
}

/**
 * Runs gcc in the folder of this package.
 *
 * @throws GuestError `no-compiler` if there is none that can do it.
 */
export async function runCompiler(args: readonly string[]): Promise<void> {
  const result = await runProgram('gcc', args, { cwd: PACKAGE_ROOT }).catch((cause: unknown) => {
    throw new GuestError('no-compiler', 'there is no gcc here', { cause });
  });
  if (result.status !== 0) throw new GuestError('no-compiler', `gcc cannot compile 32-bit programs here (${firstError(result)}); Debian: gcc-multilib`);
}

/**
 * Compiles a benchmark as an ordinary 32-bit program of the host. It takes a scale and prints a line: checksum, seconds by the
 * clock, seconds of the processor, and the peak of its memory in KB.
 *
 * @throws GuestError `no-compiler`.
 */
export async function compileNative(name: string, output: string): Promise<void> {
  await runCompiler([...compilerFlags(name), '-no-pie', '-o', output, ...benchmarkSources(name, 'native')]);
}
