import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pattern } from '../../test/backends.ts';
import { FileBackend } from './file-backend.ts';

let folder: string;
let image: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ringzero-file-'));
  image = join(folder, 'disk.img');
  await writeFile(image, pattern(8192));
});

afterEach(() => rm(folder, { recursive: true }));

async function lockedBy(holder: object): Promise<void> {
  await writeFile(`${image}.lock`, JSON.stringify({ token: 'x', host: hostname(), ...holder }));
}

describe('what cannot be a disk', () => {
  it.each([
    ['is absent', () => join(folder, 'absent'), 'block-open', /absent: no such file$/],
    ['is a folder', () => folder, 'block-open', /: is a directory$/],
    ['is a device', () => '/dev/null', 'block-open', /dev\/null: expected a regular file$/],
  ])('%s', async (_what, path, code, message) => {
    await expect(FileBackend.open(path())).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('has part of a sector, unless it is only read', async () => {
    const iso = join(folder, 'a.iso');
    await writeFile(iso, pattern(700));
    await expect(FileBackend.open(iso)).rejects.toMatchObject({ code: 'block-size', message: `file ${iso} of 700 bytes: expected a multiple of 512` });
    expect((await readdir(folder)).sort()).toEqual(['a.iso', 'disk.img']);
    const disk = await FileBackend.open(iso, { isReadOnly: true });
    const target = new Uint8Array(1024).fill(9);
    await disk.read(0, target);
    expect([...target]).toEqual([...pattern(700), ...new Uint8Array(324)]);
    await disk.close();
  });

  it('was cut off meanwhile', async () => {
    const disk = await FileBackend.open(image);
    await truncate(image, 1000);
    await expect(disk.read(512, new Uint8Array(1024))).rejects.toMatchObject({ code: 'block-io', message: `file ${image}: it ends at 1000, and had 8192 bytes when it was opened` });
    await disk.close();
  });
});

describe('the lock', () => {
  it('keeps a second writer and readers out until it is closed, by any name of the file', async () => {
    const disk = await FileBackend.open(image);
    const other = join(folder, 'other.img');
    await symlink(image, other);
    for (const path of [image, other]) {
      await expect(FileBackend.open(path)).rejects.toMatchObject({ code: 'block-locked', message: expect.stringContaining(`in use by process ${process.pid}`) });
      await expect(FileBackend.open(path, { isReadOnly: true })).rejects.toMatchObject({ code: 'block-locked' });
    }
    await Promise.all([disk.close(), disk.close()]);
    await expect(disk.read(0, new Uint8Array(512))).rejects.toMatchObject({ code: 'block-closed' });
    await expect(disk.flush()).rejects.toMatchObject({ code: 'block-closed' });
    expect((await readdir(folder)).sort()).toEqual(['disk.img', 'other.img']);
    const readers = await Promise.all([FileBackend.open(image, { isReadOnly: true }), FileBackend.open(other, { isReadOnly: true })]);
    for (const reader of readers) await reader.close();
  });

  it('lets one of many in', async () => {
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => FileBackend.open(image)));
    const opened = results.filter((result) => result.status === 'fulfilled');
    expect(opened.length).toBe(1);
    await opened[0]!.value.close();
    expect(await readdir(folder)).toEqual(['disk.img']);
  });

  it('of a process that is gone does not count', async () => {
    const child = spawn('true');
    await new Promise((resolve) => child.on('exit', resolve));
    await lockedBy({ process: child.pid });
    const disk = await FileBackend.open(image);
    expect(JSON.parse(await readFile(`${image}.lock`, 'utf8'))).toMatchObject({ process: process.pid });
    await disk.close();
    // The same number, but a process that started at another time.
    await lockedBy({ process: process.pid, started: '1' });
    await (await FileBackend.open(image)).close();
    expect(await readdir(folder)).toEqual(['disk.img']);
  });

  it('of another host or of somebody else counts', async () => {
    await lockedBy({ process: 1, host: 'elsewhere' });
    await expect(FileBackend.open(image)).rejects.toThrow('in use by process 1 of elsewhere');
    await writeFile(`${image}.lock`, 'mine');
    await expect(FileBackend.open(image)).rejects.toThrow('is not one of ours; remove it if nobody uses the image');
    expect((await readdir(folder)).sort()).toEqual(['disk.img', 'disk.img.lock']);
  });
});

it('finishes what is under way when it is closed', async () => {
  const disk = await FileBackend.open(image);
  const writes = [1, 2, 3].map((seed) => disk.write(0, pattern(4096, seed)));
  await disk.close();
  await Promise.all(writes);
  expect(Buffer.compare((await readFile(image)).subarray(0, 4096), pattern(4096, 3))).toBe(0);
});
