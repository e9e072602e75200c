import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LAST_I386_RELEASE, readHostRelease } from './apt-sources.ts';
import { createPrivateApt, DEBIAN_KEYRING } from './apt.ts';
import { addToCache, defaultCacheDir, findInCache } from './cache.ts';
import type { FetchDebianOptions } from './debian.ts';
import { readPackageFile } from './package-file.ts';

const PACKAGE = 'memtest86+';
const PREFIX = 'memtest-';
const FILE = 'memtest86+ia32.bin';

/**
 * The path of Memtest86+ for 32-bit processors, which starts like a Linux kernel, fetched through apt as Debian itself is.
 *
 * @throws GuestError as `fetchDebian` does.
 */
export async function fetchMemtest(options: FetchDebianOptions = {}): Promise<string> {
  const cacheDir = options.cacheDir ?? defaultCacheDir();
  const cached = options.refresh === true ? undefined : await findInCache(cacheDir, (name) => name.startsWith(PREFIX));
  const name = cached ?? (await addToCache(cacheDir, async (work, folder) => {
    const apt = await createPrivateApt(join(work, 'apt'), options.keyring ?? DEBIAN_KEYRING);
    await apt.update((await readHostRelease()) ?? LAST_I386_RELEASE, (fraction) => options.onProgress?.('package lists', fraction));
    const archive = await apt.download(PACKAGE, (fraction) => options.onProgress?.(PACKAGE, fraction));
    await writeFile(join(folder, FILE), await readPackageFile(archive, `./boot/${FILE}`));
    return `${PREFIX}${(await apt.field(PACKAGE, 'Version'))?.replace(/[^\w.+-]/g, '') ?? 'unknown'}`;
  }));
  return join(cacheDir, name, FILE);
}
