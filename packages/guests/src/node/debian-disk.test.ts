import { chmod, mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readCpioFile } from '../debian/cpio.ts';
import { DISK_BYTES, PARTITION_OFFSET } from '../debian/disk/disk-files.ts';
import { buildDebianDisk } from './debian-disk.ts';

let folder: string;
let cacheDir: string;
let keyring: string;

/** Puts programs that stand for apt's and others first on the path. */
async function fakePrograms(programs: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, script] of Object.entries(programs)) {
    await writeFile(join(folder, 'bin', name), `#!/bin/sh\n${script}\n`);
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
case "$*" in *" download "*) : > "\${last}_1_i386.deb";; *" install "*) : > archives/base-files_1_i386.deb;; esac`;
const DPKG_DEB = `case $1 in
  --extract)
    modules=$3/lib/modules/6.1.0-9-686/kernel
    mkdir -p $3/boot $modules/fs/ext4 $modules/fs/jbd2
    echo kernel > $3/boot/vmlinuz-6.1.0-9-686
    printf 'x\\0depends=jbd2\\0' > $modules/fs/ext4/ext4.ko
    printf 'x\\0depends=\\0' > $modules/fs/jbd2/jbd2.ko;;
  *) cd "$(dirname "$0")/.." && mkdir -p busybox/bin && echo busybox > busybox/bin/busybox && tar -C busybox -cf - ./bin/busybox;;
esac`;
const UNSHARE = `echo step:something >&3
cat "$OVERLAY/boot/grub/grub.cfg" > "$(dirname "$0")/../grub.cfg"
truncate -s "$IMAGE_BYTES" "$IMAGE"`;
const WORKING = { 'apt-config': ':', 'apt-get': APT_GET, 'apt-cache': APT_CACHE, 'dpkg-deb': DPKG_DEB, unshare: UNSHARE };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ringzero-debian-disk-'));
  cacheDir = join(folder, 'cache');
  keyring = join(folder, 'keyring.gpg');
  await mkdir(join(folder, 'bin'));
  await writeFile(keyring, '');
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

describe('buildDebianDisk', () => {
  it('makes an image with a partition, and a RAM disk that loads modules in order; then answers from the cache', async () => {
    await fakePrograms(WORKING);
    const steps: string[] = [];
    const files = await buildDebianDisk({ cacheDir, keyring, onProgress: (step) => steps.push(step) });
    expect(files.version).toBe('6.1.0-9-686');
    expect(steps).toEqual(expect.arrayContaining(['packages', 'linux-image-6.1.0-9-686', 'busybox-static', 'something']));
    const initrd = new Uint8Array(await readFile(files.initrd));
    expect(String.fromCharCode(...readCpioFile(initrd, 'modules/order')!)).toBe('jbd2.ko\next4.ko\n');
    expect(await readFile(files.kernel, 'utf8')).toBe('kernel\n');
    expect(await readFile(join(folder, 'grub.cfg'), 'utf8')).toContain('root=LABEL=debian');
    const file = await open(files.disk);
    const disk = Buffer.alloc(512);
    await file.read(disk, 0, 512, 0);
    expect((await file.stat()).size).toBe(DISK_BYTES);
    await file.close();
    expect([disk[446], disk[450], disk.readUInt32LE(454), disk.readUInt32LE(458), disk[510], disk[511]]).toEqual([0x80, 0x83, PARTITION_OFFSET / 512, (DISK_BYTES - PARTITION_OFFSET) / 512, 0x55, 0xaa]);
    await fakePrograms({ unshare: 'exit 1' });
    expect(await buildDebianDisk({ cacheDir, keyring })).toEqual(files);
  });

  it('leaves nothing in the cache when the installation fails, and says what it needs', async () => {
    await fakePrograms({ ...WORKING, unshare: 'echo "mount: permission denied" >&2; exit 1' });
    await expect(buildDebianDisk({ cacheDir, keyring })).rejects.toMatchObject({ code: 'build-failed', message: expect.stringMatching(/debian-disk guest \(mount: permission denied\); .*(i386 programs|uidmap)/) });
    expect(await readdir(cacheDir)).toEqual([]);
  });

  it('leaves nothing in the cache when the packages cannot be had', async () => {
    await fakePrograms({ ...WORKING, 'apt-get': `case "$*" in *" install "*) echo 'E: Unable to locate package gcc' >&2; exit 100;; esac` });
    await expect(buildDebianDisk({ cacheDir, keyring })).rejects.toMatchObject({ code: 'apt-failed', message: expect.stringContaining('E: Unable to locate package gcc') });
    expect(await readdir(cacheDir)).toEqual([]);
  });
});
