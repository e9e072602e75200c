import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GuestError } from '../guest-error.ts';
import { LAST_I386_RELEASE, readHostRelease } from './apt-sources.ts';
import { createPrivateApt, DEBIAN_KEYRING } from './apt.ts';
import { addToCache, defaultCacheDir, findInCache } from './cache.ts';
import type { FetchDebianOptions } from './debian.ts';
import { readPackageFile } from './package-file.ts';

/** A BIOS and the option ROM of a VGA. */
export interface Firmware {
  /** The smaller build, of 128 KB, with fewer drivers. */
  readonly bios: Uint8Array;
  /** The whole one, of 256 KB. */
  readonly bios256k: Uint8Array;
  readonly vgaBios: Uint8Array;
}

const INSTALLED = '/usr/share/seabios';
/** Changes with the files, so that an old folder in the cache is not used. */
const PREFIX = 'seabios2-';
const FILES = ['bios.bin', 'bios-256k.bin', 'vgabios-stdvga.bin'];

async function readFirmware(folder: string): Promise<Firmware | undefined> {
  const [bios, bios256k, vgaBios] = await Promise.all(FILES.map((name) => readFile(join(folder, name)).catch(() => undefined)));
  return bios && bios256k && vgaBios && { bios: new Uint8Array(bios), bios256k: new Uint8Array(bios256k), vgaBios: new Uint8Array(vgaBios) };
}

/**
 * SeaBIOS as Debian packages it: the installed one, else from the cache, else fetched through apt as Debian itself is.
 *
 * @throws GuestError as `fetchDebian` does.
 */
export async function fetchSeabios(options: FetchDebianOptions = {}): Promise<Firmware> {
  const cacheDir = options.cacheDir ?? defaultCacheDir();
  const installed = await readFirmware(INSTALLED);
  if (installed) return installed;
  const cached = await findInCache(cacheDir, (name) => name.startsWith(PREFIX));
  const name = cached ?? (await addToCache(cacheDir, async (work, folder) => {
    const apt = await createPrivateApt(join(work, 'apt'), options.keyring ?? DEBIAN_KEYRING);
    await apt.update((await readHostRelease()) ?? LAST_I386_RELEASE, (fraction) => options.onProgress?.('package lists', fraction));
    const archive = await apt.download('seabios', (fraction) => options.onProgress?.('seabios', fraction));
    for (const file of FILES) await writeFile(join(folder, file), await readPackageFile(archive, `.${INSTALLED}/${file}`));
    return `${PREFIX}${(await apt.field('seabios', 'Version'))?.replace(/[^\w.+-]/g, '') ?? 'unknown'}`;
  }));
  const firmware = await readFirmware(join(cacheDir, name));
  if (firmware) return firmware;
  throw new GuestError('bad-package', `${join(cacheDir, name)} lacks one of ${FILES.join(', ')}; remove that folder and try again`);
}
