import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCE = fileURLToPath(new URL('../../executor/executor.c', import.meta.url));
const FLAGS = ['-O1', '-Wall', '-fno-stack-protector', '-mgeneral-regs-only'];
/** Largest answer of one batch. */
const MOST_BYTES = 1 << 30;

export type Bits = 32 | 64;

/** Why nothing can be recorded here. */
export class ExecutorError extends Error {
  override readonly name = 'ExecutorError';
}

/** The executor, built for this host. */
export class Executor {
  readonly bits: Bits;
  readonly #folder: string;
  readonly #program: string;

  private constructor(bits: Bits, folder: string) {
    this.bits = bits;
    this.#folder = folder;
    this.#program = join(folder, `executor-${bits}`);
  }

  /** Whether this host can build and run it. */
  static isPossible(bits: Bits): boolean {
    if (process.platform !== 'linux' || process.arch !== 'x64') return false;
    const probe = spawnSync('gcc', [`-m${bits}`, '-x', 'c', '-', '-o', '/dev/null'], { input: '#include <stdio.h>\nint main(void) { return 0; }\n' });
    return probe.status === 0;
  }

  /** Compiles it. Throws {@link ExecutorError} with what is missing. */
  static build(bits: Bits): Executor {
    if (process.platform !== 'linux' || process.arch !== 'x64') throw new ExecutorError(`vectors are recorded on Linux on an x86-64 processor; this is ${process.platform} on ${process.arch}`);
    const folder = mkdtempSync(join(tmpdir(), 'ringzero-vectors-'));
    const executor = new Executor(bits, folder);
    const { status, stderr, error } = spawnSync('gcc', [`-m${bits}`, ...FLAGS, '-o', executor.#program, SOURCE], { encoding: 'utf8' });
    if (status === 0) return executor;
    executor.close();
    const hint = bits === 32 ? 'gcc with -m32 is needed (Debian: apt install gcc gcc-multilib)' : 'gcc is needed (Debian: apt install gcc libc6-dev)';
    throw new ExecutorError(`${hint}; it said: ${error?.message ?? stderr}`);
  }

  /** Runs a batch and returns the results. */
  run(batch: Uint8Array): Uint8Array {
    const { status, signal, stdout, stderr, error } = spawnSync(this.#program, { input: batch, maxBuffer: MOST_BYTES });
    if (status !== 0) throw new ExecutorError(`the executor ended with ${signal ?? `status ${status}`}: ${error?.message ?? stderr.toString()}`);
    return stdout;
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
