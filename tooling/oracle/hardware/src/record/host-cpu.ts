import { readFileSync } from 'node:fs';
import type { HostCpu } from '../corpus/corpus.ts';

/** This host's processor, from what the kernel read with CPUID. */
export function hostCpu(): HostCpu {
  const text = readFileSync('/proc/cpuinfo', 'utf8');
  const field = (name: string): string => new RegExp(`^${name}\\s*: (.*)$`, 'm').exec(text)?.[1] ?? 'unknown';
  return { vendor: field('vendor_id'), family: Number(field('cpu family')), model: Number(field('model')), stepping: Number(field('stepping')), brand: field('model name') };
}
