import { statSync } from 'node:fs';
import { basename } from 'node:path';
import type { BootSource, DeviceConfig } from '@ringzero/machine';
import { addFilesToInitrd, type InitrdFile } from '@ringzero/guests';
import { fetchSeabios, locateGuest, listGuests } from '@ringzero/guests/node';
import { parseImage, parsePlacement } from './config/parse.ts';
import type { MediumOption } from './media.ts';
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
  /** Devices that it needs. */
  readonly devices: readonly DeviceConfig[];
  /** Disks and CDs that come with it. Nothing is written to them. */
  readonly media: readonly MediumOption[];
  /** Reads it. A machine does so again when its guest resets: nobody keeps the files, which are tens of megabytes. */
  readonly read: () => BootSource;
}

const MEGABYTE = 2 ** 20;
const DEFAULT_MEMORY = 256 * MEGABYTE;
const DEFAULT_GUEST = 'monitor';
const NO_DEVICES = { devices: [], media: [] } as const;

/**
 * Finds what the options name: files, or a guest by name, fetched where need be; and places files in its initial RAM disk. Where
 * they name nothing but there are disks or CDs (`hasMedia`), SeaBIOS boots from those.
 */
export async function resolveBoot(guest: string | undefined, options: BootOptions, hasMedia: boolean = false): Promise<Boot> {
  const files = (options.file ?? []).map(openPlacement);
  const boot = await resolveSource(guest, options, hasMedia);
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

async function resolveSource(guest: string | undefined, options: BootOptions, hasMedia: boolean): Promise<Boot> {
  const named = (['kernel', 'multiboot', 'elf', 'image', 'bios'] as const).filter((key) => options[key] !== undefined);
  if (named.length + (guest === undefined ? 0 : 1) > 1) {
    const all = [...(guest === undefined ? [] : [`guest ${guest}`]), ...named.map((key) => `--${key}`)];
    throw new UsageError(`${all.join(' and ')}: only one thing can be booted`);
  }
  const [kind] = named;
  if (options.initrd !== undefined && kind !== 'kernel' && kind !== 'multiboot') throw new UsageError('--initrd: needs --kernel or --multiboot');
  if (options.vgaBios !== undefined && kind !== 'bios') throw new UsageError('--vga-bios: needs --bios');
  if (kind === undefined) return guest === undefined && hasMedia ? await resolveSeabios() : await resolveNamed(guest ?? DEFAULT_GUEST, options);
  if (kind === 'image') {
    const { file, address } = parseImage(options.image!);
    const image = openFile('image', file);
    return { ...NO_DEVICES, kind: 'flat', memoryBytes: DEFAULT_MEMORY, read: () => ({ kind: 'flat', image: image(), address, name: basename(file) }) };
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
      return { ...NO_DEVICES, kind, memoryBytes, read: () => ({ kind, image: image(), name, ...(vgaBios === undefined ? {} : { vgaBios: vgaBios() }) }) };
    case 'kernel':
      return { ...NO_DEVICES, kind: 'linux', memoryBytes, read: () => ({ kind: 'linux', image: image(), name, commandLine, ...initrd() }) };
    case 'multiboot':
      return { ...NO_DEVICES, kind, memoryBytes, read: () => ({ kind, image: image(), name, commandLine: [name, commandLine].join(' ').trim(), ...initrd() }) };
    default:
      return { ...NO_DEVICES, kind, memoryBytes, read: () => ({ kind, image: image(), name }) };
  }
}

async function resolveNamed(name: string, options: BootOptions): Promise<Boot> {
  if (!listGuests().some((guest) => guest.name === name)) {
    throw new UsageError(`guest "${name}": unknown; known are ${listGuests().map((guest) => guest.name).join(', ')}`);
  }
  const progress = createProgress();
  try {
    const guest = await locateGuest(name, { ...(options.append === undefined ? {} : { append: options.append }), onProgress: progress.report });
    const { kind, memoryBytes, machine } = guest;
    const read = (): BootSource => {
      const { image, initrd, commandLine, vgaBios } = guest.read();
      if (kind === 'bios') return { kind, image, name, ...(vgaBios === undefined ? {} : { vgaBios }) };
      return { kind, image, commandLine, name, ...(initrd === undefined ? {} : { initrd }) };
    };
    const media = machine.media.map((medium): MediumOption => {
      const isCd = medium.kind === 'cdrom';
      return { path: guest.media[medium.name]!, kind: medium.kind, isReadOnly: isCd, isSnapshot: !isCd, interface: medium.interface, name: medium.name };
    });
    return { kind, memoryBytes, devices: machine.devices, media, read };
  } finally {
    progress.end();
  }
}

async function resolveSeabios(): Promise<Boot> {
  const progress = createProgress();
  try {
    const { bios256k: image, vgaBios } = await fetchSeabios({ onProgress: progress.report });
    const kind = 'bios';
    return { ...NO_DEVICES, kind, memoryBytes: DEFAULT_MEMORY, read: () => ({ kind, image, vgaBios, name: 'SeaBIOS' }) };
  } finally {
    progress.end();
  }
}
