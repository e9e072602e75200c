import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { addFilesToInitrd } from './add-files.ts';
import { readCpioFile, writeCpio } from './cpio.ts';
import { buildInitrd, DATA_BYTES, DATA_MD5, dataFile } from './initrd.ts';

interface Unpacked {
  readonly path: string;
  readonly mode: number;
  readonly device: string;
  readonly content: Buffer;
}

/** Reads a newc archive, checking the alignment of every part. */
function unpack(archive: Uint8Array): Unpacked[] {
  const bytes = Buffer.from(archive.buffer, archive.byteOffset, archive.length);
  const entries: Unpacked[] = [];
  for (let at = 0; ; ) {
    expect(bytes.toString('latin1', at, at + 6)).toBe('070701');
    const field = (index: number): number => Number.parseInt(bytes.toString('latin1', at + 6 + 8 * index, at + 14 + 8 * index), 16);
    const size = field(6);
    const nameSize = field(11);
    const path = bytes.toString('latin1', at + 110, at + 110 + nameSize - 1);
    const start = (at + 110 + nameSize + 3) & ~3;
    if (path === 'TRAILER!!!') {
      expect(start).toBe(bytes.length);
      return entries;
    }
    entries.push({ path, mode: field(1), device: `${field(9)}:${field(10)}`, content: bytes.subarray(start, start + size) });
    at = (start + size + 3) & ~3;
  }
}

describe('writeCpio', () => {
  it('keeps names, modes and contents of every length', () => {
    const entries = Array.from({ length: 9 }, (_, i) => ({ type: 'file', path: 'x'.repeat(i + 1), mode: 0o640, content: new Uint8Array(i).fill(i) }) as const);
    expect(unpack(writeCpio(entries)).map(({ path, mode, content }) => [path, mode, content.length])).toEqual(
      entries.map(({ path, content }) => [path, 0o100640, content.length]),
    );
  });
});

describe('readCpioFile', () => {
  const archive = writeCpio([{ type: 'directory', path: 'a', mode: 0o755 }, { type: 'file', path: 'a/b', mode: 0o644, content: Uint8Array.from([1, 2, 3, 4, 5]) }, { type: 'file', path: 'a/c', mode: 0o644, content: Uint8Array.from([6]) }]);

  it('finds a file behind others', () => {
    expect([...(readCpioFile(archive, 'a/b') ?? [])]).toEqual([1, 2, 3, 4, 5]);
    expect([...(readCpioFile(archive, 'a/c') ?? [])]).toEqual([6]);
    expect(readCpioFile(archive, 'a/d')).toBeUndefined();
  });
});

describe('buildInitrd', () => {
  const entries = unpack(buildInitrd(Uint8Array.from([1, 2, 3])));
  const find = (path: string): Unpacked | undefined => entries.find((entry) => entry.path === path);

  it('has what the kernel needs to start a shell', () => {
    expect(find('init')?.mode).toBe(0o100755);
    expect(find('init')?.content.toString()).toMatch(/^#!\/bin\/busybox sh\n/);
    expect([...(find('bin/busybox')?.content ?? [])]).toEqual([1, 2, 3]);
    expect(find('dev/console')).toMatchObject({ mode: 0o020600, device: '5:1' });
  });

  it('has a data file of 16 MB with the MD5 that is on record', () => {
    expect(find('root/data.bin')?.content.length).toBe(DATA_BYTES);
    expect(createHash('md5').update(dataFile()).digest('hex')).toBe(DATA_MD5);
  });
});

describe('addFilesToInitrd', () => {
  const files = [
    { path: '/root/tests/a', mode: 0o755, content: Uint8Array.of(1) },
    { path: '/root/b', mode: 0o644, content: Uint8Array.of(2, 3) },
  ];

  it('makes an archive with the folders on the way, each once', () => {
    expect(unpack(addFilesToInitrd(undefined, files)).map(({ path, mode }) => [path, mode])).toEqual([
      ['root', 0o040755], ['root/tests', 0o040755], ['root/tests/a', 0o100755], ['root/b', 0o100644],
    ]);
  });

  it('adds an archive of its own at a multiple of four bytes', () => {
    const whole = addFilesToInitrd(Uint8Array.of(7, 7, 7, 7, 7), files);
    expect([...whole.subarray(0, 8)]).toEqual([7, 7, 7, 7, 7, 0, 0, 0]);
    expect(unpack(whole.subarray(8)).at(-1)?.path).toBe('root/b');
  });
});
