import { describe, expect, it } from 'vitest';
import { Generation } from './generation.ts';

/** A file of 8 bytes at most. */
function fakeFile(): ConstructorParameters<typeof Generation>[0] & { flushes: number } {
  const content = new Uint8Array(8);
  let size = 0;
  return {
    flushes: 0,
    read: (target) => (target.set(content.subarray(0, size)), size),
    write: (source) => (content.set(source), (size = source.length)),
    flush() {
      this.flushes++;
    },
    getSize: () => size,
    truncate: (bytes) => void (size = bytes),
    close: () => undefined,
  };
}

describe('Generation', () => {
  it('changes with the first write after it was noted, and with that one only', () => {
    const file = fakeFile();
    const generation = new Generation(file);
    const first = generation.note();
    expect(generation.note()).toBe(first);
    expect(file.flushes).toBe(1);
    generation.beforeWrite();
    generation.beforeWrite();
    expect(file.flushes).toBe(2);
    expect(generation.note()).toBeGreaterThan(first);
  });

  it('is in the file before the write, and read from there', () => {
    const file = fakeFile();
    const before = new Generation(file);
    const first = before.note();
    expect(new Generation(file).note()).toBe(first);
    before.beforeWrite();
    expect(new Generation(file).note()).toBeGreaterThan(first);
  });

  it('begins anew where the file holds nothing that it wrote', () => {
    const file = fakeFile();
    file.write(new Uint8Array(3).fill(1), { at: 0 });
    expect(new Generation(file).note()).toBeGreaterThan(1e12);
  });
});
