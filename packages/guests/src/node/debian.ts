import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildInitrd, INITRD_REVISION } from '../debian/initrd.ts';
import { GuestError } from '../guest-error.ts';
import { LAST_I386_RELEASE, readHostRelease } from './apt-sources.ts';
import { createPrivateApt, DEBIAN_KEYRING } from './apt.ts';
import type { PrivateApt } from './apt.ts';
import { addToCache, defaultCacheDir, findInCache } from './cache.ts';
import { readPackageFile } from './package-file.ts';

/** How to fetch Debian. */
export interface FetchDebianOptions {
  /** Folder of the cache; by default `ringzero` in `$XDG_CACHE_HOME`, or in `~/.cache`. */
  readonly cacheDir?: string;
  /** Fetches the newest version even if there is one in the cache. */
  readonly refresh?: boolean;
  /** Keys that the archives must be signed with; by default those of the package debian-archive-keyring. */
  readonly keyring?: string;
  /** Called with what is being done, and how much of it (0 to 1) where that is known. */
  readonly onProgress?: (step: string, fraction?: number) => void;
}

/** Debian, ready to boot. */
export interface DebianFiles {
  /** Path of the bzImage. */
  readonly kernel: string;
  /** Path of the initial RAM disk. */
  readonly initrd: string;
  /** Release of the kernel, for example `6.1.0-9-686`. */
  readonly version: string;
}

const KERNEL_PACKAGE = 'linux-image-686';
const SUFFIX = `-r${INITRD_REVISION}`;

function filesIn(cacheDir: string, name: string): DebianFiles {
  const folder = join(cacheDir, name);
  return { kernel: join(folder, 'vmlinuz'), initrd: join(folder, 'initrd.cpio'), version: name.slice('debian-'.length, -SUFFIX.length) };
}

/** The kernel package of the host's release, or of the last one that had an i386 kernel. */
export async function findKernelPackage(apt: PrivateApt, onProgress: (step: string, fraction?: number) => void): Promise<{ readonly name: string; readonly release: string }> {
  const release = await readHostRelease();
  for (const candidate of new Set([release ?? LAST_I386_RELEASE, LAST_I386_RELEASE])) {
    const step = `package lists of Debian ${candidate}`;
    onProgress(step);
    await apt.update(candidate, (fraction) => onProgress(step, fraction));
    const depends = await apt.field(KERNEL_PACKAGE, 'Depends');
    const name = /linux-image-\d[\w.+-]*-686/.exec(depends ?? '')?.[0];
    if (name !== undefined) return { name, release: candidate };
  }
  throw new GuestError('apt-failed', `Debian ${LAST_I386_RELEASE} has no package ${KERNEL_PACKAGE} for i386`);
}

async function build(apt: PrivateApt, folder: string, onProgress: (step: string, fraction?: number) => void): Promise<string> {
  const { name } = await findKernelPackage(apt, onProgress);
  const version = name.slice('linux-image-'.length);
  const kernelFile = await apt.download(name, (fraction) => onProgress(name, fraction));
  const busyboxFile = await apt.download('busybox-static', (fraction) => onProgress('busybox-static', fraction));
  onProgress('initial RAM disk');
  await writeFile(join(folder, 'vmlinuz'), await readPackageFile(kernelFile, `./boot/vmlinuz-${version}`));
  await writeFile(join(folder, 'initrd.cpio'), buildInitrd(await readPackageFile(busyboxFile, './bin/busybox')));
  return version;
}

/**
 * Debian's current i386 kernel (flavour 686) and an initial RAM disk with busybox, fetched through an apt
 * of its own, which verifies them against Debian's keys, and kept in the cache. The host's apt state is not
 * touched, i386 need not be enabled, and no rights are needed. An interrupted fetch leaves nothing behind that
 * a later one would take for whole.
 *
 * @throws GuestError `no-apt`, `apt-failed`, `bad-package` or `cache-unusable`.
 */
export async function fetchDebian(options: FetchDebianOptions = {}): Promise<DebianFiles> {
  const cacheDir = options.cacheDir ?? defaultCacheDir();
  const onProgress = options.onProgress ?? ((): void => undefined);
  const cached = options.refresh === true ? undefined : await findInCache(cacheDir, (name) => name.startsWith('debian-') && name.endsWith(SUFFIX));
  if (cached !== undefined) return filesIn(cacheDir, cached);
  const name = await addToCache(cacheDir, async (work, folder) => {
    const apt = await createPrivateApt(join(work, 'apt'), options.keyring ?? DEBIAN_KEYRING);
    return `debian-${await build(apt, folder, onProgress)}${SUFFIX}`;
  });
  return filesIn(cacheDir, name);
}
