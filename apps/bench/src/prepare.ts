import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { compileNative, fetchSeabios, installLinuxBenchmarks, resolveLinuxBenchmarks } from '@ringzero/guests/node';
import { guestsOf } from './benchmark.ts';
import type { EngineName } from './engines.ts';
import type { BenchOptions } from './options.ts';

/** What can be measured here, and why the rest cannot. */
export interface Prepared {
  readonly engines: readonly EngineName[];
  readonly notes: readonly string[];
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function prepareNative(guests: readonly string[], folder: string, onProgress: (text: string) => void): Promise<void> {
  for (const guest of guests) {
    onProgress(`building ${guest} for the host`);
    if (guest === 'linux') await installLinuxBenchmarks(join(folder, 'linux'));
    else await compileNative(guest, join(folder, guest));
  }
}

/** Fetches and builds beforehand what runs would otherwise stop for; leaves out engines that are not here. */
export async function prepare(options: BenchOptions, nativeFolder: string, onProgress: (text: string) => void): Promise<Prepared> {
  const guests = guestsOf(options.workloads);
  const notes: string[] = [];
  let engines = options.engines;
  const leaveOut = (engine: EngineName, reason: string): void => {
    engines = engines.filter((other) => other !== engine);
    notes.push(`no column ${engine}: ${reason}`);
  };
  if (guests.includes('linux')) {
    const report = (step: string, fraction?: number): void => onProgress(`fetching ${step}${fraction === undefined ? '' : ` ${Math.round(fraction * 100)} %`}`);
    await resolveLinuxBenchmarks({ onProgress: report });
    if (engines.includes('v86')) await fetchSeabios({ onProgress: report });
  }
  if (engines.includes('qemu')) {
    try {
      execFileSync('qemu-system-i386', ['--version'], { stdio: 'pipe' });
    } catch {
      leaveOut('qemu', 'qemu-system-i386 is not installed');
    }
  }
  if (engines.includes('native')) await prepareNative(guests, nativeFolder, onProgress).catch((error: unknown) => leaveOut('native', messageOf(error)));
  return { engines, notes };
}
