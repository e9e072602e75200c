import { PAGE_CODE, PAGE_DIRTY, PAGE_WRITABLE, type GuestMemory } from '@ringzero/guest-memory';
import type { CpuIo } from '@ringzero/processor';
import type { StateViews } from '@ringzero/x86';
import type { IoGateway } from './io-gateway.ts';
import { CR0, CR4, FAULT, SEG_BASE, SEG_READ_LIMIT, SEG_WRITE_LIMIT } from './lanes.ts';
import { TLB_NEVER, TLB_SUPERVISOR, TLB_USER } from './mode.ts';
import type { Operation } from './operation.ts';
import { Paging } from './paging.ts';
import { STATUS_ALONE, STATUS_FAULT } from './status.ts';
import { Tlb } from './tlb.ts';

const VECTOR_GP = 13;
const VECTOR_SS = 12;
const VECTOR_PF = 14;
const VECTOR_AC = 17;
const SS = 2;
const CR4_PGE_BIT = 0x80;

/**
 * What #AC asks of a block: 8 bytes of an extended real or a vector, the operand size of an x87 environment or state image of
 * 14, 28, 94 or 108 bytes (vol. 3A table 6-7).
 */
function blockAlignment(size: number): number {
  if (size <= 8) return size;
  return size === 28 || size === 108 ? 4 : size === 14 || size === 94 ? 2 : 8;
}

/** Watches accesses of guest linear memory for data breakpoints. */
export interface DataWatch {
  /** Whether any watched byte lies in the page of `linear`. */
  coversPage(linear: number): boolean;
  /** Whether `[linear, linear + size)` hits; records the hit when `live`. */
  hits(linear: number, size: number, write: boolean, live: boolean): boolean;
}

/** Memory-mapped registers inside the processor (the local APIC page). */
export interface InternalMmio {
  covers(physical: number): boolean;
  read(physical: number, size: number): number;
  write(physical: number, size: number, value: number): void;
}

/**
 * Memory as instructions see it, off the fast path: translation, page crossings, MMIO, watchpoints, pages with code.
 *
 * An access that cannot complete sets `R[FAULT]` to the status that says why, and has changed nothing.
 */
export class MemoryAccess {
  readonly views: StateViews;
  readonly R: Int32Array;
  readonly U: Uint32Array;
  readonly H: Uint16Array;
  readonly B: Uint8Array;
  readonly F: Float64Array;
  readonly S: Float32Array;
  readonly Q: BigUint64Array;
  readonly memory: GuestMemory;
  readonly tlb: Tlb = new Tlb();
  readonly paging: Paging;
  readonly io: IoGateway;
  /** Current privilege level. */
  cpl = 0;
  /** The exception recorded with STATUS_FAULT: vector, error code (−1: none), and for #PF the linear address. */
  faultVector = 0;
  faultError = -1;
  faultCr2 = 0;
  /** Data breakpoints, while any are set. */
  watch: DataWatch | null = null;
  /** The local APIC's page. */
  internalMmio: InternalMmio | null = null;
  /** Asks the engine whether decoded code of this VP overlaps bytes of the buffer. */
  overlapsCode: (offset: number, length: number) => boolean = () => false;
  /** Exact segment check for what the derived limits leave open; records #GP or #SS. Set by system/segments. */
  segmentCheck: (segment: number, offset: number, size: number, write: boolean) => boolean = (segment) => {
    this.#segmentFault(segment);
    return false;
  };

  constructor(views: StateViews, memory: GuestMemory, io: IoGateway) {
    this.views = views;
    this.R = views.i32;
    this.U = views.u32;
    this.H = views.u16;
    this.B = views.u8;
    this.F = views.f64;
    this.S = views.f32;
    this.Q = views.u64;
    this.memory = memory;
    this.io = io;
    this.paging = new Paging(views.i32, memory);
  }

  /** Devices of the current run. */
  get dev(): CpuIo {
    return this.io.device;
  }

  /** Forgets cached translations; global ones stay where `keepGlobal` and CR4.PGE say so. */
  flushTlb(keepGlobal: boolean): void {
    this.tlb.flush(keepGlobal && (this.R[CR4] & CR4_PGE_BIT) !== 0);
  }

  invalidatePage(linear: number): void {
    this.tlb.invalidatePage(linear);
  }

  /** Loads the PDPTEs that CR3 names; false if they have reserved bits set. */
  loadPdptes(): boolean {
    return this.paging.loadPdptes();
  }

  readPort(port: number, size: number, _op?: Operation): number {
    return this.io.readPort(port, size);
  }

  writePort(port: number, size: number, value: number, _op?: Operation): void {
    this.io.writePort(port, size, value);
  }

  load8(linear: number, op: Operation): number {
    return this.#load(linear, 1, op.tlb);
  }
  load16(linear: number, op: Operation): number {
    return this.#load(linear, 2, op.tlb);
  }
  load32(linear: number, op: Operation): number {
    return this.#load(linear, 4, op.tlb);
  }
  store8(linear: number, value: number, op: Operation): void {
    this.#store(linear, 1, value, op.tlb);
  }
  store16(linear: number, value: number, op: Operation): void {
    this.#store(linear, 2, value, op.tlb);
  }
  store32(linear: number, value: number, op: Operation): void {
    this.#store(linear, 4, value, op.tlb);
  }

  /**
   * First half of every read-modify-write, locked or not: XCHG, LOCK-prefixed instructions and CMPXCHG8B come through here
   * (vol. 3A §8.1.2). The store that follows cannot fault, and the fault is a write's (§4.7). Of 8 bytes, the low four are
   * returned.
   */
  loadForWrite(linear: number, size: number, op: Operation): number {
    if (!this.#checkAlignment(linear, size, op.tlb)) return 0;
    if (!this.probeWrite(linear, size, op.tlb !== TLB_SUPERVISOR)) return 0;
    return this.#load(linear, size > 4 ? 4 : size, op.tlb);
  }

  /** Copies `size` bytes (a multiple of 4) to byte offset `target` of the state, with one check for all. */
  loadBlock(linear: number, size: number, target: number, op: Operation): void {
    if (!this.#checkAlignment(linear, blockAlignment(size), op.tlb)) return;
    const user = op.tlb !== TLB_SUPERVISOR;
    if (((linear & 4095) + size > 4096 && !this.probeRead(linear + size - 1, user)) || !this.probeRead(linear, user)) return;
    this.#moveBlock(linear, size, target, user, false);
  }

  /** Writes `size` bytes from byte offset `source` of the state; nothing is written unless all can be. */
  storeBlock(linear: number, size: number, source: number, op: Operation): void {
    if (!this.#checkAlignment(linear, blockAlignment(size), op.tlb)) return;
    const user = op.tlb !== TLB_SUPERVISOR;
    if (!this.probeWrite(linear, size, user)) return;
    this.#moveBlock(linear, size, source, user, true);
  }

  /** Takes the fault that `storeBlock` would take, and writes nothing. */
  probeStore(linear: number, size: number, op: Operation): void {
    if (this.#checkAlignment(linear, blockAlignment(size), op.tlb)) this.probeWrite(linear, size, op.tlb !== TLB_SUPERVISOR);
  }

  #moveBlock(linear: number, size: number, at: number, user: boolean, write: boolean): void {
    for (let done = 0; done < size; ) {
      const count = size - done >= 4 ? 4 : size - done >= 2 ? 2 : 1;
      const address = (linear + done) | 0;
      const byte = at + done;
      if (write) {
        const value = count === 4 ? this.views.i32[byte >> 2] : count === 2 ? this.H[byte >> 1] : this.B[byte];
        this.storeAs(address, count, value, user);
      } else {
        const value = this.loadAs(address, count, user);
        if (count === 4) this.R[byte >> 2] = value;
        else if (count === 2) this.H[byte >> 1] = value;
        else this.B[byte] = value;
      }
      if (this.R[FAULT] !== 0) return;
      done += count;
    }
  }

  loadSystem8(linear: number): number {
    return this.#load(linear, 1, TLB_SUPERVISOR);
  }
  loadSystem16(linear: number): number {
    return this.#load(linear, 2, TLB_SUPERVISOR);
  }
  loadSystem32(linear: number): number {
    return this.#load(linear, 4, TLB_SUPERVISOR);
  }
  storeSystem8(linear: number, value: number): void {
    this.#store(linear, 1, value, TLB_SUPERVISOR);
  }
  storeSystem16(linear: number, value: number): void {
    this.#store(linear, 2, value, TLB_SUPERVISOR);
  }
  storeSystem32(linear: number, value: number): void {
    this.#store(linear, 4, value, TLB_SUPERVISOR);
  }
  loadAs(linear: number, size: number, user: boolean): number {
    return this.#load(linear, size, user ? TLB_USER : TLB_SUPERVISOR);
  }
  storeAs(linear: number, size: number, value: number, user: boolean): void {
    this.#store(linear, size, value, user ? TLB_USER : TLB_SUPERVISOR);
  }

  /** Whether `[linear, linear + size)` could be written; if not, the fault is recorded. Sets accessed and dirty flags. */
  probeWrite(linear: number, size: number, user: boolean): boolean {
    if (!this.#translate(linear, true, user)) return false;
    return (linear & 4095) + size <= 4096 || this.#translate(((linear & -4096) + 4096) | 0, true, user);
  }

  /** Whether the byte at `linear` could be read; if not, the fault is recorded. */
  probeRead(linear: number, user: boolean): boolean {
    return this.#translate(linear, false, user);
  }

  /** Linear address of `offset` in `segment`, after its limit and rights are checked for an access of `size` bytes. */
  segmentLinear(segment: number, offset: number, size: number, write: boolean): number {
    const limit = this.F[(write ? SEG_WRITE_LIMIT : SEG_READ_LIMIT) + segment];
    if ((offset >>> 0) + size - 1 > limit && !this.segmentCheck(segment, offset, size, write)) return 0;
    return (this.R[SEG_BASE + 2 * segment] + offset) | 0;
  }

  /**
   * Buffer offset of the code byte at `linear`, −1 with the fault recorded, or −2 where the address is not memory.
   * Fills the code table.
   */
  translateCode(linear: number): number {
    const user = this.cpl === 3;
    const section = user ? TLB_USER : TLB_SUPERVISOR;
    const entry = this.tlb.code[(linear >>> 12) + section];
    if (entry !== -1) return linear ^ entry;
    if (!this.paging.translate(linear, false, user, true)) return this.#pageFault(linear);
    const offset = this.memory.offsetOf(this.paging.physical);
    if (offset < 0) return -2;
    this.tlb.fill(this.tlb.code, linear, section, offset & -4096, this.paging.global, this.paging.large);
    return offset;
  }

  /** For debuggers: the buffer offset that `linear` maps to for a supervisor read, or −1; no fault is recorded, flags may be set. */
  peekOffset(linear: number): number {
    return this.paging.translate(linear, false, false, false) ? this.memory.offsetOf(this.paging.physical) : -1;
  }

  #pageFault(linear: number): number {
    this.faultVector = VECTOR_PF;
    this.faultError = this.paging.errorCode;
    this.faultCr2 = linear;
    this.R[FAULT] = STATUS_FAULT;
    return -1;
  }

  #segmentFault(segment: number): void {
    this.faultVector = segment === SS ? VECTOR_SS : VECTOR_GP;
    this.faultError = 0;
    this.R[FAULT] = STATUS_FAULT;
  }

  #checkAlignment(linear: number, size: number, section: number): boolean {
    if (section !== TLB_NEVER || (linear & (size - 1)) === 0) return true;
    this.faultVector = VECTOR_AC;
    this.faultError = 0;
    this.R[FAULT] = STATUS_FAULT;
    return false;
  }

  #translate(linear: number, write: boolean, user: boolean): boolean {
    const section = user ? TLB_USER : TLB_SUPERVISOR;
    if ((write ? this.tlb.write : this.tlb.read)[(linear >>> 12) + section] !== -1) return true;
    if (this.paging.translate(linear, write, user, false)) return true;
    this.#pageFault(linear);
    return false;
  }

  /** Buffer offset of a byte for an access that stays in its page: −1 on a fault, −2 for MMIO (`paging.physical`). */
  #locate(linear: number, write: boolean, user: boolean): number {
    const section = user ? TLB_USER : TLB_SUPERVISOR;
    const table = write ? this.tlb.write : this.tlb.read;
    const entry = table[(linear >>> 12) + section];
    if (entry !== -1) return linear ^ entry;
    if (!this.paging.translate(linear, write, user, false)) return this.#pageFault(linear);
    const offset = this.memory.offsetOf(this.paging.physical);
    if (offset < 0) return -2;
    if (this.watch !== null && this.watch.coversPage(linear)) return offset;
    if (this.internalMmio !== null && this.internalMmio.covers(this.paging.physical)) return -2;
    if (write) {
      const flags = this.memory.pageFlags[offset >>> 12];
      if ((flags & PAGE_WRITABLE) === 0 || (flags & PAGE_CODE) !== 0) return offset;
      this.memory.pageFlags[offset >>> 12] = flags | PAGE_DIRTY;
    }
    this.tlb.fill(table, linear, section, offset & -4096, this.paging.global, this.paging.large);
    // What can be written can be read: one walk serves both, and engines that read before they write agree with others.
    if (write && this.tlb.read[(linear >>> 12) + section] === -1) this.tlb.fill(this.tlb.read, linear, section, offset & -4096, this.paging.global, this.paging.large);
    return offset;
  }

  #watched(linear: number, size: number, write: boolean): boolean {
    if (this.watch === null || !this.watch.hits(linear, size, write, this.io.live) || this.io.live) return false;
    this.R[FAULT] = STATUS_ALONE;
    return true;
  }

  #load(linear: number, size: number, section: number): number {
    // Watched pages and those of devices are in no table, so that a hit is plain memory.
    const entry = this.tlb.read[(linear >>> 12) + section];
    if (entry !== -1 && (linear & 4095) + size <= 4096) {
      const at = linear ^ entry;
      const view = this.memory.view;
      return size === 4 ? view.getInt32(at, true) : size === 2 ? view.getUint16(at, true) : view.getUint8(at);
    }
    if (section === TLB_NEVER && !this.#checkAlignment(linear, size, section)) return 0;
    const user = section !== TLB_SUPERVISOR;
    if (this.#watched(linear, size, false)) return 0;
    if ((linear & 4095) + size > 4096) return this.#loadAcross(linear, size, user);
    const offset = this.#locate(linear, false, user);
    if (offset >= 0) {
      const view = this.memory.view;
      return size === 4 ? view.getInt32(offset, true) : size === 2 ? view.getUint16(offset, true) : view.getUint8(offset);
    }
    return offset === -1 ? 0 : this.#loadMmio(this.paging.physical, size);
  }

  #loadMmio(physical: number, size: number): number {
    const internal = this.internalMmio;
    if (internal !== null && internal.covers(physical)) return this.io.internal(() => internal.read(physical, size));
    return this.io.readMmio(physical, size);
  }

  #loadAcross(linear: number, size: number, user: boolean): number {
    let value = 0;
    const second = ((linear & -4096) + 4096) | 0;
    if (!this.#translate(linear, false, user) || !this.#translate(second, false, user)) return 0;
    for (let i = 0; i < size; i++) {
      const byte = this.#loadByte((linear + i) | 0, user);
      if (this.R[FAULT] !== 0) return 0;
      value |= byte << (8 * i);
    }
    return value;
  }

  #loadByte(linear: number, user: boolean): number {
    const offset = this.#locate(linear, false, user);
    if (offset >= 0) return this.memory.u8[offset];
    return offset === -1 ? 0 : this.#loadMmio(this.paging.physical, 1) & 0xff;
  }

  #store(linear: number, size: number, value: number, section: number): void {
    const entry = this.tlb.write[(linear >>> 12) + section];
    if (entry !== -1 && (linear & 4095) + size <= 4096) {
      const at = linear ^ entry;
      const view = this.memory.view;
      if (size === 4) view.setInt32(at, value, true);
      else if (size === 2) view.setUint16(at, value, true);
      else view.setUint8(at, value);
      return;
    }
    if (section === TLB_NEVER && !this.#checkAlignment(linear, size, section)) return;
    const user = section !== TLB_SUPERVISOR;
    if (this.#watched(linear, size, true)) return;
    if ((linear & 4095) + size > 4096) this.#storeAcross(linear, size, value, user);
    else this.#storeWithin(linear, size, value, user);
  }

  #storeWithin(linear: number, size: number, value: number, user: boolean): void {
    const offset = this.#locate(linear, true, user);
    if (offset >= 0) this.#storeMemory(offset, size, value);
    else if (offset === -2) this.#storeMmio(this.paging.physical, size, value);
  }

  #storeMemory(offset: number, size: number, value: number): void {
    const flags = this.memory.pageFlags[offset >>> 12];
    if ((flags & PAGE_WRITABLE) === 0) return;
    if ((flags & PAGE_CODE) !== 0 && !this.io.live && this.overlapsCode(offset, size)) {
      this.R[FAULT] = STATUS_ALONE;
      return;
    }
    const view = this.memory.view;
    if (size === 4) view.setInt32(offset, value, true);
    else if (size === 2) view.setUint16(offset, value, true);
    else view.setUint8(offset, value);
    this.memory.noteWrite(offset, size);
  }

  #storeMmio(physical: number, size: number, value: number): void {
    const internal = this.internalMmio;
    if (internal === null || !internal.covers(physical)) {
      this.io.writeMmio(physical, size, size === 1 ? value & 0xff : size === 2 ? value & 0xffff : value);
      return;
    }
    this.io.internal(() => {
      internal.write(physical, size, value);
      return 0;
    });
  }

  #storeAcross(linear: number, size: number, value: number, user: boolean): void {
    if (!this.probeWrite(linear, size, user)) return;
    // Both pages must be free of running code before the first byte goes out.
    if (!this.io.live && (this.#needsAlone(linear, user) || this.#needsAlone(((linear & -4096) + 4096) | 0, user))) {
      this.R[FAULT] = STATUS_ALONE;
      return;
    }
    for (let i = 0; i < size; i++) {
      this.#storeWithin((linear + i) | 0, 1, (value >>> (8 * i)) & 0xff, user);
      if (this.R[FAULT] !== 0) return;
    }
  }

  /** Whether a store to the page of `linear` is one that only an instruction running alone may make. */
  #needsAlone(linear: number, user: boolean): boolean {
    const offset = this.#locate(linear, true, user);
    return offset < 0 || (this.memory.pageFlags[offset >>> 12] & PAGE_CODE) !== 0;
  }

  /** Whether paging is on. */
  get isPaged(): boolean {
    return this.R[CR0] < 0;
  }
}
