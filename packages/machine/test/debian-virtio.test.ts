import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterpreterHypervisor } from '@ringzero/backend-interpreter';
import { createJitHypervisor } from '@ringzero/backend-jit';
import type { BlockBackend, VirtioConsole } from '@ringzero/devices';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BootSource, MachineConfig } from '../src/index.ts';
import { debianWithModules, DebianSession, type Step } from './debian-session.ts';

// A boot takes a minute: by hand, `RINGZERO_DEBIAN=1 npx vitest run test/debian-virtio.test.ts`.
const MINUTES = 60_000;
const DISK_BYTES = 64 << 20;
/** Of /root/data.bin, as packages/guests makes it. */
const DATA_MD5 = '7f0c8dcee639a7f9fff5a0dacda383a0';
const ENVIRONMENT = { ...process.env, PATH: `${process.env['PATH']}:/sbin:/usr/sbin` };

let folder: string;
let boot: BootSource;
let formatted: Uint8Array;

function disk(bytes: Uint8Array): BlockBackend {
  return {
    byteLength: bytes.length,
    isReadOnly: false,
    read: (offset, target) => target.set(bytes.subarray(offset, offset + target.length)),
    write: (offset, source) => bytes.set(source, offset),
    flush: () => undefined,
  };
}

function checkFileSystem(bytes: Uint8Array): void {
  const file = join(folder, 'after.img');
  writeFileSync(file, bytes);
  // Throws where the file system is not clean.
  execFileSync('e2fsck', ['-f', '-n', file], { env: ENVIRONMENT, stdio: 'pipe' });
}

function configure(options: Record<string, unknown>): MachineConfig {
  const devices = ['virtio-block', 'virtio-console', 'virtio-rng'].map((type) => ({ type, ...options, ...(type === 'virtio-block' ? { medium: 'disk' } : {}) }));
  return { memoryBytes: 256 << 20, clock: 'virtual', devices };
}

const COPY: readonly Step[] = [
  'load',
  'mkdir /mnt && mount -t ext4 /dev/vda /mnt && echo MOUN""TED',
  'cp /root/data.bin /mnt/ && sync; umount /mnt; echo 3 > /proc/sys/vm/drop_caches',
  'mount -t ext4 /dev/vda /mnt && md5sum /mnt/data.bin; umount /mnt',
];

describe.skipIf(process.env['RINGZERO_DEBIAN'] === undefined)('Debian on virtio', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ringzero-virtio-'));
    const file = join(folder, 'disk.img');
    writeFileSync(file, '');
    truncateSync(file, DISK_BYTES);
    execFileSync('mkfs.ext4', ['-q', '-F', file], { env: ENVIRONMENT });
    formatted = new Uint8Array(readFileSync(file));
    boot = await debianWithModules();
  }, 5 * MINUTES);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    ['modern, jit', {}, createJitHypervisor, 'virtio0-req.0'],
    ['legacy, interpreter', { disableModern: true }, createInterpreterHypervisor, 'virtio0-req.0'],
  ] as const)('mounts a disk, talks on its console, reads random numbers: %s', async (_name, options, create, interrupt) => {
    const bytes = formatted.slice();
    let console = '';
    const session: DebianSession = new DebianSession(configure(options), create(), { media: { disk: disk(bytes) } }, [
      ...COPY,
      'cat /sys/block/vda/serial /sys/class/misc/hw_random/rng_current; head -c 32 /dev/hwrng | wc -c; grep virtio /proc/interrupts',
      'echo to-the-host > /dev/hvc0; (read x < /dev/hvc0; echo "GOT $x") &',
      { host: () => { guestConsole().resize(123, 45); guestConsole().input(Buffer.from('from-the-host\n')); }, line: 'sleep 1' },
      'stty -F /dev/hvc0 size; grep acpi /proc/interrupts',
      'dd if=/dev/input/$(cd /sys/class/input; grep -l Power event*/device/name | cut -d/ -f1) bs=16 count=1 of=/tmp/key & sleep 1',
      { host: () => session.machine.pressPowerButton(), line: 'sleep 1; hexdump -C /tmp/key; grep acpi /proc/interrupts' },
      'poweroff',
    ]);
    const guestConsole = (): VirtioConsole => session.machine.device('virtio-console') as VirtioConsole;
    guestConsole().onOutput = (written) => void (console += Buffer.from(written).toString('latin1'));
    session.machine.load(boot);
    const exit = await session.machine.run();
    // A session that did not end shows how far it came.
    expect({ exit, output: exit.kind === 'powerOff' ? '' : session.output.slice(-3000) }).toEqual({ exit: { kind: 'powerOff' }, output: '' });
    for (const text of ['MOUNTED', `${DATA_MD5}  /mnt/data.bin`, 'disk', 'virtio_rng.0', interrupt, 'GOT from-the-host', '45 123']) expect(session.output).toContain(text);
    expect(console).toContain('to-the-host');
    // A system control interrupt, and the key of the power button (type 1, code 116) as an input event.
    expect(session.output.match(/ 9: +(\d+) .*acpi/g)?.map((line) => Number(/ 9: +(\d+)/.exec(line)![1]))).toEqual([0, 1]);
    expect(session.output).toMatch(/^00000000 .* 01 00 74 00 01 00 00 00 /m);
    expect(session.logged).toEqual([]);
    checkFileSystem(bytes);
  }, 60 * MINUTES);

  it('goes on with requests in flight on another engine', async () => {
    const bytes = formatted.slice();
    const original = new DebianSession(configure({}), createJitHypervisor(), { media: { disk: disk(bytes) } }, COPY);
    original.machine.load(boot);
    interface Saved {
      readonly pending: readonly unknown[];
    }
    // Stops as soon as requests are in flight while the file is copied.
    let isStopped = false;
    const look = (): void => {
      const { clock } = original.machine;
      // The shell has echoed the line: before, what is in flight belongs to the mount.
      const isCopying = original.steps.length === 1 && original.output.includes('drop_cache');
      isStopped = isCopying && (original.machine.device('virtio-block')?.save() as Saved).pending.length > 0;
      if (isStopped) original.machine.stop();
      else clock.schedule(clock.now() + (isCopying ? 30_000 : 20_000_000), look);
    };
    look();
    expect(await original.machine.run()).toEqual({ kind: 'stopped' });
    expect(isStopped).toBe(true);
    const snapshot = structuredClone(original.machine.save());
    expect((snapshot.chipset['virtio-block'] as Saved).pending.length).toBeGreaterThan(0);
    const copied = bytes.slice();
    const copy = new DebianSession(configure({}), createInterpreterHypervisor(), { media: { disk: disk(copied) } }, [...original.steps, 'poweroff']);
    copy.machine.restore(snapshot);
    expect(await copy.machine.run()).toEqual({ kind: 'powerOff' });
    expect(copy.output).toContain(`${DATA_MD5}  /mnt/data.bin`);
    checkFileSystem(copied);
  }, 60 * MINUTES);
});
