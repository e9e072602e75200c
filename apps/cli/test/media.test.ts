import { readFileSync } from 'node:fs';
import { FileBackend } from '@ringzero/block-backends/node';
import { describe, expect, it } from 'vitest';
import { mediaDevices, parseDisk } from '../src/media.ts';
import { Folder } from './process.ts';

const folder = new Folder();

/** Writes itself to sector 3 of the first IDE disk, flushes, and leaves the disk's status by port F4h. */
// prettier-ignore
const WRITER = Uint8Array.of(
  0x31, 0xc0, // xor ax, ax
  0x8e, 0xd8, // mov ds, ax
  0xba, 0xf6, 0x01, // mov dx, 0x1f6
  0xb0, 0xe0, // mov al, 0xe0
  0xee, // out dx, al
  0xba, 0xf2, 0x01, // mov dx, 0x1f2
  0xb0, 0x01, // mov al, 1
  0xee, // out dx, al
  0x42, // inc dx
  0xb0, 0x03, // mov al, 3
  0xee, // out dx, al
  0x42, // inc dx
  0x30, 0xc0, // xor al, al
  0xee, // out dx, al
  0x42, // inc dx
  0xee, // out dx, al
  0xba, 0xf7, 0x01, // mov dx, 0x1f7
  0xb0, 0x30, // mov al, 0x30
  0xee, // out dx, al
  0xec, // in al, dx
  0xa8, 0x01, // test al, 1
  0x75, 0x17, // jnz done
  0xbe, 0x00, 0x7c, // mov si, 0x7c00
  0xba, 0xf0, 0x01, // mov dx, 0x1f0
  0xb9, 0x00, 0x01, // mov cx, 256
  0xf3, 0x6f, // rep outsw
  0xe8, 0x0b, 0x00, // call ready
  0xba, 0xf7, 0x01, // mov dx, 0x1f7
  0xb0, 0xe7, // mov al, 0xe7
  0xee, // out dx, al
  0xe8, 0x02, 0x00, // call ready
  0xe6, 0xf4, // done: out 0xf4, al
  0xba, 0xf7, 0x01, // ready: mov dx, 0x1f7
  0xec, // in al, dx
  0xa8, 0x80, // test al, 0x80
  0x75, 0xf8, // jnz ready
  0xc3, // ret
);
const IMAGE = ['--image', `${folder.file('writer.bin', WRITER)}@0x7c00`, '--memory', '4M', '--debug-exit', '0xf4', '--timeout', '150'];
/** Ready, and in error. */
const [READY, ERROR] = [0x50, 0x51].map((status) => ((status << 1) | 1) & 0xff);

function disk(name: string): string {
  return folder.file(name, new Uint8Array(8192));
}

function sector3(path: string): Buffer {
  return readFileSync(path).subarray(1536, 1536 + WRITER.length);
}

describe('--disk', () => {
  it('keeps what the guest writes in a file with a comma in its name', async () => {
    const path = disk('a,b.img');
    const { status, stderr } = await folder.ringzero(['run', ...IMAGE, '--disk', 'a,,b.img']);
    expect([status, stderr, Buffer.compare(sector3(path), WRITER)]).toEqual([READY, '', 0]);
    // The lock is gone.
    await (await FileBackend.open(path)).close();
  });

  it('snapshot leaves the file as it was, readonly lets nobody write', async () => {
    const path = disk('kept.img');
    const [snapshot, readonly] = [await folder.ringzero(['run', ...IMAGE, '--disk', 'kept.img,snapshot']), await folder.ringzero(['run', ...IMAGE, '--disk', 'kept.img,readonly'])];
    expect([snapshot.status, readonly.status, sector3(path).every((byte) => byte === 0)]).toEqual([READY, ERROR, true]);
  });

  it('may be in the configuration, relative to it; the command line replaces it', async () => {
    const [first, second] = [disk('first.img'), disk('second.img')];
    const config = folder.file('disks.json', JSON.stringify({ disks: ['first.img'], cdroms: ['second.img'], devices: [{ type: 'virtio-block', id: 'more', medium: 'extra' }] }));
    disk('extra.img');
    const lacking = await folder.ringzero(['run', ...IMAGE, '--config', config]);
    expect([lacking.status, lacking.stderr]).toEqual([1, 'ringzero: device "more": medium "extra" is unknown; known are disk0, cdrom0\n']);
    folder.file('disks.json', JSON.stringify({ disks: ['first.img', 'extra.img,interface=none,name=extra'], cdroms: ['second.img'], devices: [{ type: 'virtio-block', id: 'more', medium: 'extra' }] }));
    expect((await folder.ringzero(['run', ...IMAGE, '--config', config])).status).toBe(READY);
    expect(Buffer.compare(sector3(first), WRITER)).toBe(0);
    const replaced = await folder.ringzero(['run', ...IMAGE, '--config', config, '--disk', 'second.img', '--disk', 'extra.img,interface=none,name=extra', '--cdrom', 'first.img']);
    expect([replaced.status, replaced.stderr, Buffer.compare(sector3(second), WRITER)]).toEqual([READY, '', 0]);
  });

  it('is refused while another machine writes to it', async () => {
    const held = await FileBackend.open(disk('held.img'));
    const { status, stderr } = await folder.ringzero(['run', ...IMAGE, '--disk', 'held.img']);
    expect([status, stderr]).toEqual([1, expect.stringMatching(`^ringzero: file .*held.img is in use by process ${process.pid}, .*\\n$`)]);
    await held.close();
  });
});

describe('parseDisk', () => {
  it('reads options in any order', () => {
    expect(parseDisk('disk.img', 2)).toEqual({ path: 'disk.img', kind: 'disk', isReadOnly: false, isSnapshot: false, interface: 'ide', name: 'disk2' });
    expect(parseDisk('a/b,interface=virtio,snapshot,name=root', 0)).toEqual({ path: 'a/b', kind: 'disk', isReadOnly: false, isSnapshot: true, interface: 'virtio', name: 'root' });
  });

  it.each([
    ['', /disk "": expected FILE/],
    [',snapshot', /expected FILE/],
    ['a,snapshoot', /disk "a,snapshoot": option "snapshoot": expected readonly, snapshot, interface=ide/],
    ['a,interface=scsi', /option "interface=scsi"/],
    ['a,name=', /option "name="/],
    ['a,readonly,snapshot', /readonly and snapshot: expected one of them/],
  ])('refuses "%s"', (text, message) => {
    expect(() => parseDisk(text, 0)).toThrow(message);
  });
});

describe('mediaDevices', () => {
  const disks = (...texts: readonly string[]): ReturnType<typeof parseDisk>[] => texts.map(parseDisk);

  it('puts disks first and CDs on the second channel while there is room', () => {
    expect(mediaDevices(disks('a', 'b,interface=virtio'), [{ ...parseDisk('c', 0), name: 'cdrom0' }])).toEqual([
      { type: 'ide', disks: [{ kind: 'disk', medium: 'disk0' }, { kind: 'cd', medium: 'cdrom0', channel: 1 }] },
      { type: 'virtio-block', id: 'disk1', medium: 'disk1' },
    ]);
    expect(mediaDevices(disks('a', 'b', 'c'), [{ ...parseDisk('c', 0), name: 'cdrom0' }])[0]).toMatchObject({ disks: [{}, {}, {}, { kind: 'cd', medium: 'cdrom0' }] });
    expect(mediaDevices([], [])).toEqual([]);
  });

  it('refuses too many, and names that are there twice', () => {
    expect(() => mediaDevices(disks('a', 'b', 'c', 'd', 'e'), [])).toThrow('5 IDE disks and 0 CDs: expected 4 at most; interface=virtio takes more disks');
    expect(() => mediaDevices(disks('a,name=x', 'b,name=x'), [])).toThrow('disk name "x": two disks have it');
  });
});
