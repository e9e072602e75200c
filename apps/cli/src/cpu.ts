import type { Hypervisor } from '@ringzero/processor';
import type { Config } from './config/config-file.ts';
import { UsageError } from './usage-error.ts';

/** The CPU model that flag and configuration name, in that order of precedence; empty where neither does. */
export function cpuName(flag: string | undefined, config: Config, hypervisor: Hypervisor): { readonly cpu?: string } {
  const cpu = flag ?? config.cpu;
  if (cpu === undefined) return {};
  const models = hypervisor.cpuModels;
  if (models.some(({ name }) => name === cpu)) return { cpu };
  const known = models.length === 0 ? 'the backend offers no choice' : `known are ${models.map(({ name }) => name).join(', ')}`;
  throw new UsageError(`CPU model "${cpu}": unknown; ${known}`);
}
