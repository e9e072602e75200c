import { readFile } from 'node:fs/promises';
import type { BootSource, GuestOptions } from '../boot-source.ts';
import { resolveEmbeddedGuest } from '../embedded.ts';
import { fetchDebian } from './debian.ts';
import type { FetchDebianOptions } from './debian.ts';

/** What a caller may change about a guest, and how it is fetched. */
export interface ResolveGuestOptions extends GuestOptions, FetchDebianOptions {}

/** Console on the first serial port; the kernel at its usual address, so that runs compare; without the self-tests of its cryptography, which are half of a boot. */
export const DEBIAN_COMMAND_LINE = 'console=ttyS0,115200 nokaslr cryptomgr.notests';

/**
 * Everything needed to boot the guest called `name`, fetching it first if it is not part of this package.
 *
 * @throws GuestError if there is no such guest, or it cannot be fetched.
 */
export async function resolveGuest(name: string, options: ResolveGuestOptions = {}): Promise<BootSource> {
  if (name !== 'debian') return resolveEmbeddedGuest(name, options);
  const files = await fetchDebian(options);
  return {
    kind: 'linux',
    image: new Uint8Array(await readFile(files.kernel)),
    initrd: new Uint8Array(await readFile(files.initrd)),
    commandLine: options.append ? `${DEBIAN_COMMAND_LINE} ${options.append}` : DEBIAN_COMMAND_LINE,
    memoryBytes: 256 * 1024 * 1024,
    readyText: 'ringzero: shell ready',
  };
}
