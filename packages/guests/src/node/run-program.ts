import { spawn } from 'node:child_process';
import { GuestError } from '../guest-error.ts';

/** How to run a program. */
export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** What the program is wanted for, for the message where there is none. */
  readonly purpose?: string;
  /** Called with each line that the program writes to file descriptor 3. */
  readonly onStatus?: (line: string) => void;
}

/** How a program ended. */
export interface RunResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What to do without apt, for the end of a message. */
export const WITHOUT_APT = 'name a kernel and an initial RAM disk of your own with --kernel and --initrd';

/**
 * Runs one of apt's programs to its end, in the C locale and without a terminal.
 *
 * @throws GuestError `no-apt` if there is no such program here.
 */
export function runProgram(program: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: options.cwd, env: { ...process.env, LC_ALL: 'C', ...options.env }, stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    let status = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.stdio[3]?.on('data', (bytes: Buffer) => {
      const lines = (status + bytes.toString('utf8')).split('\n');
      status = lines.pop() ?? '';
      for (const line of lines) options.onStatus?.(line);
    });
    child.on('error', (cause: NodeJS.ErrnoException) => {
      const missing = cause.code === 'ENOENT';
      const message = missing ? (options.purpose === undefined ? `the debian guest is fetched through apt, and there is no ${program} here: ${WITHOUT_APT}` : `${options.purpose}, and there is no ${program} here`) : `cannot run ${program}: ${cause.message}`;
      reject(new GuestError(missing ? 'no-apt' : 'apt-failed', message, { cause }));
    });
    child.on('close', (code) => resolve({ status: code ?? 1, stdout, stderr }));
  });
}

/** The first line of an error output that says what went wrong. */
export function firstError(result: RunResult): string {
  const lines = result.stderr.split('\n').map((line) => line.trim()).filter((line) => line !== '');
  return lines.find((line) => line.startsWith('E:')) ?? lines[0] ?? `exit status ${result.status}`;
}
