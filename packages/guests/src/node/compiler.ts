import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { LAST_I386_RELEASE } from './apt-sources.ts';
import { createPrivateApt, DEBIAN_KEYRING } from './apt.ts';
import { addToCache, defaultCacheDir, findInCache } from './cache.ts';
import type { FetchDebianOptions } from './debian.ts';
import { readPackageFile } from './package-file.ts';

const PREFIX = 'tcc-';
const LIBRARIES = '/lib/i386-linux-gnu';
const HEADERS = '/usr/lib/i386-linux-gnu/tcc/include';

/** Package and path of everything that tcc needs to compile without a C library's headers. */
const FILES: Readonly<Record<string, readonly string[]>> = {
  tcc: ['/usr/bin/tcc', `${HEADERS}/stdbool.h`, `${HEADERS}/stddef.h`],
  libc6: ['ld-linux.so.2', 'libc.so.6', 'libm.so.6', 'libdl.so.2', 'libpthread.so.0'].map((file) => `${LIBRARIES}/${file}`),
};

/**
 * Debian's tcc for i386 with its libraries and two headers, in one folder.
 *
 * @returns the folder.
 * @throws GuestError as `fetchDebian` does.
 */
export async function fetchCompiler(options: FetchDebianOptions = {}): Promise<string> {
  const cacheDir = options.cacheDir ?? defaultCacheDir();
  const cached = await findInCache(cacheDir, (name) => name.startsWith(PREFIX));
  const name = cached ?? (await addToCache(cacheDir, async (work, folder) => {
    const apt = await createPrivateApt(join(work, 'apt'), options.keyring ?? DEBIAN_KEYRING);
    await apt.update(LAST_I386_RELEASE, (fraction) => options.onProgress?.('package lists', fraction));
    for (const [packageName, paths] of Object.entries(FILES)) {
      const archive = await apt.download(packageName, (fraction) => options.onProgress?.(packageName, fraction));
      for (const path of paths) await writeFile(join(folder, basename(path)), await readPackageFile(archive, `.${path}`), { mode: 0o755 });
    }
    return `${PREFIX}${(await apt.field('tcc', 'Version'))?.replace(/[^\w.+-]/g, '') ?? 'unknown'}`;
  }));
  return join(cacheDir, name);
}
