import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fetchDebianModules } from './debian-modules.ts';
import { fetchDebian } from './debian.ts';
import { resolveGuest } from './resolve-guest.ts';

let folder: string;
let cacheDir: string;
let keyring: string;

/** Puts programs that stand for apt's first on the path; the log shows how they were called. */
async function fakePrograms(programs: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, script] of Object.entries(programs)) {
    await writeFile(join(folder, 'bin', name), `#!/bin/sh\necho "${name} $*" >> ${folder}/log\n${script}\n`);
    await chmod(join(folder, 'bin', name), 0o755);
  }
  vi.stubEnv('PATH', `${join(folder, 'bin')}${delimiter}${process.env['PATH']}`);
}

const APT_CACHE = `for last; do :; done
case $last in
  linux-image-686) echo 'Version: 6.1.1'; echo 'Depends: linux-image-6.1.0-9-686 (= 6.1.1)';;
  busybox-static) echo 'Version: 1';;
esac`;
const APT_GET = `for last; do :; done
case "$*" in *" download "*) echo "dlstatus:1:50.0:half" >&3; : > "\${last}_1_i386.deb";; esac`;
const DPKG_DEB = `cd "$(dirname "$0")/.." && mkdir -p boot bin && echo kernel > boot/vmlinuz-6.1.0-9-686 && echo busybox > bin/busybox && tar -cf - ./boot ./bin/busybox`;
const WORKING = { 'apt-config': `echo 'Acquire::http::Proxy "http://proxy:1/";'`, 'apt-get': APT_GET, 'apt-cache': APT_CACHE, 'dpkg-deb': DPKG_DEB };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ringzero-debian-'));
  cacheDir = join(folder, 'cache');
  keyring = join(folder, 'keyring.gpg');
  await mkdir(join(folder, 'bin'));
  await writeFile(keyring, '');
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

describe('fetchDebianModules', () => {
  it('keeps what it knows of the kernel package, and then answers from the cache', async () => {
    const tree = 'lib/modules/6.1.0-9-686/kernel';
    const unpack = `cd "$(dirname "$0")/.." && mkdir -p boot bin ${tree}/fs/ext4 && echo kernel > boot/vmlinuz-6.1.0-9-686 && echo busybox > bin/busybox
for module in drivers/acpi/button drivers/block/virtio_blk drivers/char/virtio_console drivers/char/hw_random/virtio-rng drivers/input/evdev drivers/virtio/virtio crypto/crc32c_generic fs/ext4/ext4 fs/jbd2/jbd2 fs/mbcache lib/crc16 net/other; do
  mkdir -p "$(dirname ${tree}/$module)" && echo $module > ${tree}/$module.ko
done
tar -cf - ./boot ./bin/busybox ./lib`;
    await fakePrograms({ ...WORKING, 'dpkg-deb': unpack });
    const [ext4, virtio] = await fetchDebianModules(['ext4', 'virtio'], { cacheDir, keyring });
    expect([ext4?.path, Buffer.from(ext4!.content).toString(), Buffer.from(virtio!.content).toString()]).toEqual(['/lib/modules/ext4.ko', 'fs/ext4/ext4\n', 'drivers/virtio/virtio\n']);
    const calls = (await readFile(join(folder, 'log'), 'utf8')).length;
    await fetchDebianModules(['jbd2'], { cacheDir, keyring });
    expect((await readFile(join(folder, 'log'), 'utf8')).length).toBe(calls);
    await expect(fetchDebianModules(['other'], { cacheDir, keyring })).rejects.toThrow('kernel module "other": not among those kept of Debian\'s kernel 6.1.0-9-686');
  });

  it('says which package lacks a module', async () => {
    await fakePrograms(WORKING);
    await expect(fetchDebianModules(['ext4'], { cacheDir, keyring })).rejects.toThrow(/cannot unpack .* of the package .*linux-image-6.1.0-9-686/);
    expect(await readdir(cacheDir)).toEqual(['debian-6.1.0-9-686-r1']);
  });
});

describe('fetchDebian', () => {
  it('unpacks kernel and busybox, reports progress, and then answers from the cache', async () => {
    await fakePrograms(WORKING);
    const steps: string[] = [];
    const files = await fetchDebian({ cacheDir, keyring, onProgress: (step, fraction) => steps.push(`${step} ${fraction ?? ''}`) });
    expect(files.version).toBe('6.1.0-9-686');
    expect(await readFile(files.kernel, 'utf8')).toBe('kernel\n');
    expect((await stat(files.initrd)).size).toBeGreaterThan(16 * 1024 * 1024);
    expect(steps).toEqual(expect.arrayContaining(['linux-image-6.1.0-9-686 0.5', 'busybox-static 0.5']));
    expect(await readdir(cacheDir)).toEqual(['debian-6.1.0-9-686-r1']);

    const calls = (await readFile(join(folder, 'log'), 'utf8')).length;
    expect(await fetchDebian({ cacheDir, keyring })).toEqual(files);
    expect((await readFile(join(folder, 'log'), 'utf8')).length).toBe(calls);
  });

  it('leaves nothing in the cache when a download fails', async () => {
    await fakePrograms({ ...WORKING, 'apt-get': `case "$*" in *" download "*) echo 'E: Hash Sum mismatch' >&2; exit 100;; esac` });
    await expect(fetchDebian({ cacheDir, keyring })).rejects.toMatchObject({ code: 'apt-failed', message: expect.stringMatching(/linux-image-6\.1\.0-9-686 \(E: Hash Sum mismatch\).*--kernel and --initrd/) });
    expect(await readdir(cacheDir)).toEqual([]);
  });

  it('says so when a package lacks its file', async () => {
    await fakePrograms({ ...WORKING, 'dpkg-deb': 'exit 2' });
    await expect(fetchDebian({ cacheDir, keyring })).rejects.toMatchObject({ code: 'bad-package' });
    expect(await readdir(cacheDir)).toEqual([]);
  });

  it('names --kernel and --initrd where there is no apt', async () => {
    vi.stubEnv('PATH', join(folder, 'bin'));
    await expect(fetchDebian({ cacheDir, keyring })).rejects.toMatchObject({ code: 'no-apt', message: expect.stringContaining('--kernel and --initrd') });
  });

  it("names the package of Debian's keys where they are missing", async () => {
    await fakePrograms(WORKING);
    await expect(fetchDebian({ cacheDir, keyring: join(folder, 'none') })).rejects.toMatchObject({ code: 'no-apt', message: expect.stringContaining('debian-archive-keyring') });
  });

  it('names a cache that cannot be written', async () => {
    await expect(fetchDebian({ cacheDir: join(keyring, 'below-a-file') })).rejects.toMatchObject({ code: 'cache-unusable' });
  });
});

describe('resolveGuest', () => {
  it('boots Debian on the first serial port', async () => {
    await fakePrograms(WORKING);
    const source = await resolveGuest('debian', { cacheDir, keyring, append: 'quiet' });
    expect(source).toMatchObject({ kind: 'linux', commandLine: 'console=ttyS0,115200 nokaslr cryptomgr.notests quiet' });
    expect(source.initrd?.length).toBeGreaterThan(16 * 1024 * 1024);
  });

  it('gives the embedded guests without a download', async () => {
    expect(await resolveGuest('monitor')).toMatchObject({ kind: 'multiboot', commandLine: 'monitor' });
  });
});
