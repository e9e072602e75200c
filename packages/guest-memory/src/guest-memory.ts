import { problemOfMap, runsOfMap, runsOfWritable, type MemoryMapState } from './map-state.ts';
import { PAGE_CODE, PAGE_DIRTY, PAGE_UNSAVED, PAGE_WRITABLE } from './page-flags.ts';
import { SettledPages } from './settled-pages.ts';

/** Bytes in a page. */
export const PAGE_BYTES = 4096;
const PAGE_SHIFT = 12;
const PAGE_WORDS = PAGE_BYTES / 4;
/** Smallest and largest RAM, in bytes: 1 MB, and 2 GB less 1 MB so that every offset is a positive int32. */
export const MIN_RAM_BYTES: number = 0x100000;
/** Largest RAM, in bytes: 2 GB less 1 MB. */
export const MAX_RAM_BYTES: number = 0x7ff00000;

/** Pages of a 32-bit physical address space. */
const PHYSICAL_PAGES = 1 << 20;
/** Room behind RAM for ROM images that lie outside it. */
const ROM_BYTES = 0x100000;
/** Address bit 20 as a page number. */
const A20_PAGE = 0x100;
const HOLE_START = 0xa0;
const HOLE_END = 0xc0;

/** A processor's page map holds positive int32 offsets. */
const MAX_BUFFER_BYTES = 0x7fff_f000;

/** Told when bytes of a code page change. `address` is an offset into the backing buffer. */
export type CodeWriteListener = (address: number, length: number) => void;

/** Thrown for a size or range that the memory cannot have. */
export class GuestMemoryError extends RangeError {
  override readonly name = 'GuestMemoryError';
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

/** Memory of a device that processors reach as they reach RAM, such as a frame buffer. */
export interface DeviceMemory {
  /** Its bytes. Whoever writes them tells it by {@link noteWrite}. */
  readonly bytes: Uint8Array;
  /** Bytes were written by the device: decode caches hear of it, and the pages are dirty. */
  noteWrite(offset: number, length: number): void;
  /**
   * Puts it at a page-aligned guest physical address instead of where it was, or nowhere. Where there is memory already, that
   * stays: a guest chooses the address.
   */
  mapAt(physical: number | undefined): void;
  /** Maps `length` bytes from `offset` on at `physical` as well (page-aligned), until the function that it gives is called. */
  mapWindow(physical: number, offset: number, length: number): () => void;
  /** The pages (indices from 0) written since the last time. */
  takeDirty(): number[];
}

/**
 * Guest RAM and ROM in one fixed buffer, and the map from guest physical pages to it.
 *
 * Physical page p is at buffer page `pageMap[p]`, or is not memory at all (−1: MMIO or nothing). RAM is mapped one to one,
 * save for the legacy VGA hole (A0000h–BFFFFh). Addresses at or above 4 GB are never memory.
 */
export class GuestMemory {
  readonly ramBytes: number;
  readonly buffer: ArrayBufferLike;
  readonly byteLength: number;
  readonly u8: Uint8Array;
  readonly u16: Uint16Array;
  readonly i32: Int32Array;
  readonly view: DataView;
  readonly #words: Int32Array;
  /** Buffer page of each physical page below 4 GB, −1 where there is no memory. */
  readonly pageMap: Int32Array;
  /** `PAGE_*` flags of each buffer page. */
  readonly pageFlags: Uint8Array;
  /** Decode caches that hold code of each buffer page. */
  readonly #codeUsers: Uint8Array;
  readonly #listeners: CodeWriteListener[] = [];
  readonly #codePageListeners: ((bufferPage: number) => void)[] = [];
  readonly #mapListeners: (() => void)[] = [];
  readonly #voidListeners: (() => void)[] = [];
  #romNext: number;
  readonly #romEnd: number;
  #deviceNext: number;
  /** Pages that were forgotten as dirty before their display has taken them. */
  readonly #untaken: Uint8Array;
  #dirtyEpoch = 0;
  /** Pages of the buffer as they were at {@link clearDirty}: of device memory alone, which devices write by ways of their own. */
  readonly #settled: SettledPages;
  /** The map to go back to while the A20 gate is closed. */
  #withoutA20: Int32Array | null = null;

  /**
   * `shared` makes the buffer a SharedArrayBuffer; `hole: false` puts RAM also at A0000h–BFFFFh, where a PC has none; `deviceBytes` is room for {@link allocateDeviceMemory}. Throws {@link GuestMemoryError} for a size out of range or not a multiple of a page.
   */
  constructor(ramBytes: number, options: { readonly shared?: boolean; readonly hole?: boolean; readonly deviceBytes?: number } = {}) {
    if (!Number.isInteger(ramBytes) || ramBytes < MIN_RAM_BYTES || ramBytes > MAX_RAM_BYTES || ramBytes % PAGE_BYTES !== 0) {
      throw new GuestMemoryError(`memory of ${ramBytes} bytes: expected a multiple of ${PAGE_BYTES} from ${hex(MIN_RAM_BYTES)} to ${hex(MAX_RAM_BYTES)}`);
    }
    this.ramBytes = ramBytes;
    const { deviceBytes = 0 } = options;
    this.byteLength = ramBytes + ROM_BYTES + deviceBytes;
    if (deviceBytes % PAGE_BYTES !== 0 || deviceBytes < 0 || this.byteLength > MAX_BUFFER_BYTES) {
      throw new GuestMemoryError(`memory of ${ramBytes} bytes with ${deviceBytes} for devices: expected whole pages, and ${MAX_BUFFER_BYTES - ROM_BYTES} bytes at most`);
    }
    this.buffer = options.shared ? new SharedArrayBuffer(this.byteLength) : new ArrayBuffer(this.byteLength);
    this.u8 = new Uint8Array(this.buffer);
    this.u16 = new Uint16Array(this.buffer);
    this.i32 = new Int32Array(this.buffer);
    this.view = new DataView(this.buffer);
    this.#words = new Int32Array(this.buffer);
    this.#settled = new SettledPages(this.u8, PAGE_BYTES);
    this.pageMap = new Int32Array(PHYSICAL_PAGES).fill(-1);
    this.pageFlags = new Uint8Array(this.byteLength / PAGE_BYTES);
    this.#codeUsers = new Uint8Array(this.byteLength / PAGE_BYTES);
    this.#untaken = new Uint8Array(this.byteLength / PAGE_BYTES);
    this.#romNext = ramBytes / PAGE_BYTES;
    this.#romEnd = this.#deviceNext = (ramBytes + ROM_BYTES) / PAGE_BYTES;
    for (let page = 0; page < ramBytes / PAGE_BYTES; page++) {
      if (options.hole !== false && page >= HOLE_START && page < HOLE_END) continue;
      this.pageMap[page] = page;
      this.pageFlags[page] = PAGE_WRITABLE;
    }
  }

  /** Calls `listener` for each change to a page with {@link PAGE_CODE}. Returns a function that ends it. */
  onCodeWrite(listener: CodeWriteListener): () => void {
    this.#listeners.push(listener);
    return () => {
      const at = this.#listeners.indexOf(listener);
      if (at >= 0) this.#listeners.splice(at, 1);
    };
  }

  /** Calls `listener` when a buffer page gets {@link PAGE_CODE}: every processor's cached permission to write it is then void. Returns a function that ends it. */
  onCodePage(listener: (bufferPage: number) => void): () => void {
    this.#codePageListeners.push(listener);
    return () => {
      const at = this.#codePageListeners.indexOf(listener);
      if (at >= 0) this.#codePageListeners.splice(at, 1);
    };
  }

  /** Calls `listener` whenever the map or the write permissions change: cached translations are then void. */
  onMapChange(listener: () => void): () => void {
    return this.#listen(this.#mapListeners, listener);
  }

  /** Calls `listener` when every cached permission to write is void, so that the next write to a page is seen. The map is as it was. */
  onWritesVoid(listener: () => void): () => void {
    return this.#listen(this.#voidListeners, listener);
  }

  #listen(listeners: (() => void)[], listener: () => void): () => void {
    listeners.push(listener);
    return () => {
      const at = listeners.indexOf(listener);
      if (at >= 0) listeners.splice(at, 1);
    };
  }

  /** A decode cache holds instructions of this buffer page from now on, or a monitor watches it: writes to it are reported. */
  retainCode(bufferPage: number): void {
    if (this.#codeUsers[bufferPage]!++ > 0) return;
    this.pageFlags[bufferPage]! |= PAGE_CODE;
    for (const listener of this.#codePageListeners) listener(bufferPage);
  }

  /** That cache holds none any more. */
  releaseCode(bufferPage: number): void {
    if (--this.#codeUsers[bufferPage]! === 0) this.pageFlags[bufferPage]! &= ~PAGE_CODE;
  }

  /** Offset into the buffer of a guest physical address, or −1 where there is no memory. */
  offsetOf(physical: number): number {
    if (physical >= 0x1_0000_0000 || physical < 0) return -1;
    // By integers: this is what each walk of page tables asks, twice.
    const page = this.pageMap[physical >>> PAGE_SHIFT]!;
    return page < 0 ? -1 : page * PAGE_BYTES + (physical & (PAGE_BYTES - 1));
  }

  /** Whether a guest physical address is RAM or ROM. */
  isMemory(physical: number): boolean {
    return this.offsetOf(physical) >= 0;
  }

  /**
   * Copies `bytes` to the page-aligned guest physical address and makes those pages read-only to the guest.
   * Where RAM is mapped it is used; elsewhere pages behind RAM are taken. Throws when there is no room.
   */
  mapRom(physical: number, bytes: Uint8Array): void {
    if (physical % PAGE_BYTES !== 0 || physical < 0 || physical + bytes.length > 0x1_0000_0000) {
      throw new GuestMemoryError(`ROM of ${bytes.length} bytes at ${hex(physical)}: expected a page-aligned range below 4 GB`);
    }
    const map = this.#withoutA20 ?? this.pageMap;
    const pages = Math.ceil(bytes.length / PAGE_BYTES);
    const first = physical / PAGE_BYTES;
    const outside = map.subarray(first, first + pages).reduce((count, page) => (page < 0 ? count + 1 : count), 0);
    if (this.#romNext + outside > this.#romEnd) throw new GuestMemoryError(`ROM at ${hex(physical)}: more than ${ROM_BYTES} bytes of ROM outside RAM`);
    for (let i = 0; i < pages; i++) {
      const page = map[first + i]! < 0 ? this.#romNext++ : map[first + i]!;
      map[first + i] = page;
      this.pageFlags[page]! &= ~PAGE_WRITABLE;
      this.#store(page * PAGE_BYTES, bytes.subarray(i * PAGE_BYTES, (i + 1) * PAGE_BYTES));
    }
    if (this.#withoutA20 !== null) this.#maskA20(this.#withoutA20);
    this.#mapChanged();
  }

  /** Takes `bytes` (rounded up to pages) of the room for devices. Throws {@link GuestMemoryError} when there is not as much. */
  allocateDeviceMemory(bytes: number): DeviceMemory {
    const first = this.#deviceNext;
    const pages = Math.ceil(bytes / PAGE_BYTES);
    if (first + pages > this.pageFlags.length) throw new GuestMemoryError(`device memory of ${bytes} bytes: ${(this.pageFlags.length - first) * PAGE_BYTES} are left`);
    this.#deviceNext += pages;
    this.pageFlags.fill(PAGE_WRITABLE, first, first + pages);
    let unmap: (() => void) | undefined;
    return {
      bytes: this.u8.subarray(first * PAGE_BYTES, first * PAGE_BYTES + bytes),
      noteWrite: (offset, length) => this.#noteWrites(first * PAGE_BYTES + offset, length),
      mapAt: (physical) => {
        unmap?.();
        unmap = physical === undefined ? undefined : this.#mapPages(physical, first, pages);
      },
      mapWindow: (physical, offset, length) => this.#mapPages(physical, first + offset / PAGE_BYTES, Math.ceil(length / PAGE_BYTES)),
      takeDirty: () => this.#takeDirty(first, pages),
    };
  }

  /** Maps buffer pages where no memory is; gives what takes them away again. */
  #mapPages(physical: number, bufferPage: number, pages: number): () => void {
    const start = physical / PAGE_BYTES;
    const change = (from: number, to: (i: number) => number): void => {
      const map = this.#withoutA20 ?? this.pageMap;
      for (let i = 0; i < pages && start + i < PHYSICAL_PAGES; i++) if (map[start + i] === (from < 0 ? -1 : from + i)) map[start + i] = to(i);
      if (this.#withoutA20 !== null) this.#maskA20(this.#withoutA20);
      this.#mapChanged();
    };
    change(-1, (i) => bufferPage + i);
    return () => change(bufferPage, () => -1);
  }

  #takeDirty(first: number, pages: number): number[] {
    const dirty: number[] = [];
    for (let i = 0; i < pages; i++) {
      const flags = this.pageFlags[first + i]!;
      if ((flags & PAGE_DIRTY) !== 0) this.pageFlags[first + i] = (flags & ~PAGE_DIRTY) | PAGE_UNSAVED;
      else if (this.#untaken[first + i] === 0) continue;
      this.#untaken[first + i] = 0;
      dirty.push(i);
    }
    if (dirty.length > 0) this.#writesVoid();
    return dirty;
  }

  /**
   * The A20 gate: while it is closed, address bit 20 reads as 0 everywhere, so that odd megabytes alias the even ones below
   * (vol. 3A §20.1.1).
   */
  setA20(enabled: boolean): void {
    if (enabled === (this.#withoutA20 === null)) return;
    if (this.#withoutA20 !== null) {
      this.pageMap.set(this.#withoutA20);
      this.#withoutA20 = null;
    } else {
      this.#withoutA20 = this.pageMap.slice();
      this.#maskA20(this.#withoutA20);
    }
    this.#mapChanged();
  }

  #maskA20(map: Int32Array): void {
    for (let page = 0; page < PHYSICAL_PAGES; page++) this.pageMap[page] = map[page & ~A20_PAGE]!;
  }

  /** A copy of the whole buffer: RAM, ROM and device memory. */
  copyBuffer(): Uint8Array {
    return this.u8.slice();
  }

  /** Writes pages of the buffer, wherever they are mapped and whether or not the guest may: `bytes` begins at buffer page `page`. */
  storePages(page: number, bytes: Uint8Array): void {
    const end = page * PAGE_BYTES + bytes.length;
    if (page < 0 || bytes.length % PAGE_BYTES !== 0 || end > this.byteLength) throw new GuestMemoryError(`${bytes.length} bytes at buffer page ${page}: expected whole pages of ${this.pageFlags.length}`);
    for (let done = 0; done < bytes.length; done += PAGE_BYTES) this.#store(page * PAGE_BYTES + done, bytes.subarray(done, done + PAGE_BYTES));
  }

  /** Makes pages of the buffer zero. Those that are so already are left alone. */
  clearPages(page: number, count: number): void {
    for (let at = page; at < page + count; at++) {
      if (this.isZeroPage(at)) continue;
      this.u8.fill(0, at * PAGE_BYTES, (at + 1) * PAGE_BYTES);
      this.noteWrite(at * PAGE_BYTES, PAGE_BYTES);
    }
  }

  /** Whether a buffer page holds nothing but zeros. */
  isZeroPage(page: number): boolean {
    const words = this.#words;
    const end = (page + 1) * PAGE_WORDS;
    for (let i = page * PAGE_WORDS; i < end; i += 8) {
      if ((words[i]! | words[i + 1]! | words[i + 2]! | words[i + 3]! | words[i + 4]! | words[i + 5]! | words[i + 6]! | words[i + 7]!) !== 0) return false;
    }
    return true;
  }

  /** How it is laid out: all of a saved state but the bytes. */
  saveMap(): MemoryMapState {
    return {
      ramBytes: this.ramBytes,
      bufferBytes: this.byteLength,
      romPages: this.#romNext - this.ramBytes / PAGE_BYTES,
      a20: this.#withoutA20 === null,
      mapped: runsOfMap(this.#withoutA20 ?? this.pageMap),
      writable: runsOfWritable(this.pageFlags),
    };
  }

  /** Throws {@link GuestMemoryError} for a layout that this memory cannot have, wherever it comes from. */
  checkMap(state: MemoryMapState): void {
    const { ramBytes, byteLength: bufferBytes } = this;
    const problem = problemOfMap(state, { ramBytes, bufferBytes, bufferPages: this.pageFlags.length, romPages: ROM_BYTES / PAGE_BYTES, physicalPages: PHYSICAL_PAGES });
    if (problem !== undefined) throw new GuestMemoryError(`memory layout: ${problem}`);
  }

  /**
   * Takes over {@link saveMap}'s layout, whatever devices have mapped meanwhile: it is restored after them. What they map and take
   * away later follows from there. Throws as {@link checkMap} does, before anything changes.
   */
  restoreMap(state: MemoryMapState): void {
    this.checkMap(state);
    this.#romNext = this.ramBytes / PAGE_BYTES + state.romPages;
    this.pageMap.fill(-1);
    for (const [physical, page, count] of state.mapped) for (let i = 0; i < count; i++) this.pageMap[physical + i] = page + i;
    this.#withoutA20 = state.a20 ? null : this.pageMap.slice();
    if (this.#withoutA20 !== null) this.#maskA20(this.#withoutA20);
    for (let page = 0; page < this.pageFlags.length; page++) this.pageFlags[page]! &= ~PAGE_WRITABLE;
    for (const [page, count] of state.writable) for (let i = 0; i < count; i++) this.pageFlags[page + i]! |= PAGE_WRITABLE;
    this.#mapChanged();
  }

  /** Makes whole pages of memory writable or read-only to the guest (shadow RAM). */
  setWritable(physical: number, length: number, writable: boolean): void {
    for (let page = Math.floor(physical / PAGE_BYTES); page < Math.ceil((physical + length) / PAGE_BYTES); page++) {
      const at = this.pageMap[page] ?? -1;
      if (at < 0) continue;
      if (writable) this.pageFlags[at]! |= PAGE_WRITABLE;
      else this.pageFlags[at]! &= ~PAGE_WRITABLE;
    }
    this.#mapChanged();
  }

  /** A copy of guest physical memory; where there is none, the bytes are FFh. */
  readBytes(physical: number, length: number): Uint8Array {
    const out = new Uint8Array(length);
    this.#eachPage(physical, length, (offset, done, count) => {
      if (offset < 0) out.fill(0xff, done, done + count);
      else out.set(this.u8.subarray(offset, offset + count), done);
    });
    return out;
  }

  /** Writes guest physical memory as a device or loader does: ROM included, absent pages skipped, code tracked. */
  writeBytes(physical: number, bytes: Uint8Array): void {
    this.#eachPage(physical, bytes.length, (offset, done, count) => {
      if (offset >= 0) this.#store(offset, bytes.subarray(done, done + count));
    });
  }

  /** Reports a change of bytes in the buffer that has just happened, if they lie in a code page, and marks the page dirty. */
  noteWrite(offset: number, length: number): void {
    const page = Math.floor(offset / PAGE_BYTES);
    const flags = this.pageFlags[page]!;
    this.pageFlags[page] = flags | PAGE_DIRTY;
    if ((flags & PAGE_CODE) === 0) return;
    for (const listener of this.#listeners) listener(offset, length);
  }

  /** Changes whenever {@link clearDirty} is called: who has called it knows by this that nobody else has since. */
  get dirtyEpoch(): number {
    return this.#dirtyEpoch;
  }

  /** Whether a buffer page was written, or open to writes, since {@link clearDirty}; one of device memory also if it merely holds something else. */
  isDirty(page: number): boolean {
    return (this.pageFlags[page]! & (PAGE_DIRTY | PAGE_UNSAVED)) !== 0 || (page >= this.deviceStart && this.#settled.differs(page));
  }

  /** Where device memory begins in the buffer, as a page. */
  get deviceStart(): number {
    return this.#romEnd;
  }

  /** As {@link noteWrite}, across pages. */
  #noteWrites(offset: number, length: number): void {
    for (let done = 0; done < length; ) {
      const count = Math.min(length - done, PAGE_BYTES - ((offset + done) % PAGE_BYTES));
      this.noteWrite(offset + done, count);
      done += count;
    }
  }

  /** Forgets which pages are dirty. Cached write translations become void, so that the next write is seen. Displays still get what they have not taken. */
  clearDirty(): void {
    this.#dirtyEpoch++;
    for (let i = 0; i < this.pageFlags.length; i++) {
      if (i >= this.deviceStart) {
        if ((this.pageFlags[i]! & PAGE_DIRTY) !== 0) this.#untaken[i] = 1;
        this.#settled.settle(i);
      }
      this.pageFlags[i]! &= ~(PAGE_DIRTY | PAGE_UNSAVED);
    }
    this.#writesVoid();
  }

  #writesVoid(): void {
    for (const listener of this.#voidListeners) listener();
  }

  #mapChanged(): void {
    for (const listener of this.#mapListeners) listener();
  }

  #store(offset: number, bytes: Uint8Array): void {
    this.u8.set(bytes, offset);
    if (bytes.length > 0) this.noteWrite(offset, bytes.length);
  }

  #eachPage(physical: number, length: number, visit: (offset: number, done: number, count: number) => void): void {
    for (let done = 0; done < length; ) {
      const count = Math.min(length - done, PAGE_BYTES - ((physical + done) % PAGE_BYTES));
      visit(this.offsetOf(physical + done), done, count);
      done += count;
    }
  }
}
