import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { InitrdFile } from '../debian/add-files.ts';
import { GuestError } from '../guest-error.ts';
import { LAST_I386_RELEASE, readHostRelease } from './apt-sources.ts';
import { createPrivateApt, DEBIAN_KEYRING } from './apt.ts';
import { addToCache, defaultCacheDir, findInCache } from './cache.ts';
import { fetchDebian, type FetchDebianOptions } from './debian.ts';
import { extractPackageFiles } from './package-file.ts';

/** Changes whenever {@link KEPT} does. */
const REVISION = 1;

/** What is kept of the kernel package's modules. */
const KEPT = ['drivers/acpi/button', 'drivers/block/virtio_blk', 'drivers/char/virtio_console', 'drivers/char/hw_random/virtio-rng', 'drivers/input/evdev', 'drivers/virtio/*', 'crypto/crc32c_generic', 'fs/ext4/*', 'fs/jbd2/*', 'fs/mbcache', 'lib/crc16'];

/**
 * Modules of Debian's kernel as `fetchDebian` gives it, for an initial RAM disk: /lib/modules/NAME.ko for each name. Loading them in
 * order is up to the caller. Fetched on first use, as the kernel is.
 *
 * @throws GuestError as `fetchDebian` does, and `bad-package` for a module that is not kept.
 */
export async function fetchDebianModules(names: readonly string[], options: FetchDebianOptions = {}): Promise<InitrdFile[]> {
  const cacheDir = options.cacheDir ?? defaultCacheDir();
  const { version } = await fetchDebian(options);
  const wanted = `modules-${version}-r${REVISION}`;
  const name = (await findInCache(cacheDir, (entry) => entry === wanted)) ?? (await fetchModules(cacheDir, version, wanted, options));
  return Promise.all(names.map(async (module) => {
    const content = await readFile(join(cacheDir, name, `${module}.ko`)).catch((cause: unknown) => {
      throw new GuestError('bad-package', `kernel module "${module}": not among those kept of Debian's kernel ${version} (${KEPT.join(', ')})`, { cause });
    });
    return { path: `/lib/modules/${module}.ko`, mode: 0o644, content: new Uint8Array(content) };
  }));
}

function fetchModules(cacheDir: string, version: string, name: string, options: FetchDebianOptions): Promise<string> {
  return addToCache(cacheDir, async (work, folder) => {
    const apt = await createPrivateApt(join(work, 'apt'), options.keyring ?? DEBIAN_KEYRING);
    await apt.update((await readHostRelease()) ?? LAST_I386_RELEASE, (fraction) => options.onProgress?.('package lists', fraction));
    const archive = await apt.download(`linux-image-${version}`, (fraction) => options.onProgress?.(`modules of linux-image-${version}`, fraction));
    await extractPackageFiles(archive, KEPT.map((path) => `./lib/modules/${version}/kernel/${path}.ko`), folder);
    return name;
  });
}
