import { describe, expect, it } from 'vitest';
import { blobOf, pattern } from '../test/backends.ts';
import { BlobBackend } from './blob-backend.ts';

describe('BlobBackend', () => {
  it('pads the last sector with zeros', async () => {
    const disk = new BlobBackend(blobOf(pattern(1300)), 'short.iso');
    expect(disk.byteLength).toBe(1536);
    const target = new Uint8Array(1024).fill(9);
    await disk.read(512, target);
    expect([...target]).toEqual([...pattern(1300).subarray(512), ...new Uint8Array(236)]);
  });

  it('says when the file behind it is gone', async () => {
    const disk = new BlobBackend({ size: 1024, slice: () => ({ arrayBuffer: () => Promise.reject(new Error('NotReadableError: the file changed')) }) }, 'gone.img');
    await expect(disk.read(512, new Uint8Array(512))).rejects.toMatchObject({ code: 'block-io', message: 'gone.img: 512 bytes at 512 cannot be read: NotReadableError: the file changed' });
    const short = new BlobBackend({ size: 1024, slice: () => ({ arrayBuffer: () => Promise.resolve(new ArrayBuffer(5)) }) }, 'cut.img');
    await expect(short.read(0, new Uint8Array(512))).rejects.toThrow('cut.img: 5 bytes at 0, expected 512');
  });
});
