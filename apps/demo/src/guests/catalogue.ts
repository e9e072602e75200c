import { listGuests } from '@ringzero/guests';
import type { Options } from '../options/options.ts';
import type { BootRequest, FileSource } from '../protocol/boot-request.ts';

/** A guest to choose. */
export interface CatalogueEntry {
  readonly name: string;
  readonly description: string;
  readonly group: 'Systems' | 'Your files' | 'Benchmarks';
  /** What of the form matters to it. */
  readonly takesScale: boolean;
  boot(options: Options): BootRequest;
}

/** A guest whose files are served beside the page, as `pnpm demo:guests` describes it in `guests/manifest.json`. */
export interface ServedGuest {
  readonly name: string;
  readonly description: string;
  readonly commandLine: string;
  readonly memoryBytes: number;
  readonly kernel: ServedFile;
  readonly initrd: ServedFile;
}

/** A file beside the page. */
export interface ServedFile {
  readonly name: string;
  /** Relative to the manifest. */
  readonly path: string;
  /** As downloaded. */
  readonly bytes: number;
  readonly isGzip: boolean;
}

/** Firmware beside the page, for disks and CDs. */
export interface ServedFirmware {
  readonly bios: ServedFile;
  readonly vgaBios: ServedFile;
}

/** `guests/manifest.json`. */
export interface GuestManifest {
  readonly guests: readonly ServedGuest[];
  /** Missing where nothing was prepared. */
  readonly firmware?: ServedFirmware;
}

/** Where the manifest is, relative to the page. */
export const MANIFEST_URL = 'guests/manifest.json';

/** The guests that are part of the page. */
export function embeddedGuests(): CatalogueEntry[] {
  return listGuests().filter(({ kind }) => kind !== 'download').map(({ description, kind, name }) => ({
    name,
    description: description.replace(/^benchmark: /, ''),
    group: kind === 'benchmark' ? 'Benchmarks' : 'Systems',
    takesScale: kind === 'benchmark',
    boot: ({ append, scale }) => ({ kind: 'embedded', name, scale, append }),
  }));
}

/** Whole addresses: the worker's own is another. */
function servedFile({ bytes, isGzip, name, path }: ServedFile): FileSource {
  return { kind: 'url', name, url: new URL(path, new URL(MANIFEST_URL, document.baseURI)).href, bytes, isGzip };
}

function servedEntry(guest: ServedGuest): CatalogueEntry {
  return {
    name: guest.name,
    description: guest.description,
    group: 'Systems',
    takesScale: false,
    boot: ({ append }) => ({
      kind: 'linux',
      image: servedFile(guest.kernel),
      initrd: servedFile(guest.initrd),
      commandLine: `${guest.commandLine} ${append}`.trim(),
      memoryBytes: guest.memoryBytes,
    }),
  };
}

/** Firmware with which the user's disks boot. */
export interface Firmware {
  readonly bios: FileSource;
  readonly vgaBios: FileSource;
}

/** What is beside the page. */
export interface ServedCatalogue {
  readonly guests: readonly CatalogueEntry[];
  readonly firmware: Firmware | undefined;
}

/** What is beside the page; nothing where nobody has prepared it. */
export async function servedCatalogue(): Promise<ServedCatalogue> {
  const response = await fetch(MANIFEST_URL).catch(() => undefined);
  // Some servers answer with the page itself where there is no such file.
  if (response === undefined || !response.ok || !(response.headers.get('Content-Type') ?? '').includes('json')) return { guests: [], firmware: undefined };
  const { firmware, guests } = (await response.json()) as GuestManifest;
  return { guests: guests.map(servedEntry), firmware: firmware && { bios: servedFile(firmware.bios), vgaBios: servedFile(firmware.vgaBios) } };
}

/** The name of the guest that is on a kept disk. */
export const DISK_GUEST = 'disk';

/** What to say where disks cannot boot. */
export const NO_FIRMWARE = 'booting disks takes firmware, which is not beside this page. Run `npx -y pnpm@10.34.8 demo:guests`, which prepares it, and reload';

/** Boots from the kept disk that is chosen. */
export function keptDiskEntry(firmware: Firmware | undefined): CatalogueEntry {
  return {
    name: DISK_GUEST,
    description: 'what is on the kept disk, booted by SeaBIOS',
    group: 'Systems',
    takesScale: false,
    boot({ disk }) {
      if (disk === '') throw new Error('No disk is chosen: choose a kept disk, or open an image and keep it.');
      if (firmware === undefined) throw new Error(`${disk}: ${NO_FIRMWARE}.`);
      return { kind: 'disks', ...firmware, disks: [], memoryBytes: 256 * 2 ** 20 };
    },
  };
}
