import { statSync } from 'node:fs';
import { basename } from 'node:path';
import type { BootSource } from '@ringzero/machine';
import { addFilesToInitrd, type InitrdFile } from '@ringzero/guests';
import { locateGuest, listGuests } from '@ringzero/guests/node';
import { parseImage, parsePlacement } from './config/parse.ts';
import { openFile } from './read-file.ts';
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
  readonly vgaBios?: string;
  readonly boot?: string;
}

/** What to boot, and the memory that it was made for. */
export interface Boot {
  readonly kind: BootSource['kind'];
  readonly memoryBytes: number;
  /** Reads it. A machine does so again when its guest resets: nobody keeps the files, which are tens of megabytes. */
  readonly read: () => BootSource;
}

const MEGABYTE = 2 ** 20;
const DEFAULT_MEMORY = 256 * MEGABYTE;
const DEFAULT_GUEST = 'monitor';

/** Finds what the options name: files, or a guest by name, fetched where need be; and places files in its initial RAM disk. */
export async function resolveBoot(guest: string | undefined, options: BootOptions): Promise<Boot> {
  const files = (options.file ?? []).map(openPlacement);
  const boot = await resolveSource(guest, options);
  if (files.length === 0) return boot;
  if (boot.kind !== 'linux') throw new UsageError('--file: only Linux has a RAM disk to place files in');
  return {
    ...boot,
    read: () => {
      const source = boot.read();
      return source.kind === 'linux' ? { ...source, initrd: addFilesToInitrd(source.initrd, files.map((read) => read())) } : source;
    },
  };
}

function openPlacement(text: string): () => InitrdFile {
  const { file, path } = parsePlacement(text);
  const read = openFile('file', file);
  return () => ({ path, mode: statSync(file).mode & 0o777, content: read() });
}

async function resolveSource(guest: string | undefined, options: BootOptions): Promise<Boot> {
  const named = (['kernel', 'multiboot', 'elf', 'image', 'bios'] as const).filter((key) => options[key] !== undefined);
  if (named.length + (guest === undefined ? 0 : 1) > 1) {
    const all = [...(guest === undefined ? [] : [`guest ${guest}`]), ...named.map((key) => `--${key}`)];
    throw new UsageError(`${all.join(' and ')}: only one thing can be booted`);
  }
  const [kind] = named;
  if (options.initrd !== undefined && kind !== 'kernel' && kind !== 'multiboot') throw new UsageError('--initrd: needs --kernel or --multiboot');
  if (options.vgaBios !== undefined && kind !== 'bios') throw new UsageError('--vga-bios: needs --bios');
  if (kind === undefined) return await resolveNamed(guest ?? DEFAULT_GUEST, options);
  if (kind === 'image') {
    const { file, address } = parseImage(options.image!);
    const image = openFile('image', file);
    return { kind: 'flat', memoryBytes: DEFAULT_MEMORY, read: () => ({ kind: 'flat', image: image(), address, name: basename(file) }) };
  }
  const file = options[kind]!;
  const image = openFile(kind, file);
  const name = basename(file);
  const disk = options.initrd === undefined ? undefined : openFile('initrd', options.initrd);
  const initrd = (): { initrd?: Uint8Array } => (disk === undefined ? {} : { initrd: disk() });
  const commandLine = options.append ?? '';
  const memoryBytes = DEFAULT_MEMORY;
  const vgaBios = options.vgaBios === undefined ? undefined : openFile('vga-bios', options.vgaBios);
  switch (kind) {
    case 'bios':
      return { kind, memoryBytes, read: () => ({ kind, image: image(), name, ...(vgaBios === undefined ? {} : { vgaBios: vgaBios() }) }) };
    case 'kernel':
      return { kind: 'linux', memoryBytes, read: () => ({ kind: 'linux', image: image(), name, commandLine, ...initrd() }) };
    case 'multiboot':
      return { kind, memoryBytes, read: () => ({ kind, image: image(), name, commandLine: [name, commandLine].join(' ').trim(), ...initrd() }) };
    default:
      return { kind, memoryBytes, read: () => ({ kind, image: image(), name }) };
  }
}

async function resolveNamed(name: string, options: BootOptions): Promise<Boot> {
  if (!listGuests().some((guest) => guest.name === name)) {
    throw new UsageError(`guest "${name}": unknown; known are ${listGuests().map((guest) => guest.name).join(', ')}`);
  }
  const progress = createProgress();
  try {
    const guest = await locateGuest(name, { ...(options.append === undefined ? {} : { append: options.append }), onProgress: progress.report });
    const { kind, memoryBytes } = guest;
    const read = (): BootSource => {
      const { image, initrd, commandLine } = guest.read();
      return { kind, image, commandLine, name, ...(initrd === undefined ? {} : { initrd }) };
    };
    return { kind, memoryBytes, read };
  } finally {
    progress.end();
  }
}
