import { CR0_PG, CR0_WP, CR4_PAE, CR4_PGE, CR4_PSE, CR4_SMAP, CR4_SMEP, EFER_NXE, EFLAGS_AC } from '@ringzero/x86';
import type { GuestMemory } from '@ringzero/guest-memory';
import { CR0, CR3, CR4, EFER, RFLAGS } from './lanes.ts';

// Bits of paging-structure entries (vol. 3A §4.3 table 4-4, §4.4 table 4-8).
const P = 1;
const RW = 2;
const US = 4;
const A = 0x20;
const D = 0x40;
const PS = 0x80;
const G = 0x100;
/** XD, in the high half of a PAE entry. */
const XD_HIGH = 0x8000_0000 | 0;
/** Physical-address bits 35:32 in the high half of a PAE entry; the bits above must be zero. */
const ADDRESS_HIGH = 0xf;
const RESERVED_HIGH = 0x7fff_fff0;

/** Page-fault error code bits (vol. 3A §4.7). */
export const PF_PRESENT = 1;
export const PF_WRITE = 2;
export const PF_USER = 4;
export const PF_RESERVED = 8;
export const PF_FETCH = 16;

const RESERVED_WITH_PSE36 = 0x3e_0000;
const RESERVED_WITHOUT_PSE36 = 0x3f_e000;

const FOUR_GB = 0x1_0000_0000;

/**
 * The page walker: 32-bit paging with 4 MB pages and PSE-36, and PAE paging with 2 MB pages and execute-disable
 * (vol. 3A §4.3, §4.4). Results of the last successful walk are in its fields.
 */
export class Paging {
  /** Guest physical address of the byte asked for; above 2^32 with PAE or PSE-36. */
  physical = 0;
  /** Whether the translation is global (G set and CR4.PGE). */
  global = false;
  /** Whether it came from a large page. */
  large = false;
  /** Whether the dirty flag is set (always without paging). */
  dirty = true;
  /** Whether a write with the same rights would be granted as well (always without paging). */
  writable = true;
  /** Whether it is of a user page (U/S set in every entry of the walk). */
  userPage = false;
  /** The walks to come are implicit supervisor accesses: EFLAGS.AC does not open user pages to them (vol. 3A §4.6.1). */
  implicit = false;
  /** Bits of a 4 MB page's entry that must be 0: 21:17 with PSE-36 and 36 bits of physical address, else 21:13. */
  #largeReserved = RESERVED_WITH_PSE36;
  /** Error code of the last walk that failed. */
  errorCode = 0;
  /** The PAE page-directory-pointer entries, loaded with CR3 (vol. 3A §4.4.1): low and high halves. */
  readonly pdptes: Int32Array = new Int32Array(8);
  readonly #R: Int32Array;
  readonly #memory: GuestMemory;

  constructor(R: Int32Array, memory: GuestMemory) {
    this.#R = R;
    this.#memory = memory;
  }

  /** Whether the processor has PSE-36; it does until this says otherwise. */
  set pse36(present: boolean) {
    this.#largeReserved = present ? RESERVED_WITH_PSE36 : RESERVED_WITHOUT_PSE36;
  }

  /**
   * Translates `linear`. On success sets accessed and dirty flags and returns true;
   * otherwise returns false with `errorCode`, and has changed nothing.
   */
  translate(linear: number, write: boolean, user: boolean, fetch: boolean): boolean {
    const R = this.#R;
    this.global = false;
    this.large = false;
    this.dirty = true;
    this.writable = true;
    this.userPage = false;
    if ((R[CR0] & CR0_PG) === 0) {
      this.physical = linear >>> 0;
      return true;
    }
    return (R[CR4] & CR4_PAE) !== 0 ? this.#walkPae(linear, write, user, fetch) : this.#walk32(linear, write, user, fetch);
  }

  /** Loads the four PDPTEs from CR3 (vol. 3A §4.4.1). False, with nothing changed, if a present one has reserved bits set. */
  loadPdptes(): boolean {
    const table = this.#R[CR3] & ~0x1f;
    const loaded: number[] = [];
    for (let i = 0; i < 4; i++) {
      const low = this.#read((table >>> 0) + 8 * i);
      const high = this.#read((table >>> 0) + 8 * i + 4);
      if ((low & P) !== 0 && ((low & 0x1e6) !== 0 || (high & ~ADDRESS_HIGH) !== 0)) return false;
      loaded.push(low, high);
    }
    this.pdptes.set(loaded);
    return true;
  }

  #walk32(linear: number, write: boolean, user: boolean, fetch: boolean): boolean {
    const R = this.#R;
    const pdeAddress = ((R[CR3] & -4096) >>> 0) + ((linear >>> 22) << 2);
    const pde = this.#read(pdeAddress);
    if ((pde & P) === 0) return this.#fail(0, write, user, fetch);
    const pse = (R[CR4] & CR4_PSE) !== 0;
    if (pse && (pde & PS) !== 0) {
      // 4 MB page; with PSE-36, bits 16:13 give physical bits 35:32.
      if ((pde & this.#largeReserved) !== 0) return this.#fail(PF_PRESENT | PF_RESERVED, write, user, fetch);
      if (!this.#allowed(pde & US, pde & RW, write, user, fetch)) return this.#fail(PF_PRESENT, write, user, fetch);
      this.#mark(pdeAddress, pde, A | (write ? D : 0));
      this.physical = ((pde & 0xffc0_0000) >>> 0) + ((pde >>> 13) & 0xf) * FOUR_GB + (linear & 0x3f_ffff);
      return this.#done(pde, write, true);
    }
    const pteAddress = ((pde & -4096) >>> 0) + ((linear >>> 10) & 0xffc);
    const pte = this.#read(pteAddress);
    if ((pte & P) === 0) return this.#fail(0, write, user, fetch);
    if (!this.#allowed(pde & pte & US, pde & pte & RW, write, user, fetch)) return this.#fail(PF_PRESENT, write, user, fetch);
    this.#mark(pdeAddress, pde, A);
    this.#mark(pteAddress, pte, A | (write ? D : 0));
    this.physical = ((pte & -4096) >>> 0) + (linear & 0xfff);
    return this.#done(pte, write, false);
  }

  #walkPae(linear: number, write: boolean, user: boolean, fetch: boolean): boolean {
    const nx = (this.#R[EFER] & EFER_NXE) !== 0;
    const reservedHigh = nx ? RESERVED_HIGH : RESERVED_HIGH | XD_HIGH;
    const slot = (linear >>> 30) * 2;
    const pdpte = this.pdptes[slot];
    if ((pdpte & P) === 0) return this.#fail(0, write, user, fetch);
    const directory = this.#entryBase(pdpte, this.pdptes[slot + 1]);
    const pdeAddress = directory + ((linear >>> 18) & 0xff8);
    const pde = this.#read(pdeAddress);
    const pdeHigh = this.#read(pdeAddress + 4);
    if ((pde & P) === 0) return this.#fail(0, write, user, fetch);
    if ((pdeHigh & reservedHigh) !== 0) return this.#fail(PF_PRESENT | PF_RESERVED, write, user, fetch);
    if ((pde & PS) !== 0) {
      if ((pde & 0x1f_e000) !== 0) return this.#fail(PF_PRESENT | PF_RESERVED, write, user, fetch);
      if (!this.#allowed(pde & US, pde & RW, write, user, fetch) || (fetch && nx && pdeHigh < 0)) return this.#fail(PF_PRESENT, write, user, fetch);
      this.#mark(pdeAddress, pde, A | (write ? D : 0));
      this.physical = ((pde & 0xffe0_0000) >>> 0) + (pdeHigh & ADDRESS_HIGH) * FOUR_GB + (linear & 0x1f_ffff);
      return this.#done(pde, write, true);
    }
    const pteAddress = this.#entryBase(pde, pdeHigh) + ((linear >>> 9) & 0xff8);
    const pte = this.#read(pteAddress);
    const pteHigh = this.#read(pteAddress + 4);
    if ((pte & P) === 0) return this.#fail(0, write, user, fetch);
    if ((pteHigh & reservedHigh) !== 0) return this.#fail(PF_PRESENT | PF_RESERVED, write, user, fetch);
    if (!this.#allowed(pde & pte & US, pde & pte & RW, write, user, fetch) || (fetch && nx && (pdeHigh | pteHigh) < 0)) {
      return this.#fail(PF_PRESENT, write, user, fetch);
    }
    this.#mark(pdeAddress, pde, A);
    this.#mark(pteAddress, pte, A | (write ? D : 0));
    this.physical = this.#entryBase(pte, pteHigh) + (linear & 0xfff);
    return this.#done(pte, write, false);
  }

  #entryBase(low: number, high: number): number {
    return ((low & -4096) >>> 0) + (high & ADDRESS_HIGH) * FOUR_GB;
  }

  #allowed(us: number, rw: number, write: boolean, user: boolean, fetch: boolean): boolean {
    if (user ? us === 0 : us !== 0 && this.#isPrevented(fetch)) return false;
    this.userPage = us !== 0;
    this.writable = rw !== 0 || (!user && (this.#R[CR0] & CR0_WP) === 0);
    return !write || this.writable;
  }

  /** SMEP and SMAP: whether a supervisor may not fetch from, or access, a user page (vol. 3A §4.6.1). */
  #isPrevented(fetch: boolean): boolean {
    const R = this.#R;
    if (fetch) return (R[CR4] & CR4_SMEP) !== 0;
    return (R[CR4] & CR4_SMAP) !== 0 && (this.implicit || (R[RFLAGS] & EFLAGS_AC) === 0);
  }

  #done(leaf: number, write: boolean, large: boolean): boolean {
    this.global = (leaf & G) !== 0 && (this.#R[CR4] & CR4_PGE) !== 0;
    this.large = large;
    this.dirty = write || (leaf & D) !== 0;
    return true;
  }

  #fail(code: number, write: boolean, user: boolean, fetch: boolean): boolean {
    // The fetch bit is reported only where execute-disable or SMEP is on (vol. 3A §4.7).
    const R = this.#R;
    const reportsFetch = fetch && ((R[CR4] & CR4_SMEP) !== 0 || ((R[CR4] & CR4_PAE) !== 0 && (R[EFER] & EFER_NXE) !== 0));
    this.errorCode = code | (write ? PF_WRITE : 0) | (user ? PF_USER : 0) | (reportsFetch ? PF_FETCH : 0);
    return false;
  }

  #read(physical: number): number {
    const offset = this.#memory.offsetOf(physical);
    // Nothing answers there: the bus reads as ones.
    return offset < 0 ? -1 : this.#memory.view.getInt32(offset, true);
  }

  #mark(physical: number, entry: number, bits: number): void {
    if ((entry & bits) === bits) return;
    const offset = this.#memory.offsetOf(physical);
    if (offset < 0) return;
    this.#memory.view.setInt32(offset, entry | bits, true);
    this.#memory.noteWrite(offset, 4);
  }
}
