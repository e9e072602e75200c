import { ConfigurationError } from './errors.ts';

/** A range of guest physical addresses, in bytes. Addresses are numbers: exact up to 2^53, and no processor has more than 52 bits. */
export interface MemoryRange {
  readonly address: number;
  readonly length: number;
}

/** What lies where in the guest's physical address space. Addresses in neither list answer as an empty bus does. */
export interface MemoryLayout {
  /** RAM and ROM, ascending, disjoint. */
  readonly ram: readonly MemoryRange[];
  /** Ranges reserved for devices, ascending, disjoint from RAM. */
  readonly mmio: readonly MemoryRange[];
}

/**
 * Guest memory as a backend uses it: one fixed buffer, and the map from guest physical pages to it.
 * `GuestMemory` of `@ringzero/guest-memory` is one; this package only states the shape.
 *
 * Pages are 4096 bytes. The buffer is never resized or transferred while a partition uses it.
 */
export interface GuestMemoryAccess {
  /** Size in bytes of RAM, which occupies the start of the buffer. */
  readonly ramBytes: number;
  readonly buffer: ArrayBufferLike;
  readonly byteLength: number;
  readonly u8: Uint8Array;
  readonly view: DataView;
  /** Buffer page of each guest physical page below 4 GB; −1 where there is no memory. */
  readonly pageMap: Int32Array;
  /** Flags of each buffer page: 1 writable by the guest, 2 holds decoded code, 4 dirty. */
  readonly pageFlags: Uint8Array;
  /** Calls `listener` with a buffer offset and a length for each change to a page that holds code. Returns a function that ends it. */
  onCodeWrite(listener: (offset: number, length: number) => void): () => void;
  /** Calls `listener` when the map or the write permissions change. Returns a function that ends it. */
  onMapChange(listener: () => void): () => void;
  /**
   * Calls `listener` when cached permissions to write are void, so that the next write to each page is seen; the map is as it was.
   * Returns a function that ends it.
   */
  onWritesVoid(listener: () => void): () => void;
  /** Offset into the buffer of a guest physical address, −1 where there is no memory. */
  offsetOf(physical: number): number;
  /** Whether a guest physical address is RAM or ROM. */
  isMemory(physical: number): boolean;
  /** Makes whole pages of memory writable or read-only to the guest, and reports a map change. */
  setWritable(physical: number, length: number, writable: boolean): void;
  /** A copy of guest physical memory; FFh where there is none. */
  readBytes(physical: number, length: number): Uint8Array;
  /** Writes guest physical memory as a device does: ROM included, absent pages skipped, code tracked. */
  writeBytes(physical: number, bytes: Uint8Array): void;
  /** Reports a change of bytes in the buffer that has just happened. */
  noteWrite(offset: number, length: number): void;
}

/** Changes which memory a VTL sees where. Only while no processor runs. */
export interface MemoryMapper {
  /**
   * Maps `length` bytes of guest memory, from `offset` in its buffer, at guest physical `address`. All three are
   * multiples of the page size. Throws `ConfigurationError` if the range is malformed or overlaps a mapped one.
   */
  mapRange(address: number, length: number, offset: number, writable: boolean): void;
  /**
   * Unmaps everything in the range. It must wholly contain every mapped range that it overlaps, else
   * `ConfigurationError` is thrown and nothing is unmapped.
   */
  unmapRange(address: number, length: number): void;
}

const PAGE = 4096;

function text(address: number, length: number): string {
  return `0x${address.toString(16)}–0x${(address + length - 1).toString(16)}`;
}

function overlaps(a: MemoryRange, address: number, length: number): boolean {
  return a.address < address + length && address < a.address + a.length;
}

/**
 * The mapper of a backend that translates through {@link GuestMemoryAccess.pageMap}. It begins with what the map holds
 * already, each run of contiguous pages being one range.
 */
export function createMemoryMapper(memory: GuestMemoryAccess): MemoryMapper {
  let ranges: MemoryRange[] = mappedRanges(memory.pageMap);

  const check = (what: string, address: number, length: number): void => {
    if (address % PAGE !== 0 || length % PAGE !== 0 || address < 0 || length <= 0 || (address + length) / PAGE > memory.pageMap.length) {
      throw new ConfigurationError(`${what} ${text(address, length)}: expected a page-aligned range below 0x${(memory.pageMap.length * PAGE).toString(16)}`);
    }
  };

  return {
    mapRange(address, length, offset, writable) {
      check('map', address, length);
      if (offset % PAGE !== 0 || offset < 0 || offset + length > memory.byteLength) {
        throw new ConfigurationError(`map ${text(address, length)}: offset 0x${offset.toString(16)} is outside the buffer of 0x${memory.byteLength.toString(16)} bytes`);
      }
      const other = ranges.find((range) => overlaps(range, address, length));
      if (other) throw new ConfigurationError(`map ${text(address, length)}: overlaps ${text(other.address, other.length)}, which is mapped`);
      for (let page = 0; page < length / PAGE; page++) memory.pageMap[address / PAGE + page] = offset / PAGE + page;
      ranges.push({ address, length });
      memory.setWritable(address, length, writable);
    },
    unmapRange(address, length) {
      check('unmap', address, length);
      const inside = ranges.filter((range) => overlaps(range, address, length));
      const cut = inside.find((range) => range.address < address || range.address + range.length > address + length);
      if (cut) throw new ConfigurationError(`unmap ${text(address, length)}: cuts through ${text(cut.address, cut.length)}`);
      for (const range of inside) memory.pageMap.fill(-1, range.address / PAGE, (range.address + range.length) / PAGE);
      ranges = ranges.filter((range) => !inside.includes(range));
      // No page is left to change; the call reports that the map did.
      memory.setWritable(address, length, false);
    },
  };
}

function mappedRanges(pageMap: Int32Array): MemoryRange[] {
  const ranges: MemoryRange[] = [];
  for (let page = 0; page < pageMap.length; page++) {
    const first = pageMap[page] ?? -1;
    if (first < 0) continue;
    let count = 1;
    while (page + count < pageMap.length && pageMap[page + count] === first + count) count++;
    ranges.push({ address: page * PAGE, length: count * PAGE });
    page += count - 1;
  }
  return ranges;
}
