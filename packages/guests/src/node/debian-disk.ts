import { mkdir, open, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { buildDiskInitrd } from '../debian/disk/disk-initrd.ts';
import { BOOT_MODULES, DISK_BYTES, diskFiles, DISK_MODULES, DISK_PACKAGES, DISK_REVISION, PARTITION_OFFSET } from '../debian/disk/disk-files.ts';
import { DISK_BUILD_SCRIPT, partitionTable } from '../debian/disk/build-script.ts';
import { loadOrder, moduleName } from '../debian/disk/kernel-modules.ts';
import { GuestError } from '../guest-error.ts';
import { createPrivateApt, DEBIAN_KEYRING, type PrivateApt } from './apt.ts';
import { addToCache, defaultCacheDir, findInCache } from './cache.ts';
import { findKernelPackage, type FetchDebianOptions } from './debian.ts';
import { readPackageFile } from './package-file.ts';
import { firstError, runProgram } from './run-program.ts';

/** Debian on a disk, ready to boot. */
export interface DebianDiskFiles {
  readonly kernel: string;
  readonly initrd: string;
  /** An image with GRUB, the kernel and a root file system on its first partition. */
  readonly disk: string;
  /** Release of the kernel. */
  readonly version: string;
}

/** Not of the names that `fetchDebian` takes for its own. */
const PREFIX = 'disk-debian-';
const SUFFIX = `-r${DISK_REVISION}`;
const PARTITION_TABLE_OFFSET = 446;
/** A user namespace of which the caller is root, with other users as the host lends them. */
const NAMESPACE = ['--map-root-user', '--map-auto'];

function filesIn(cacheDir: string, name: string): DebianDiskFiles {
  const folder = join(cacheDir, name);
  return { kernel: join(folder, 'vmlinuz'), initrd: join(folder, 'initrd.cpio'), disk: join(folder, 'disk.img'), version: name.slice(PREFIX.length, -SUFFIX.length) };
}

async function readBytes(path: string): Promise<Uint8Array> {
  return new Uint8Array(await readFile(path));
}

/** The content of the modules that the initial RAM disk loads. */
async function readModules(kernel: string, version: string): Promise<Map<string, Uint8Array>> {
  const folder = join(kernel, 'lib/modules', version, 'kernel');
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.ko'));
  const paths = new Map(files.map((file) => [moduleName(file), join(folder, file)]));
  const contents = new Map<string, Uint8Array>();
  // What is needed is known only from what was read: wave by wave.
  for (let wave = [...BOOT_MODULES]; wave.length > 0; ) {
    const missing = new Set<string>();
    const read = (name: string): Uint8Array | undefined => {
      if (paths.has(name) && !contents.has(name)) missing.add(name);
      return contents.get(name);
    };
    loadOrder(wave, read);
    for (const name of missing) contents.set(name, await readBytes(paths.get(name)!));
    wave = missing.size === 0 ? [] : [...BOOT_MODULES];
  }
  return loadOrder(BOOT_MODULES, (name) => contents.get(name));
}

/** Runs the script as root, in a mount namespace of its own; other users are root of a user namespace. */
async function runBuild(environment: NodeJS.ProcessEnv, onStep: (step: string) => void): Promise<void> {
  const isRoot = process.getuid?.() === 0;
  const result = await runProgram('unshare', ['--mount', '--pid', '--fork', ...(isRoot ? [] : NAMESPACE), 'sh', '-c', DISK_BUILD_SCRIPT], {
    env: environment,
    purpose: 'the debian-disk guest is installed in a namespace of its own',
    onStatus: (line) => line.startsWith('step:') && onStep(line.slice('step:'.length)),
  });
  if (result.status === 0) return;
  const advice = isRoot ? 'it needs to mount, and a host that executes i386 programs' : 'users other than root need the package uidmap and a range of their own in /etc/subuid and /etc/subgid';
  throw new GuestError('build-failed', `cannot build the debian-disk guest (${firstError(result)}); ${advice}`);
}

async function build(apt: PrivateApt, work: string, folder: string, onProgress: (step: string, fraction?: number) => void): Promise<string> {
  const { name, release } = await findKernelPackage(apt, onProgress);
  const version = name.slice('linux-image-'.length);
  const progressOf = (step: string): ((fraction: number) => void) => {
    onProgress(step);
    return (fraction) => onProgress(step, fraction);
  };
  const archives = await apt.downloadWithDependencies(['?essential', ...DISK_PACKAGES], progressOf('packages'));
  const kernelFile = await apt.download(name, progressOf(name));
  const busyboxFile = await apt.download('busybox-static', progressOf('busybox-static'));
  onProgress('initial RAM disk');
  const kernel = join(work, 'kernel');
  const unpacked = await runProgram('dpkg-deb', ['--extract', kernelFile, kernel]);
  if (unpacked.status !== 0) throw new GuestError('bad-package', `cannot unpack ${kernelFile}: ${firstError(unpacked)}`);
  const initrd = buildDiskInitrd(await readPackageFile(busyboxFile, './bin/busybox'), await readModules(kernel, version));
  const image = await readBytes(join(kernel, 'boot', `vmlinuz-${version}`));
  const overlay = join(work, 'overlay');
  const files: [string, string | Uint8Array][] = [...diskFiles(release), ['boot/vmlinuz', image], ['boot/initrd.img', initrd]];
  for (const [path, content] of files) {
    await mkdir(dirname(join(overlay, path)), { recursive: true });
    await writeFile(join(overlay, path), content);
  }
  await writeFile(join(folder, 'vmlinuz'), image);
  await writeFile(join(folder, 'initrd.cpio'), initrd);
  const disk = join(folder, 'disk.img');
  await runBuild({
    ARCHIVES: archives, ROOT: join(work, 'root'), KERNEL: kernel, MODULES: DISK_MODULES.join(' '), VERSION: version, OVERLAY: overlay,
    IMAGE: disk, IMAGE_BYTES: String(DISK_BYTES), PARTITION_OFFSET: String(PARTITION_OFFSET),
  }, onProgress);
  const file = await open(disk, 'r+');
  await file.write(partitionTable(DISK_BYTES, PARTITION_OFFSET), 0, undefined, PARTITION_TABLE_OFFSET);
  await file.close();
  return version;
}

/**
 * A disk with Debian for i386: essential packages, apt, Python, a C compiler, GRUB. Packages come through an apt of its own, as
 * `fetchDebian`'s do; their maintainer scripts run on the host, in a namespace of their own, which takes an x86 host that
 * executes i386 programs.
 *
 * @throws GuestError as `fetchDebian` does, and `build-failed`.
 */
export async function buildDebianDisk(options: FetchDebianOptions = {}): Promise<DebianDiskFiles> {
  const cacheDir = options.cacheDir ?? defaultCacheDir();
  const onProgress = options.onProgress ?? ((): void => undefined);
  const cached = options.refresh === true ? undefined : await findInCache(cacheDir, (name) => name.startsWith(PREFIX) && name.endsWith(SUFFIX));
  if (cached !== undefined) return filesIn(cacheDir, cached);
  const name = await addToCache(cacheDir, async (work, folder) => {
    const apt = await createPrivateApt(join(work, 'apt'), options.keyring ?? DEBIAN_KEYRING);
    return `${PREFIX}${await build(apt, work, folder, onProgress)}${SUFFIX}`;
  });
  return filesIn(cacheDir, name);
}
