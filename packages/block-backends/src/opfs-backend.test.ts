import { describe, expect, it } from 'vitest';
import { FakeOpfsFile, pattern } from '../test/backends.ts';
import { OpfsBackend } from './opfs-backend.ts';

describe('OpfsBackend', () => {
  it('is synchronous, and durable after a flush', async () => {
    const file = new FakeOpfsFile('disk.img', new Uint8Array(0));
    const disk = await OpfsBackend.open(file, { byteLength: 8192 });
    expect([disk.byteLength, disk.write(4096, pattern(512))]).toEqual([8192, undefined]);
    expect(file.flushed.length).toBe(0);
    disk.flush();
    expect(Buffer.compare(file.flushed.subarray(4096, 4608), pattern(512))).toBe(0);
  });

  it('locks the file until it is closed', async () => {
    const file = new FakeOpfsFile('disk.img', pattern(1024));
    const disk = await OpfsBackend.open(file);
    await expect(OpfsBackend.open(file)).rejects.toMatchObject({ code: 'block-locked', message: 'OPFS file disk.img cannot be opened: it is in use by another machine or page' });
    disk.close();
    expect(() => disk.read(0, new Uint8Array(512))).toThrow('OPFS file disk.img is closed: nothing can be read');
    const readers = await Promise.all([OpfsBackend.open(file, { isReadOnly: true }), OpfsBackend.open(file, { isReadOnly: true })]);
    readers[0]!.flush();
    expect(readers.map(({ byteLength }) => byteLength)).toEqual([1024, 1024]);
  });

  it('grows a file and never cuts one off', async () => {
    const file = new FakeOpfsFile('disk.img', pattern(1024));
    (await OpfsBackend.open(file, { byteLength: 2048 })).close();
    expect([...file.content]).toEqual([...pattern(1024), ...new Uint8Array(1024)]);
    await expect(OpfsBackend.open(file, { byteLength: 1024 })).rejects.toThrow('OPFS file disk.img of 2048 bytes: expected at most the 1024 that were asked for');
    // What failed holds no lock.
    (await OpfsBackend.open(file)).close();
  });

  it('takes a size of part of a sector for reading only', async () => {
    const file = new FakeOpfsFile('a.iso', pattern(700));
    await expect(OpfsBackend.open(file)).rejects.toThrow('OPFS file a.iso of 700 bytes: expected a multiple of 512');
    const disk = await OpfsBackend.open(file, { isReadOnly: true });
    const target = new Uint8Array(1024).fill(9);
    disk.read(0, target);
    expect([...target]).toEqual([...pattern(700), ...new Uint8Array(324)]);
    await expect(OpfsBackend.open(file, { isReadOnly: true, byteLength: 1024 })).rejects.toThrow('a read-only disk has the size of its file');
  });

  it('fails where the browser stores only a part, or nothing', async () => {
    const file = new FakeOpfsFile('full.img', new Uint8Array(1024));
    const create = file.createSyncAccessHandle.bind(file);
    let outcome: () => number = () => 100;
    file.createSyncAccessHandle = async (options) => ({ ...(await create(options)), write: () => outcome() });
    const disk = await OpfsBackend.open(file);
    expect(() => disk.write(0, pattern(512))).toThrow('OPFS file full.img: 100 of 512 bytes at 0 were written');
    outcome = () => {
      throw new Error('QuotaExceededError');
    };
    expect(() => disk.write(0, pattern(512))).toThrow('OPFS file full.img: 512 bytes at 0 cannot be written: QuotaExceededError');
  });
});
