import { describe, expect, it } from 'vitest';
import {
  GuestMemory, GuestMemoryError, MAX_RAM_BYTES, MIN_RAM_BYTES, PAGE_BYTES, PAGE_CODE, PAGE_DIRTY, PAGE_UNSAVED, PAGE_WRITABLE, type MemoryMapState,
} from '../src/index.ts';

const MB = 0x10_0000;

function create(bytes: number = 2 * MB): GuestMemory {
  return new GuestMemory(bytes);
}

/** Writes that are reported as changes of code. */
function codeWrites(memory: GuestMemory): (readonly [address: number, length: number])[] {
  const seen: (readonly [number, number])[] = [];
  memory.onCodeWrite((address, length) => seen.push([address, length]));
  return seen;
}

describe('sizes', () => {
  it.each([0, -PAGE_BYTES, MIN_RAM_BYTES - PAGE_BYTES, MIN_RAM_BYTES + 1, MAX_RAM_BYTES + PAGE_BYTES, Number.NaN, Infinity, 2 * MB + 0.5])('%d bytes are refused', (bytes) => {
    expect(() => create(bytes)).toThrow(GuestMemoryError);
    expect(() => create(bytes)).toThrow(/expected a multiple of 4096 from 0x100000 to 0x7ff00000/);
  });

  it('is zero at first, of the size asked for', () => {
    const memory = create(MIN_RAM_BYTES);
    expect(memory.ramBytes).toBe(MIN_RAM_BYTES);
    expect(memory.u8.every((byte) => byte === 0)).toBe(true);
  });

  it('can be shared between workers', () => {
    expect(new GuestMemory(MIN_RAM_BYTES, { shared: true }).buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(create().buffer).toBeInstanceOf(ArrayBuffer);
  });
});

describe('the map', () => {
  it('has RAM one to one but for the VGA hole, and nothing above', () => {
    const memory = create();
    for (const [address, offset] of [
      [0, 0],
      [0x9_ffff, 0x9_ffff],
      [0xa_0000, -1],
      [0xb_ffff, -1],
      [0xc_0000, 0xc_0000],
      [2 * MB - 1, 2 * MB - 1],
      [2 * MB, -1],
      [0xffff_ffff, -1],
      [0x1_0000_0000, -1],
      [-1, -1],
    ] as const) {
      expect(memory.offsetOf(address), address.toString(16)).toBe(offset);
      expect(memory.isMemory(address), address.toString(16)).toBe(offset >= 0);
    }
  });

  it('reads ones where there is no memory, and skips writes there', () => {
    const memory = create();
    memory.writeBytes(0x9_fffe, Uint8Array.of(1, 2, 3, 4));
    expect([...memory.readBytes(0x9_fffe, 4)]).toEqual([1, 2, 0xff, 0xff]);
    memory.writeBytes(2 * MB - 2, Uint8Array.of(5, 6, 7));
    expect([...memory.readBytes(2 * MB - 2, 3)]).toEqual([5, 6, 0xff]);
    memory.writeBytes(0xb_fffe, Uint8Array.of(8, 9, 10));
    expect([...memory.readBytes(0xb_fffe, 3)]).toEqual([0xff, 0xff, 10]);
  });

  it('gives copies', () => {
    const memory = create();
    const bytes = memory.readBytes(0x1000, 4);
    bytes[0] = 9;
    expect(memory.u8[0x1000]).toBe(0);
  });
});

describe('ROM', () => {
  it('takes pages behind RAM when it lies outside, and is read-only to the guest', () => {
    const memory = create();
    const image = Uint8Array.from({ length: PAGE_BYTES + 10 }, (_, i) => i & 0xff);
    memory.mapRom(0xffff_e000, image);
    expect(memory.readBytes(0xffff_e000, image.length)).toEqual(image);
    const offset = memory.offsetOf(0xffff_e000);
    expect(offset).toBeGreaterThanOrEqual(memory.ramBytes);
    expect(memory.pageFlags[offset / PAGE_BYTES]! & PAGE_WRITABLE).toBe(0);
    expect(memory.offsetOf(0xffff_d000)).toBe(-1);
  });

  it('lies over RAM when it is inside, and in the hole when it is there', () => {
    const memory = create();
    memory.mapRom(0xc_0000, Uint8Array.of(0x55, 0xaa));
    expect(memory.offsetOf(0xc_0000)).toBe(0xc_0000);
    expect(memory.pageFlags[0xc0]! & PAGE_WRITABLE).toBe(0);
    memory.mapRom(0xa_0000, Uint8Array.of(1));
    expect([...memory.readBytes(0xa_0000, 2)]).toEqual([1, 0]);
  });

  it('mapped again keeps its place: a reset does not use room up', () => {
    const memory = create();
    const image = new Uint8Array(0x8_0000).fill(1);
    memory.mapRom(0xfff8_0000, image);
    const offset = memory.offsetOf(0xfff8_0000);
    for (let i = 0; i < 5; i++) memory.mapRom(0xfff8_0000, image.fill(i));
    expect(memory.offsetOf(0xfff8_0000)).toBe(offset);
    expect(memory.u8[offset]).toBe(4);
  });

  it.each([
    [0x1001, 16, /page-aligned range below 4 GB/],
    [-PAGE_BYTES, 16, /page-aligned range below 4 GB/],
    [0xffff_f000, PAGE_BYTES + 1, /page-aligned range below 4 GB/],
    [0xff00_0000, 2 * MB, /more than 1048576 bytes of ROM/],
  ])('at %d of %d bytes is refused', (address, length, message) => {
    const memory = create();
    expect(() => memory.mapRom(address, new Uint8Array(length))).toThrow(GuestMemoryError);
    expect(() => memory.mapRom(address, new Uint8Array(length))).toThrow(message);
    expect(memory.offsetOf(0xff00_0000)).toBe(-1);
  });

  it('becomes writable as shadow RAM and back, and tells who caches translations', () => {
    const memory = create();
    let changes = 0;
    const end = memory.onMapChange(() => changes++);
    memory.setWritable(0xf_0000, 0x1_0000, false);
    expect(memory.pageFlags.subarray(0xef, 0x101)).toEqual(Uint8Array.from([PAGE_WRITABLE, ...new Array<number>(16).fill(0), PAGE_WRITABLE]));
    memory.setWritable(0xf_0000, 0x1_0000, true);
    expect(memory.pageFlags[0xf8]).toBe(PAGE_WRITABLE);
    expect(changes).toBe(2);
    memory.setWritable(0xa_0000, PAGE_BYTES, true);
    end();
    memory.setWritable(0xf_0000, 1, false);
    expect(changes).toBe(3);
  });
});

describe('the A20 gate', () => {
  it('closed, makes odd megabytes alias the even ones below', () => {
    const memory = create(4 * MB);
    memory.writeBytes(0x1234, Uint8Array.of(1));
    memory.writeBytes(MB + 0x1234, Uint8Array.of(2));
    memory.writeBytes(3 * MB, Uint8Array.of(3));
    memory.setA20(false);
    expect(memory.readBytes(MB + 0x1234, 1)[0]).toBe(1);
    expect(memory.readBytes(3 * MB, 1)[0]).toBe(0);
    expect(memory.offsetOf(MB + 0xa_0000)).toBe(-1);
    memory.writeBytes(MB + 0x1235, Uint8Array.of(7));
    memory.setA20(true);
    expect([...memory.readBytes(0x1234, 2)]).toEqual([1, 7]);
    expect(memory.readBytes(MB + 0x1234, 1)[0]).toBe(2);
    expect(memory.readBytes(3 * MB, 1)[0]).toBe(3);
  });

  it('says that the map changed only when it did', () => {
    const memory = create();
    let changes = 0;
    memory.onMapChange(() => changes++);
    memory.setA20(true);
    expect(changes).toBe(0);
    memory.setA20(false);
    memory.setA20(false);
    expect(changes).toBe(1);
    memory.setA20(true);
    expect(changes).toBe(2);
  });

  it('opens to a map that has the ROM put in while it was closed', () => {
    const memory = create();
    memory.setA20(false);
    memory.mapRom(0xfffe_0000, Uint8Array.of(0xea));
    memory.setA20(true);
    expect(memory.readBytes(0xfffe_0000, 1)[0]).toBe(0xea);
  });
});

describe('pages of the buffer', () => {
  it('are copied and stored whole while the A20 gate is closed, and code in them is reported', () => {
    const memory = create(2 * MB);
    memory.writeBytes(0, Uint8Array.of(1));
    memory.writeBytes(MB, Uint8Array.of(2));
    memory.setA20(false);
    const copy = memory.copyBuffer();
    expect([copy.length, copy[0], copy[MB]]).toEqual([memory.byteLength, 1, 2]);
    const other = create(2 * MB);
    other.setA20(false);
    other.retainCode(MB / PAGE_BYTES);
    const seen = codeWrites(other);
    other.storePages(0, copy);
    expect(seen).toEqual([[MB, PAGE_BYTES]]);
    other.setA20(true);
    expect(other.readBytes(MB, 1)[0]).toBe(2);
    expect(() => other.storePages(0, new Uint8Array(5))).toThrow('5 bytes at buffer page 0: expected whole pages of 768');
    expect(() => other.storePages(767, new Uint8Array(2 * PAGE_BYTES))).toThrow(GuestMemoryError);
  });

  it('are made zero where they are not', () => {
    const memory = create();
    memory.writeBytes(0x2fff, Uint8Array.of(1, 0x80));
    memory.clearDirty();
    memory.clearPages(0, 8);
    expect([2, 3, 4].map((page) => [memory.isZeroPage(page), memory.isDirty(page)])).toEqual([[true, true], [true, true], [true, false]]);
  });
});

describe('the layout', () => {
  const build = (): GuestMemory => new GuestMemory(2 * MB, { deviceBytes: 4 * PAGE_BYTES });

  /** Where what processors see of two memories differs first: page of the map, page of the buffer. */
  function difference(one: GuestMemory, other: GuestMemory): unknown {
    return [one.pageMap.findIndex((page, at) => page !== other.pageMap[at]), one.pageFlags.findIndex((flags, at) => ((flags ^ other.pageFlags[at]!) & PAGE_WRITABLE) !== 0)];
  }
  const NONE = [-1, -1];

  it('is restored exactly: ROM, shadow RAM, device memory, windows, the A20 gate', () => {
    for (const a20 of [true, false]) {
      const memory = build();
      const device = memory.allocateDeviceMemory(4 * PAGE_BYTES);
      memory.mapRom(0xffff_0000, new Uint8Array(0x1_0000).fill(0xea));
      memory.mapRom(0xf_0000, new Uint8Array(0x1_0000));
      memory.setWritable(0xe_0000, 0x4000, false);
      device.mapAt(0xe000_0000);
      device.mapWindow(0xa_0000, PAGE_BYTES, 2 * PAGE_BYTES);
      memory.setA20(a20);
      const state = JSON.parse(JSON.stringify(memory.saveMap())) as MemoryMapState;
      const other = build();
      const moved = other.allocateDeviceMemory(4 * PAGE_BYTES);
      moved.mapAt(0xc000_0000);
      other.setA20(!a20);
      // As a device does when it is restored, before the layout.
      moved.mapAt(0xe000_0000);
      other.restoreMap(state);
      expect(difference(other, memory)).toEqual(NONE);
      other.setA20(true);
      memory.setA20(true);
      expect(difference(other, memory)).toEqual(NONE);
      // Room for ROM goes on where the saved one ended, and the device still takes away what it mapped.
      expect(other.saveMap().romPages).toBe(16);
      moved.mapAt(undefined);
      device.mapAt(undefined);
      expect(difference(other, memory)).toEqual(NONE);
    }
  });

  it('is refused, with nothing changed, when it cannot be', () => {
    const memory = build();
    const good = memory.saveMap();
    const before = JSON.stringify(good);
    const bad: [Partial<Record<keyof MemoryMapState, unknown>>, string][] = [
      [{ ramBytes: MB }, '1048576 bytes of RAM: the machine has 2097152'],
      [{ bufferBytes: 5 }, '5 bytes with ROM and device memory: the machine has'],
      [{ romPages: 257 }, '257 pages of ROM: expected 256 at most'],
      [{ a20: 1 }, 'A20 gate 1'],
      [{ mapped: [[0, 772, 1]] }, 'its map'],
      [{ mapped: [[0, -1, 1]] }, 'its map'],
      [{ mapped: [[4, 0, 1], [4, 1, 1]] }, 'its map'],
      [{ mapped: [[0x10_0000, 0, 1]] }, 'its map'],
      [{ writable: [[0, 2 ** 52]] }, 'its writable pages'],
      [{ writable: 7 }, 'its writable pages'],
    ];
    for (const [fields, problem] of bad) expect(() => memory.restoreMap({ ...good, ...fields } as MemoryMapState)).toThrow(problem);
    expect(JSON.stringify(memory.saveMap())).toBe(before);
  });
});

describe('code pages', () => {
  it('report writes while some cache retains them', () => {
    const memory = create();
    const seen = codeWrites(memory);
    memory.writeBytes(0x3000, Uint8Array.of(1));
    const pages: number[] = [];
    memory.onCodePage((page) => pages.push(page));
    memory.retainCode(3);
    memory.retainCode(3);
    // Once, when the first decode cache comes.
    expect(pages).toEqual([3]);
    memory.writeBytes(0x3000, Uint8Array.of(1, 2));
    memory.releaseCode(3);
    expect(memory.pageFlags[3]! & PAGE_CODE).toBe(PAGE_CODE);
    memory.writeBytes(0x2fff, Uint8Array.of(1, 2, 3));
    memory.releaseCode(3);
    expect(memory.pageFlags[3]! & PAGE_CODE).toBe(0);
    memory.writeBytes(0x3000, Uint8Array.of(1));
    expect(seen).toEqual([
      [0x3000, 2],
      [0x3000, 2],
    ]);
  });

  it('tell each listener, until it goes', () => {
    const memory = create();
    let first = 0;
    const end = memory.onCodeWrite(() => first++);
    const second = codeWrites(memory);
    memory.retainCode(1);
    memory.noteWrite(0x1004, 4);
    end();
    end();
    memory.noteWrite(0x1004, 4);
    expect(first).toBe(1);
    expect(second).toHaveLength(2);
  });
});

describe('dirty pages', () => {
  it('are those written since they were cleared', () => {
    const memory = create();
    memory.writeBytes(0x1fff, Uint8Array.of(1, 2));
    const dirty = (): number[] => [...memory.pageFlags.keys()].filter((page) => (memory.pageFlags[page]! & PAGE_DIRTY) !== 0);
    expect(dirty()).toEqual([1, 2]);
    let changes = 0;
    memory.onWritesVoid(() => changes++);
    memory.clearDirty();
    expect(dirty()).toEqual([]);
    expect(changes).toBe(1);
    memory.noteWrite(0x5000, 1);
    expect(dirty()).toEqual([5]);
    expect(memory.pageFlags[5]! & PAGE_WRITABLE).toBe(PAGE_WRITABLE);
  });

  it('are those of device memory that hold something else, whoever wrote them', () => {
    const memory = new GuestMemory(MB, { deviceBytes: 4 * PAGE_BYTES });
    const device = memory.allocateDeviceMemory(4 * PAGE_BYTES);
    const dirty = (): number[] => [0, 1, 2, 3].filter((page) => memory.isDirty(memory.deviceStart + page));
    device.bytes[PAGE_BYTES + 5] = 1;
    device.bytes[2 * PAGE_BYTES] = 1;
    expect(dirty()).toEqual([1, 2]);
    memory.clearDirty();
    expect(dirty()).toEqual([]);
    device.bytes[PAGE_BYTES + 5] = 0;
    device.bytes[4 * PAGE_BYTES - 1] = 1;
    expect(dirty()).toEqual([1, 3]);
    memory.clearDirty();
    device.bytes[PAGE_BYTES + 5] = 1;
    expect(dirty()).toEqual([1]);
    device.bytes[PAGE_BYTES + 5] = 0;
    expect(dirty()).toEqual([]);
  });

  it('stay so for a display that has not taken them', () => {
    const memory = new GuestMemory(MB, { deviceBytes: 4 * PAGE_BYTES });
    const device = memory.allocateDeviceMemory(4 * PAGE_BYTES);
    const first = memory.deviceStart;
    memory.noteWrite((first + 1) * PAGE_BYTES, 1);
    memory.noteWrite((first + 2) * PAGE_BYTES, 1);
    expect(device.takeDirty()).toEqual([1, 2]);
    expect([memory.isDirty(first + 1), memory.isDirty(first + 3)]).toEqual([true, false]);
    memory.noteWrite((first + 3) * PAGE_BYTES, 1);
    const epoch = memory.dirtyEpoch;
    memory.clearDirty();
    expect(memory.dirtyEpoch).not.toBe(epoch);
    expect(memory.isDirty(first + 3)).toBe(false);
    memory.noteWrite(first * PAGE_BYTES, 1);
    expect(device.takeDirty()).toEqual([0, 3]);
    expect(device.takeDirty()).toEqual([]);
  });
});

describe('device memory', () => {
  function create(): GuestMemory {
    return new GuestMemory(0x100000, { deviceBytes: 0x8000 });
  }

  it('is mapped where it is asked for, in whole or in part, and never over RAM', () => {
    const memory = create();
    const device = memory.allocateDeviceMemory(0x4000);
    device.mapAt(0xe0000000);
    memory.writeBytes(0xe0001ffe, Uint8Array.of(1, 2, 3));
    expect([...device.bytes.subarray(0x1ffe, 0x2001)]).toEqual([1, 2, 3]);
    const unmap = device.mapWindow(0xa0000, 0x2000, 0x1000);
    expect(memory.readBytes(0xa0000, 2)[0]).toBe(3);
    device.mapAt(0xf0000000);
    expect([memory.isMemory(0xe0000000), memory.isMemory(0xf0003fff), memory.isMemory(0xf0004000), memory.isMemory(0xa0000)]).toEqual([false, true, false, true]);
    unmap();
    expect(memory.isMemory(0xa0000)).toBe(false);
    device.mapAt(0x10000);
    expect(memory.offsetOf(0x10000)).toBe(0x10000);
    device.mapAt(undefined);
    expect(memory.offsetOf(0x10000)).toBe(0x10000);
  });

  it('is mapped behind a closed A20 gate as well', () => {
    const memory = create();
    const device = memory.allocateDeviceMemory(0x1000);
    memory.setA20(false);
    device.mapAt(0xe0000000);
    expect(memory.offsetOf(0xe0100000)).toBe(memory.offsetOf(0xe0000000));
    memory.setA20(true);
    expect([memory.isMemory(0xe0000000), memory.isMemory(0xe0100000)]).toEqual([true, false]);
  });

  it('tells which of its pages were written, while others still see them as unsaved', () => {
    const memory = create();
    memory.allocateDeviceMemory(0x1000);
    const device = memory.allocateDeviceMemory(0x3000);
    let changes = 0;
    memory.onWritesVoid(() => changes++);
    device.mapAt(0xe0000000);
    memory.writeBytes(0xe0002000, Uint8Array.of(1));
    expect([device.takeDirty(), device.takeDirty(), changes]).toEqual([[2], [], 1]);
    expect(memory.pageFlags[memory.offsetOf(0xe0002000) / PAGE_BYTES]! & PAGE_UNSAVED).toBe(PAGE_UNSAVED);
    memory.clearDirty();
    expect(memory.pageFlags[memory.offsetOf(0xe0002000) / PAGE_BYTES]! & PAGE_UNSAVED).toBe(0);
  });

  it('ends where its room ends', () => {
    expect(() => create().allocateDeviceMemory(0x9000)).toThrow(/32768 are left/);
    expect(() => new GuestMemory(0x100000, { deviceBytes: 100 })).toThrow(/whole pages/);
    expect(() => new GuestMemory(MAX_RAM_BYTES, { deviceBytes: 0x1000000 })).toThrow(/at most/);
  });
});
