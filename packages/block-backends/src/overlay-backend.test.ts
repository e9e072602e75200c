import type { BlockBackend } from '@ringzero/devices';
import { describe, expect, it } from 'vitest';
import { pattern } from '../test/backends.ts';
import { MemoryBackend } from './memory-backend.ts';
import { OverlayBackend } from './overlay-backend.ts';

const CONTENT = pattern(64 * 1024);

/** A base that answers when it is told to. */
class HeldBackend implements BlockBackend {
  readonly byteLength = CONTENT.length;
  readonly isReadOnly = true;
  readonly reads: string[] = [];
  readonly #waiting: { readonly finish: () => void; readonly fail: (error: Error) => void }[] = [];

  read(offset: number, target: Uint8Array): Promise<void> {
    this.reads.push(`${offset}+${target.length}`);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ finish: () => (target.set(CONTENT.subarray(offset, offset + target.length)), resolve()), fail: reject });
    });
  }

  write(): void {
    throw new Error('the base was written to');
  }

  flush(): void {}

  /** Answers a read. */
  finish(number = 0): void {
    this.#waiting.splice(number, 1)[0]!.finish();
  }

  fail(number = 0): void {
    this.#waiting.splice(number, 1)[0]!.fail(new Error('bad sector'));
  }
}

function read(disk: OverlayBackend, offset: number, length: number): Uint8Array {
  const target = new Uint8Array(length);
  expect(disk.read(offset, target)).toBeUndefined();
  return target;
}

describe('OverlayBackend', () => {
  it('answers at once from what was written, and leaves the base alone', () => {
    const base = MemoryBackend.from(CONTENT);
    const disk = new OverlayBackend(base);
    expect(disk.write(512, pattern(1024, 2))).toBeUndefined();
    const model = CONTENT.slice();
    model.set(pattern(1024, 2), 512);
    expect(Buffer.compare(read(disk, 0, CONTENT.length), model)).toBe(0);
    const below = new Uint8Array(CONTENT.length);
    base.read(0, below);
    expect(Buffer.compare(below, CONTENT)).toBe(0);
  });

  it('needs no answer of the base for whole blocks', () => {
    const disk = new OverlayBackend(new HeldBackend());
    expect(disk.write(4096, pattern(8192, 2))).toBeUndefined();
    expect(Buffer.compare(read(disk, 4608, 1024), pattern(8192, 2).subarray(512, 1536))).toBe(0);
    expect(disk.flush()).toBeUndefined();
  });

  it('asks the base once for neighbours', async () => {
    const base = new HeldBackend();
    const disk = new OverlayBackend(base);
    await disk.write(8192, pattern(4096, 2));
    const target = new Uint8Array(20480);
    const done = disk.read(0, target);
    expect(base.reads).toEqual(['0+8192', '12288+8192']);
    base.finish(1);
    base.finish();
    await done;
    const model = CONTENT.slice(0, 20480);
    model.set(pattern(4096, 2), 8192);
    expect(Buffer.compare(target, model)).toBe(0);
  });

  it('grows to the size of the base and no further', () => {
    const disk = new OverlayBackend(MemoryBackend.from(CONTENT));
    for (let i = 0; i < 5; i++) for (let offset = 0; offset < CONTENT.length; offset += 512) void disk.write(offset, pattern(512, i + 1));
    expect(disk.allocatedBytes).toBe(CONTENT.length);
  });

  it('keeps the order of a partial write and what comes behind it', async () => {
    const base = new HeldBackend();
    const disk = new OverlayBackend(base);
    const first = disk.write(0, pattern(512, 2));
    const second = disk.write(0, pattern(4096, 3));
    const third = disk.write(512, pattern(512, 4));
    const flushed = disk.flush();
    let isFlushed = false;
    void (flushed as Promise<void>).then(() => (isFlushed = true));
    await Promise.resolve();
    expect([base.reads, isFlushed]).toEqual([['0+4096'], false]);
    base.finish();
    await Promise.all([first, second, third, flushed]);
    const model = pattern(4096, 3);
    model.set(pattern(512, 4), 512);
    expect(Buffer.compare(read(disk, 0, 4096), model)).toBe(0);
  });

  it('keeps nothing of a partial write whose base failed, and is usable afterwards', async () => {
    const base = new HeldBackend();
    const disk = new OverlayBackend(base);
    // Two partial blocks: the first fails while the second is still under way.
    const write = disk.write(3584, pattern(1024, 2));
    base.fail();
    await Promise.resolve();
    base.finish();
    await expect(write).rejects.toThrow('bad sector');
    const target = new Uint8Array(4096);
    const done = disk.read(0, target);
    base.finish();
    await done;
    expect(Buffer.compare(target, CONTENT.subarray(0, 4096))).toBe(0);
    await disk.write(0, pattern(4096, 5));
    expect(Buffer.compare(read(disk, 0, 4096), pattern(4096, 5))).toBe(0);
  });

  it('forgets a write that was under way when a state was restored', async () => {
    const base = new HeldBackend();
    const disk = new OverlayBackend(base);
    const write = disk.write(0, pattern(512, 2));
    disk.changes.replace([[0, pattern(4096, 9)]]);
    base.finish();
    await write;
    expect(Buffer.compare(read(disk, 0, 4096), pattern(4096, 9))).toBe(0);
  });

  it('forgets a write that waited for another one then', async () => {
    const base = new HeldBackend();
    const disk = new OverlayBackend(base);
    const writes = [disk.write(0, pattern(512, 2)), disk.write(512, pattern(512, 3))];
    disk.changes.replace([[0, pattern(4096, 9)]]);
    base.finish();
    await Promise.all(writes);
    expect(Buffer.compare(read(disk, 0, 4096), pattern(4096, 9))).toBe(0);
  });

  it('takes blocks of a sensible size only', () => {
    for (const blockBytes of [512, 5000, 0, Number.NaN, 2 ** 27]) {
      expect(() => new OverlayBackend(new HeldBackend(), { blockBytes })).toThrow(`overlay: blockBytes ${blockBytes}: expected a power of two from 4096`);
    }
  });
});
