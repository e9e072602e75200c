import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Hypervisor } from '@ringzero/processor';
import type { Config } from './config/config-file.ts';
import { UsageError } from './usage-error.ts';

/** Backends that come with the command. */
export const BACKENDS = [
  { name: 'jit', description: 'compiles guest code to JavaScript functions (default)', module: '@ringzero/backend-jit' },
  { name: 'interpreter', description: 'interprets; needs no dynamic code', module: '@ringzero/backend-interpreter' },
] as const;

export const DEFAULT_BACKEND = 'jit';

type Factory = (options?: Readonly<Record<string, unknown>>) => Hypervisor;

/** The backend that flag, environment and configuration name, in that order of precedence. */
export function backendName(flag: string | undefined, config: Config, environment: NodeJS.ProcessEnv = process.env): string {
  return flag ?? (environment['RINGZERO_BACKEND'] || undefined) ?? config.backend ?? DEFAULT_BACKEND;
}

/** Loads a backend by name, or another by its module specifier (a package, or a path that begins with a dot or slash). */
export async function loadBackend(name: string, options: Readonly<Record<string, unknown>> = {}): Promise<Hypervisor> {
  const factory = await findFactory(name);
  const hypervisor = factory(options);
  if (typeof hypervisor?.newPartition !== 'function') throw new UsageError(`backend ${name}: its factory gave no hypervisor (an object with newPartition)`);
  if (!Array.isArray(hypervisor.cpuModels)) throw new UsageError(`backend ${name}: its hypervisor has no list of CPU models (cpuModels, which may be empty)`);
  return hypervisor;
}

async function findFactory(name: string): Promise<Factory> {
  // Named one by one, so that a bundler sees them.
  if (name === 'jit') return (await import('@ringzero/backend-jit')).createJitHypervisor as Factory;
  if (name === 'interpreter') return (await import('@ringzero/backend-interpreter')).createInterpreterHypervisor;
  const module = await importBackend(name);
  const factory = module['createHypervisor'] ?? module['default'];
  if (typeof factory !== 'function') throw new UsageError(`backend ${name}: expected the module to export createHypervisor or a default function`);
  return factory as Factory;
}

async function importBackend(name: string): Promise<Record<string, unknown>> {
  const known = BACKENDS.map((backend) => backend.name).join(', ');
  let url: string;
  try {
    if (/^\.{0,2}\//.test(name)) url = pathToFileURL(resolve(name)).href;
    else url = pathToFileURL(createRequire(resolve(process.cwd(), 'package.json')).resolve(name)).href;
  } catch {
    throw new UsageError(`backend "${name}": unknown; known are ${known}, or the module specifier of another`);
  }
  try {
    return (await import(url)) as Record<string, unknown>;
  } catch (error) {
    throw new UsageError(`backend "${name}": cannot be loaded (${(error as Error).message.split('\n')[0]}); known are ${known}, or the module specifier of another`);
  }
}
