import { describe, expect, it } from 'vitest';
import { pattern } from '../test/backends.ts';
import { MemoryBackend } from './memory-backend.ts';

describe('MemoryBackend', () => {
  it('takes memory where something was written', () => {
    const disk = new MemoryBackend(2 ** 40);
    disk.write(2 ** 39, new Uint8Array(1 << 20));
    expect(disk.allocatedBytes).toBe(0);
    disk.write(2 ** 39 + 512, pattern(512));
    expect(disk.allocatedBytes).toBe(65536);
    const target = new Uint8Array(1536).fill(7);
    disk.read(2 ** 39, target);
    expect([...target]).toEqual([...new Uint8Array(512), ...pattern(512), ...new Uint8Array(512)]);
    disk.write(2 ** 39 + 512, new Uint8Array(512));
    disk.read(2 ** 39, target);
    expect(target.every((byte) => byte === 0)).toBe(true);
  });

  it.each([100, -512, 1.5, Number.NaN])('has no size of %s bytes', (bytes) => {
    expect(() => new MemoryBackend(bytes)).toThrow(`memory disk of ${bytes} bytes: expected a multiple of 512`);
  });
});
