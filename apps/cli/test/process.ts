import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, inject } from 'vitest';

/** What a process left behind. */
export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a process gets. */
export interface RunOptions {
  readonly input?: string;
  readonly environment?: NodeJS.ProcessEnv;
  /** Close its output after this many bytes. */
  readonly readOnly?: number;
  /** Send this when output has come. */
  readonly signal?: NodeJS.Signals;
}

/** A folder for one test file's images, configurations and reports. */
export class Folder {
  readonly path: string = mkdtempSync(join(tmpdir(), 'ringzero-cli-'));

  constructor() {
    afterAll(() => rmSync(this.path, { recursive: true, force: true }));
  }

  file(name: string, content: string | Uint8Array): string {
    const path = this.at(name);
    writeFileSync(path, content);
    return path;
  }
  at(name: string): string {
    return join(this.path, name);
  }

  /** Runs the command in this folder. */
  ringzero(args: readonly string[], { input = '', environment = {}, readOnly = Infinity, signal }: RunOptions = {}): Promise<Outcome> {
    const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => name !== 'RINGZERO_BACKEND' && name !== 'NODE_OPTIONS'));
    const child = spawn(process.execPath, ['--enable-source-maps', inject('ringzero'), ...args], { cwd: this.path, env: { ...inherited, ...environment } });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('latin1').on('data', (text: string) => {
      stdout += text;
      if (signal !== undefined) child.kill(signal);
      if (stdout.length >= readOnly) child.stdout.destroy();
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (status) => resolve({ status, stdout, stderr }));
    });
  }
}
