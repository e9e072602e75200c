import { readFileSync } from 'node:fs';
import type { BootSource, GuestOptions } from '../boot-source.ts';
import { resolveEmbeddedGuest } from '../embedded.ts';
import { fetchDebian } from './debian.ts';
import type { FetchDebianOptions } from './debian.ts';

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
  /** Everything needed to boot it, read from disk each time: it need not be kept. */
  readonly read: () => BootSource;
}

/**
 * Finds the guest called `name`, fetching it first if it is not part of this package.
 *
 * @throws GuestError if there is no such guest, or it cannot be fetched.
 */
export async function locateGuest(name: string, options: ResolveGuestOptions = {}): Promise<LocatedGuest> {
  if (name !== 'debian') {
    const source = resolveEmbeddedGuest(name, options);
    return { kind: source.kind, memoryBytes: source.memoryBytes, read: () => source };
  }
  const files = await fetchDebian(options);
  const kind = 'linux';
  const memoryBytes = 256 * 1024 * 1024;
  const read = (): BootSource => ({
    kind,
    image: readBytes(files.kernel),
    initrd: readBytes(files.initrd),
    commandLine: options.append ? `${DEBIAN_COMMAND_LINE} ${options.append}` : DEBIAN_COMMAND_LINE,
    memoryBytes,
    readyText: 'ringzero: shell ready',
  });
  return { kind, memoryBytes, read };
}

/** The same, read: everything needed to boot it. */
export async function resolveGuest(name: string, options: ResolveGuestOptions = {}): Promise<BootSource> {
  return (await locateGuest(name, options)).read();
}
