import { access } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { DeviceConfig } from '@ringzero/machine';
import { createJiti } from 'jiti';
import { readFileOrFail } from '../read-file.ts';
import { UsageError } from '../usage-error.ts';

/** What `ringzero.config.*` may say. Command-line options win over it. */
export interface Config {
  /** `interpreter`, `jit`, or the module specifier of another backend. */
  readonly backend?: string;
  /** Options handed to the backend's factory. */
  readonly backendOptions?: Readonly<Record<string, unknown>>;
  /** CPU model, such as `core2` (see `ringzero cpus`). */
  readonly cpu?: string;
  /** RAM, such as `256M`. */
  readonly memory?: string;
  readonly clock?: 'real' | 'virtual';
  /** The guest that `run` starts when none is named. */
  readonly guest?: string;
  /** Disk images as `--disk` takes them; paths are relative to the configuration. */
  readonly disks?: readonly string[];
  /** CD images as `--cdrom` takes them. */
  readonly cdroms?: readonly string[];
  /** Further devices of the machine, with their options. */
  readonly devices?: readonly DeviceConfig[];
}

const NAMES = ['ringzero.config.json', 'ringzero.config.js', 'ringzero.config.ts'];
const STRINGS = ['backend', 'cpu', 'memory', 'clock', 'guest'];
const FILES = ['disks', 'cdroms'];

/** The configuration in `file`, or in the first `ringzero.config.*` of the working directory; empty where there is none. */
export async function loadConfig(file: string | undefined, directory: string = process.cwd()): Promise<Config> {
  const path = file === undefined ? await findConfig(directory) : resolve(directory, file);
  if (path === undefined) return {};
  return validate(await read(path), path);
}

async function findConfig(directory: string): Promise<string | undefined> {
  for (const name of NAMES) {
    const path = resolve(directory, name);
    try {
      await access(path);
      return path;
    } catch {
      // Not there: the next name.
    }
  }
  return undefined;
}

async function read(path: string): Promise<unknown> {
  if (path.endsWith('.json')) {
    const text = (await readFileOrFail('configuration', path)).toString('utf8');
    try {
      return JSON.parse(text);
    } catch (error) {
      throw new UsageError(`configuration ${path}: not JSON: ${(error as Error).message}`);
    }
  }
  await readFileOrFail('configuration', path);
  try {
    return await createJiti(pathToFileURL(path).href).import(path, { default: true });
  } catch (error) {
    throw new UsageError(`configuration ${path}: ${(error as Error).message.split('\n')[0]}`);
  }
}

function validate(value: unknown, path: string): Config {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new UsageError(`configuration ${path}: expected an object`);
  for (const [key, entry] of Object.entries(value)) {
    if (key === 'backendOptions') {
      if (typeof entry !== 'object' || entry === null) throw new UsageError(`configuration ${path}: backendOptions is ${String(entry)}, expected an object`);
    } else if (key === 'devices') {
      if (!Array.isArray(entry)) throw new UsageError(`configuration ${path}: devices is ${JSON.stringify(entry)}, expected a list`);
    } else if (FILES.includes(key)) {
      if (!Array.isArray(entry) || entry.some((file) => typeof file !== 'string')) throw new UsageError(`configuration ${path}: ${key} is ${JSON.stringify(entry)}, expected a list of files`);
    } else if (!STRINGS.includes(key)) {
      throw new UsageError(`configuration ${path}: unknown key "${key}"; known are ${[...STRINGS, ...FILES, 'devices', 'backendOptions'].join(', ')}`);
    } else if (typeof entry !== 'string') throw new UsageError(`configuration ${path}: ${key} is ${JSON.stringify(entry)}, expected text`);
  }
  const { clock } = value as Config;
  if (clock !== undefined && clock !== 'real' && clock !== 'virtual') throw new UsageError(`configuration ${path}: clock is "${String(clock)}", expected real or virtual`);
  const { disks, cdroms, ...others } = value as Config;
  const placed = (files: readonly string[]): readonly string[] => files.map((file) => (/^https?:\/\//.test(file) ? file : resolve(dirname(path), file)));
  return { ...others, ...(disks === undefined ? {} : { disks: placed(disks) }), ...(cdroms === undefined ? {} : { cdroms: placed(cdroms) }) };
}
