import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { cpus, loadavg, release, totalmem } from 'node:os';
import type { EngineName } from './engines.ts';

/** What the figures depend on. */
export interface Host {
  readonly cpu: string;
  readonly processors: number;
  readonly memoryBytes: number;
  readonly system: string;
  /** Of the minute before the start: above 0 something else was running. */
  readonly loadAverage: number;
  /** Versions by name. */
  readonly versions: Readonly<Record<string, string>>;
}

function firstLine(program: string): string | undefined {
  try {
    return execFileSync(program, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split('\n')[0];
  } catch {
    return undefined;
  }
}

export function describeHost(engines: readonly EngineName[]): Host {
  const versions: Record<string, string> = { node: process.versions.node, v8: process.versions.v8 };
  if (engines.includes('v86')) versions['v86'] = (createRequire(import.meta.url)('v86/package.json') as { version: string }).version;
  const programs = { qemu: 'qemu-system-i386', native: 'gcc' } as const;
  for (const engine of ['qemu', 'native'] as const) {
    const line = engines.includes(engine) ? firstLine(programs[engine]) : undefined;
    if (line !== undefined) versions[engine] = line;
  }
  return { cpu: cpus()[0]?.model ?? 'unknown CPU', processors: cpus().length, memoryBytes: totalmem(), loadAverage: loadavg()[0] ?? 0, system: `${process.platform} ${release()} ${process.arch}`, versions };
}
