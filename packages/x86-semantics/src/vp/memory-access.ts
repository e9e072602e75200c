import { PAGE_CODE, PAGE_DIRTY, PAGE_WRITABLE, type GuestMemory } from '@ringzero/guest-memory';
import type { CpuIo } from '@ringzero/processor';
import { CR4_SMAP, type StateViews } from '@ringzero/x86';
import type { IoGateway } from './io-gateway.ts';
import type { DataWatch, InternalMmio } from './memory-hooks.ts';
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
    this.#fault(segment === SS ? VECTOR_SS : VECTOR_GP, 0);
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

  /** INVLPG: forgets the translation of one page. */
  invalidatePage(linear: number): void {
    this.tlb.invalidatePage(linear);
  }

  /** Loads the PDPTEs that CR3 names; false if they have reserved bits set. */
  loadPdptes(): boolean {
    return this.paging.loadPdptes();
  }

  /** IN, after the checks. */
  readPort(port: number, size: number, _op?: Operation): number {
    return this.io.readPort(port, size);
  }

  /** OUT, after the checks. */
  writePort(port: number, size: number, value: number, _op?: Operation): void {
    this.io.writePort(port, size, value);
  }

  /** Loads 8 bits with the rights of the current privilege level. */
  load8(linear: number, op: Operation): number {
    return this.#load(linear, 1, op.tlb);
  }
  /** Loads 16 bits with the rights of the current privilege level. */
  load16(linear: number, op: Operation): number {
    return this.#load(linear, 2, op.tlb);
  }
  /** Loads 32 bits with the rights of the current privilege level. */
  load32(linear: number, op: Operation): number {
    return this.#load(linear, 4, op.tlb);
  }
  /** Stores 8 bits with the rights of the current privilege level. */
  store8(linear: number, value: number, op: Operation): void {
    this.#store(linear, 1, value, op.tlb);
  }
  /** Stores 16 bits with the rights of the current privilege level. */
  store16(linear: number, value: number, op: Operation): void {
    this.#store(linear, 2, value, op.tlb);
  }
  /** Stores 32 bits with the rights of the current privilege level. */
  store32(linear: number, value: number, op: Operation): void {
    this.#store(linear, 4, value, op.tlb);
  }

  /**
   * First half of every read-modify-write, locked or not: XCHG, LOCK-prefixed instructions and CMPXCHG8B come through here
   * (vol. 3A §8.1.2). The store that follows cannot fault, and the fault is a write's (§4.7). Of 8 bytes, the low four are
   * returned.
   */
  loadForWrite(linear: number, size: number, op: Operation): number {
    if (!this.checkAlignment(linear, size, op.tlb)) return 0;
    if (!this.probeWrite(linear, size, op.tlb !== TLB_SUPERVISOR)) return 0;
    const bytes = size > 4 ? 4 : size;
    // What is written is what was read, even where a page was mapped elsewhere without INVLPG and only its writes have noticed.
    const entry = this.tlb.write[(linear >>> 12) + op.tlb];
    if (entry !== -1 && (linear & 4095) + size <= 4096) return this.#read(linear ^ entry, bytes);
    return this.#load(linear, bytes, op.tlb);
  }

  // Implicit supervisor accesses: descriptor tables, TSS (vol. 3A §4.6). EFLAGS.AC never opens user pages to them.

  /** Loads 8 bits of a system structure: with the rights of the supervisor. */
  loadSystem8(linear: number): number {
    return this.#loadImplicit(linear, 1);
  }
  /** Loads 16 bits of a system structure: with the rights of the supervisor. */
  loadSystem16(linear: number): number {
    return this.#loadImplicit(linear, 2);
  }
  /** Loads 32 bits of a system structure: with the rights of the supervisor. */
  loadSystem32(linear: number): number {
    return this.#loadImplicit(linear, 4);
  }
  /** Stores 8 bits of a system structure: with the rights of the supervisor. */
  storeSystem8(linear: number, value: number): void {
    this.#storeImplicit(linear, 1, value);
  }
  /** Stores 16 bits of a system structure: with the rights of the supervisor. */
  storeSystem16(linear: number, value: number): void {
    this.#storeImplicit(linear, 2, value);
  }
  /** Stores 32 bits of a system structure: with the rights of the supervisor. */
  storeSystem32(linear: number, value: number): void {
    this.#storeImplicit(linear, 4, value);
  }

  /** An access for `user` or a supervisor. What a supervisor's does at CPL 3 (another level's stack) is implicit. */
  loadAs(linear: number, size: number, user: boolean): number {
    if (user) return this.#load(linear, size, TLB_USER);
    return this.cpl === 3 ? this.#loadImplicit(linear, size) : this.#load(linear, size, TLB_SUPERVISOR);
  }
  /** Stores `size` bytes with the rights of the supervisor or the user. */
  storeAs(linear: number, size: number, value: number, user: boolean): void {
    if (user) this.#store(linear, size, value, TLB_USER);
    else if (this.cpl === 3) this.#storeImplicit(linear, size, value);
    else this.#store(linear, size, value, TLB_SUPERVISOR);
  }

  #loadImplicit(linear: number, size: number): number {
    this.#beginImplicit();
    const value = this.#load(linear, size, TLB_SUPERVISOR);
    this.paging.implicit = false;
    return value;
  }

  #storeImplicit(linear: number, size: number, value: number): void {
    this.#beginImplicit();
    this.#store(linear, size, value, TLB_SUPERVISOR);
    this.paging.implicit = false;
  }

  #beginImplicit(): void {
    if (this.tlb.hasOpened) this.tlb.closeOpened();
    this.paging.implicit = true;
  }

  /** Whether `[linear, linear + size)` could be written; if not, the fault is recorded. Sets accessed and dirty flags. */
  probeWrite(linear: number, size: number, user: boolean): boolean {
    return !user && this.cpl === 3 ? this.probeSystemWrite(linear, size) : this.#probeWrite(linear, size, user);
  }

  /** The same for an implicit supervisor access. */
  probeSystemWrite(linear: number, size: number): boolean {
    this.#beginImplicit();
    const isWritable = this.#probeWrite(linear, size, false);
    this.paging.implicit = false;
    return isWritable;
  }

  #probeWrite(linear: number, size: number, user: boolean): boolean {
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
    // SMAP does not keep a debugger out of user pages.
    const isMapped = this.paging.translate(linear, false, false, false) || this.paging.translate(linear, false, true, false);
    return isMapped ? this.memory.offsetOf(this.paging.physical) : -1;
  }

  #pageFault(linear: number): number {
    this.#fault(VECTOR_PF, this.paging.errorCode);
    this.faultCr2 = linear;
    return -1;
  }

  #fault(vector: number, errorCode: number): void {
    this.faultVector = vector;
    this.faultError = errorCode;
    this.R[FAULT] = STATUS_FAULT;
  }

  /** Whether an operand is aligned to `size`, where that is checked; if not, #AC is recorded. */
  checkAlignment(linear: number, size: number, section: number): boolean {
    if (section !== TLB_NEVER || (linear & (size - 1)) === 0) return true;
    this.#fault(VECTOR_AC, 0);
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
    return this.#enter(table, linear, write, section);
  }

  /**
   * Walks the page tables for a path that must know whether an access would be granted: accessed and dirty flags are set as by the
   * access itself, but no fault is recorded. Returns whether the TLB has the page afterwards: it must be plain memory, too.
   */
  cachePage(linear: number, write: boolean, user: boolean, implicit: boolean): boolean {
    const section = user ? TLB_USER : TLB_SUPERVISOR;
    const table = write ? this.tlb.write : this.tlb.read;
    this.paging.implicit = implicit;
    if (this.paging.translate(linear, write, user, false)) this.#enter(table, linear, write, section);
    this.paging.implicit = false;
    return table[(linear >>> 12) + section] !== -1;
  }

  /** Puts the result of a walk into the TLB, where the page is plain memory. Buffer offset of the byte, or −2 where a device answers. */
  #enter(table: Int32Array, linear: number, write: boolean, section: number): number {
    const offset = this.memory.offsetOf(this.paging.physical);
    if (offset < 0) return -2;
    if (this.watch !== null && this.watch.coversPage(linear)) return offset;
    if (this.internalMmio !== null && this.internalMmio.covers(this.paging.physical)) return -2;
    const { paging } = this;
    const flags = this.memory.pageFlags[offset >>> 12];
    if (write) {
      if ((flags & PAGE_WRITABLE) === 0 || (flags & PAGE_CODE) !== 0) return offset;
      this.memory.pageFlags[offset >>> 12] = flags | PAGE_DIRTY;
    }
    this.tlb.fill(table, linear, section, offset & -4096, paging.global, paging.large);
    // One walk serves both: what can be written can be read, and what was read be written, where that changes no dirty flag. Where a page has
    // both entries they are the same, so that engines that read by the one for writing agree with others, whatever a guest makes of page
    // tables without INVLPG.
    const page = (linear >>> 12) + section;
    const { read, write: writes } = this.tlb;
    if (write) read[page] = writes[page];
    else writes[page] = paging.writable && paging.dirty && (flags & (PAGE_WRITABLE | PAGE_CODE | PAGE_DIRTY)) === (PAGE_WRITABLE | PAGE_DIRTY) ? read[page] : -1;
    if (section === TLB_SUPERVISOR && this.paging.userPage && (this.R[CR4] & CR4_SMAP) !== 0) this.tlb.noteOpened(linear);
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
    if (entry !== -1 && (linear & 4095) + size <= 4096) return this.#read(linear ^ entry, size);
    if (section === TLB_NEVER && !this.checkAlignment(linear, size, section)) return 0;
    const user = section !== TLB_SUPERVISOR;
    if (this.#watched(linear, size, false)) return 0;
    if ((linear & 4095) + size > 4096) return this.#loadAcross(linear, size, user);
    const offset = this.#locate(linear, false, user);
    if (offset >= 0) return this.#read(offset, size);
    return offset === -1 ? 0 : this.#loadMmio(this.paging.physical, size);
  }

  /** RAM at a buffer offset. */
  #read(at: number, size: number): number {
    const view = this.memory.view;
    return size === 4 ? view.getInt32(at, true) : size === 2 ? view.getUint16(at, true) : view.getUint8(at);
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
    if (section === TLB_NEVER && !this.checkAlignment(linear, size, section)) return;
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
