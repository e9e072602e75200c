import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { BootSource } from '@ringzero/machine';
import { addFilesToInitrd, type InitrdFile } from '@ringzero/guests';
import { resolveGuest, listGuests } from '@ringzero/guests/node';
import { parseImage, parsePlacement } from './config/parse.ts';
import { readFileOrFail } from './read-file.ts';
import { createProgress } from './terminal/progress.ts';
import { UsageError } from './usage-error.ts';

/** Options of `run` and `inspect` that name what is booted. */
export interface BootOptions {
  readonly kernel?: string;
  readonly initrd?: string;
  readonly file?: readonly string[];
  readonly append?: string;
  readonly multiboot?: string;
  readonly elf?: string;
  readonly image?: string;
  readonly bios?: string;
}

/** What to boot, and the memory that it was made for. */
export interface Boot {
  readonly source: BootSource;
  readonly memoryBytes: number;
}

const MEGABYTE = 2 ** 20;
const DEFAULT_MEMORY = 256 * MEGABYTE;
const DEFAULT_GUEST = 'monitor';

/** Reads what the options name: files, or a guest by name, fetched where need be; and places files in its initial RAM disk. */
export async function resolveBoot(guest: string | undefined, options: BootOptions): Promise<Boot> {
  const files = await Promise.all((options.file ?? []).map(readPlacement));
  const boot = await resolveSource(guest, options);
  const { source } = boot;
  if (files.length === 0) return boot;
  if (source.kind !== 'linux') throw new UsageError('--file: only Linux has a RAM disk to place files in');
  return { ...boot, source: { ...source, initrd: addFilesToInitrd(source.initrd, files) } };
}

async function readPlacement(text: string): Promise<InitrdFile> {
  const { file, path } = parsePlacement(text);
  const content = await read('file', file);
  return { path, mode: (await stat(file)).mode & 0o777, content };
}

async function resolveSource(guest: string | undefined, options: BootOptions): Promise<Boot> {
  const named = (['kernel', 'multiboot', 'elf', 'image', 'bios'] as const).filter((key) => options[key] !== undefined);
  if (named.length + (guest === undefined ? 0 : 1) > 1) {
    const all = [...(guest === undefined ? [] : [`guest ${guest}`]), ...named.map((key) => `--${key}`)];
    throw new UsageError(`${all.join(' and ')}: only one thing can be booted`);
  }
  const [kind] = named;
  if (options.initrd !== undefined && kind !== 'kernel' && kind !== 'multiboot') throw new UsageError('--initrd: needs --kernel or --multiboot');
  if (kind === undefined) return await resolveNamed(guest ?? DEFAULT_GUEST, options);
  if (kind === 'image') {
    const { file, address } = parseImage(options.image!);
    return { source: { kind: 'flat', image: await read('image', file), address, name: basename(file) }, memoryBytes: DEFAULT_MEMORY };
  }
  const file = options[kind]!;
  const image = await read(kind, file);
  const name = basename(file);
  const initrd = options.initrd === undefined ? {} : { initrd: await read('initrd', options.initrd) };
  const commandLine = options.append ?? '';
  switch (kind) {
    case 'kernel':
      return { source: { kind: 'linux', image, name, commandLine, ...initrd }, memoryBytes: DEFAULT_MEMORY };
    case 'multiboot':
      return { source: { kind, image, name, commandLine: [name, commandLine].join(' ').trim(), ...initrd }, memoryBytes: DEFAULT_MEMORY };
    default:
      return { source: { kind, image, name }, memoryBytes: DEFAULT_MEMORY };
  }
}

async function read(what: string, path: string): Promise<Uint8Array> {
  return new Uint8Array(await readFileOrFail(what, path));
}

async function resolveNamed(name: string, options: BootOptions): Promise<Boot> {
  if (!listGuests().some((guest) => guest.name === name)) {
    throw new UsageError(`guest "${name}": unknown; known are ${listGuests().map((guest) => guest.name).join(', ')}`);
  }
  const progress = createProgress();
  try {
    const guest = await resolveGuest(name, { ...(options.append === undefined ? {} : { append: options.append }), onProgress: progress.report });
    const { kind, image, initrd, commandLine, memoryBytes } = guest;
    return { source: { kind, image, commandLine, name, ...(initrd === undefined ? {} : { initrd }) }, memoryBytes };
  } finally {
    progress.end();
  }
}
