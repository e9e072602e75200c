import { describe, expect, it } from 'vitest';
import { GuestMemory, GuestMemoryError, PAGE_CODE, PAGE_DIRTY, PAGE_WRITABLE } from './index.ts';

const MB = 1 << 20;

describe('GuestMemory', () => {
  it('refuses sizes that it cannot have', () => {
    for (const bytes of [0, 4096, MB + 1, 2 ** 31, NaN]) expect(() => new GuestMemory(bytes)).toThrow(GuestMemoryError);
  });

  it('maps RAM one to one but for the VGA hole, and nothing above', () => {
    const memory = new GuestMemory(2 * MB);
    expect([0x9ffff, 0xa0000, 0xbffff, 0xc0000, 2 * MB - 1, 2 * MB, 2 ** 32].map((address) => memory.offsetOf(address))).toEqual([0x9ffff, -1, -1, 0xc0000, 2 * MB - 1, -1, -1]);
  });

  it('writes across pages, skips holes and reads FFh where there is nothing', () => {
    const memory = new GuestMemory(MB);
    memory.writeBytes(0x9fffe, Uint8Array.of(1, 2, 3, 4));
    expect([...memory.readBytes(0x9fffe, 4)]).toEqual([1, 2, 0xff, 0xff]);
  });

  it('maps ROM outside RAM and over it, read-only to the guest', () => {
    const memory = new GuestMemory(2 * MB);
    const rom = new Uint8Array(0x10000).fill(0x5a);
    memory.mapRom(0xffff0000, rom);
    memory.mapRom(0xf0000, rom);
    expect(memory.readBytes(0xfffffff0, 1)[0]).toBe(0x5a);
    for (const address of [0xffff0000, 0xf0000]) expect(memory.pageFlags[memory.offsetOf(address) >>> 12]! & PAGE_WRITABLE).toBe(0);
    memory.setWritable(0xf0000, 0x10000, true);
    expect(memory.pageFlags[0xf0]! & PAGE_WRITABLE).toBe(PAGE_WRITABLE);
    expect(() => memory.mapRom(0x1001, rom)).toThrow(/page-aligned/);
  });

  it('aliases odd megabytes while the A20 gate is closed', () => {
    const memory = new GuestMemory(4 * MB);
    let changes = 0;
    memory.onMapChange(() => changes++);
    memory.writeBytes(0x500, Uint8Array.of(7));
    memory.setA20(false);
    expect(memory.readBytes(MB + 0x500, 1)[0]).toBe(7);
    expect(memory.offsetOf(2 * MB)).toBe(2 * MB);
    memory.setA20(true);
    memory.setA20(true);
    expect(memory.readBytes(MB + 0x500, 1)[0]).toBe(0);
    expect(changes).toBe(2);
  });

  it('reports writes to code pages as long as someone holds code there', () => {
    const memory = new GuestMemory(MB);
    const seen: number[][] = [];
    const end = memory.onCodeWrite((offset, length) => seen.push([offset, length]));
    memory.retainCode(1);
    memory.retainCode(1);
    memory.writeBytes(0x1ffe, Uint8Array.of(1, 2, 3));
    memory.releaseCode(1);
    expect(memory.pageFlags[1]! & PAGE_CODE).toBe(PAGE_CODE);
    memory.releaseCode(1);
    memory.writeBytes(0x1000, Uint8Array.of(1));
    expect(seen).toEqual([[0x1ffe, 2]]);
    memory.retainCode(1);
    end();
    memory.writeBytes(0x1000, Uint8Array.of(1));
    expect(seen.length).toBe(1);
  });

  it('tracks dirty pages', () => {
    const memory = new GuestMemory(MB);
    memory.writeBytes(0x3000, Uint8Array.of(1));
    expect(memory.pageFlags[3]! & PAGE_DIRTY).toBe(PAGE_DIRTY);
    memory.clearDirty();
    expect(memory.pageFlags.some((flags) => (flags & PAGE_DIRTY) !== 0)).toBe(false);
  });

  it('takes a shared buffer', () => {
    expect(new GuestMemory(MB, { shared: true }).buffer).toBeInstanceOf(SharedArrayBuffer);
  });
});
