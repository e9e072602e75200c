import { readFileSync } from 'node:fs';
import type { BootSource, GuestMachine, GuestOptions } from '../boot-source.ts';
import { DISK_READY_TEXT } from '../debian/disk/disk-files.ts';
import { RESCUE_READY_TEXT } from '../debian/rescue-menu.ts';
import { listGuests, resolveEmbeddedGuest } from '../embedded.ts';
import { buildDebianDisk } from './debian-disk.ts';
import { fetchDebian } from './debian.ts';
import type { FetchDebianOptions } from './debian.ts';
import { fetchSeabios } from './firmware.ts';
import { buildGrubRescue } from './grub-rescue.ts';
import { fetchMemtest } from './memtest.ts';

/** What a caller may change about a guest, and how it is fetched. */
export interface ResolveGuestOptions extends GuestOptions, FetchDebianOptions {}

/** Console on the first serial port; the kernel at its usual address, so that runs compare; without the self-tests of its cryptography, which are half of a boot. */
export const DEBIAN_COMMAND_LINE = 'console=ttyS0,115200 nokaslr cryptomgr.notests';

/** A file's bytes, not copied once more. */
function readBytes(path: string): Uint8Array {
  const { buffer, byteOffset, length } = readFileSync(path);
  return new Uint8Array(buffer, byteOffset, length);
}

/** A guest that is at hand: embedded, or fetched and on disk. */
export interface LocatedGuest {
  readonly kind: BootSource['kind'];
  readonly memoryBytes: number;
  /** What it is meant to run on. */
  readonly machine: GuestMachine;
  /** Paths of the images of the machine's media, by their names. They are the cache's: a guest's writes must not reach them. */
  readonly media: Readonly<Record<string, string>>;
  /** Everything needed to boot it, read from disk each time: it need not be kept. */
  readonly read: () => BootSource;
}

/** What is particular to a guest: how to read it, and its media. */
interface Found {
  readonly source: () => Omit<BootSource, 'memoryBytes'>;
  readonly kind: BootSource['kind'];
  readonly media?: Readonly<Record<string, string>>;
}

function commandLine(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join(' ');
}

/** How guests that are not embedded are fetched or built. */
const FETCHERS: Readonly<Record<string, (options: ResolveGuestOptions) => Promise<Found>>> = {
  async debian(options) {
    const files = await fetchDebian(options);
    const line = commandLine(DEBIAN_COMMAND_LINE, options.append);
    const kind = 'linux';
    return { kind, source: () => ({ kind, image: readBytes(files.kernel), initrd: readBytes(files.initrd), commandLine: line, readyText: 'ringzero: shell ready' }) };
  },
  async 'debian-disk'(options) {
    const files = await buildDebianDisk(options);
    const line = commandLine('root=LABEL=debian', DEBIAN_COMMAND_LINE, options.append);
    const kind = 'linux';
    return { kind, media: { root: files.disk }, source: () => ({ kind, image: readBytes(files.kernel), initrd: readBytes(files.initrd), commandLine: line, readyText: DISK_READY_TEXT }) };
  },
  async 'grub-rescue'(options) {
    const firmware = await fetchSeabios(options);
    const files = await buildGrubRescue(options);
    const kind = 'bios';
    return { kind, media: { rescue: files.cd }, source: () => ({ kind, image: firmware.bios256k, vgaBios: firmware.vgaBios, commandLine: '', readyText: RESCUE_READY_TEXT }) };
  },
  async memtest(options) {
    const image = await fetchMemtest(options);
    const line = commandLine('console=ttyS0,115200', options.append);
    const kind = 'linux';
    return { kind, source: () => ({ kind, image: readBytes(image), commandLine: line, readyText: 'Memtest86+' }) };
  },
};

/**
 * Finds the guest called `name`, fetching or building it first if it is not part of this package.
 *
 * @throws GuestError if there is no such guest, or it cannot be fetched.
 */
export async function locateGuest(name: string, options: ResolveGuestOptions = {}): Promise<LocatedGuest> {
  const info = listGuests().find((guest) => guest.name === name);
  const fetcher = Object.hasOwn(FETCHERS, name) ? FETCHERS[name] : undefined;
  if (info === undefined || fetcher === undefined) {
    const source = resolveEmbeddedGuest(name, options);
    const machine = { memoryBytes: source.memoryBytes, devices: [], media: [] };
    return { kind: source.kind, memoryBytes: source.memoryBytes, machine, media: {}, read: () => source };
  }
  const { kind, source, media = {} } = await fetcher(options);
  const { machine } = info;
  const { memoryBytes } = machine;
  return { kind, memoryBytes, machine, media, read: () => ({ ...source(), memoryBytes }) };
}

/** The same, read: everything needed to boot it. */
export async function resolveGuest(name: string, options: ResolveGuestOptions = {}): Promise<BootSource> {
  return (await locateGuest(name, options)).read();
}
