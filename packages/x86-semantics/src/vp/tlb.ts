import { TLB_USER } from './mode.ts';

const SECTION = 1 << 20;
const IN_LIST = 1;
const GLOBAL = 2;
const LARGE = 4;
/** A user page in the supervisor section while CR4.SMAP is set: it holds only as long as EFLAGS.AC opens it. */
const OPENED = 8;
/** Translations remembered before a flush clears the tables whole. */
const LIST_ENTRIES = 1 << 14;

/**
 * Software TLB, direct-mapped over the 32-bit linear address space.
 *
 * Entry of linear page p in section s (`MODE`'s `TLB_*`): buffer offset of the page XOR its linear address, low 12 bits zero,
 * or −1 when absent. Hence `offset = linear ^ entry`. Reads, writes and instruction fetches have a table each:
 * a page that holds decoded code is absent from `write`, so that self-modifying code costs nothing to detect.
 */
export class Tlb {
  readonly read: Int32Array = new Int32Array(3 * SECTION).fill(-1);
  readonly write: Int32Array = new Int32Array(3 * SECTION).fill(-1);
  readonly code: Int32Array = new Int32Array(2 * SECTION).fill(-1);
  /** Entries filled since creation. */
  refills = 0;
  /** Flushes since creation. */
  flushes = 0;
  readonly #marks: Uint8Array = new Uint8Array(2 * SECTION);
  readonly #list: Int32Array = new Int32Array(LIST_ENTRIES);
  #listed = 0;
  #largePages = 0;
  /** Pages marked {@link OPENED}. */
  readonly #opened: number[] = [];

  /** Remembers a translation in `table`. `section` is supervisor or user. */
  fill(table: Int32Array, linear: number, section: number, bufferOffset: number, global: boolean, large: boolean): void {
    const index = (linear >>> 12) + section;
    table[index] = bufferOffset ^ (linear & -4096);
    this.refills++;
    let mark = this.#marks[index];
    if ((mark & IN_LIST) === 0) {
      if (this.#listed === LIST_ENTRIES) {
        this.flush(false);
        table[index] = bufferOffset ^ (linear & -4096);
        mark = 0;
      }
      this.#list[this.#listed++] = index;
      mark = IN_LIST;
    }
    if (large && (mark & LARGE) === 0) this.#largePages++;
    this.#marks[index] = (mark & ~(GLOBAL | LARGE)) | (global ? GLOBAL : 0) | (large || (mark & LARGE) !== 0 ? LARGE : 0);
  }

  /** Notes that the supervisor's entries of the page of `linear`, just filled, hold only while EFLAGS.AC is set (SMAP). */
  noteOpened(linear: number): void {
    const index = linear >>> 12;
    if ((this.#marks[index] & OPENED) !== 0) return;
    this.#marks[index] |= OPENED;
    this.#opened.push(index);
  }

  /** Whether there are such entries. */
  get hasOpened(): boolean {
    return this.#opened.length > 0;
  }

  /** Forgets them: EFLAGS.AC was cleared, or an access comes that it does not cover. */
  closeOpened(): void {
    for (const index of this.#opened) {
      this.#forget(index);
      this.#marks[index] &= ~OPENED;
    }
    this.#opened.length = 0;
  }

  /** Forgets every translation, but those of global pages where `keepGlobal`. */
  flush(keepGlobal: boolean): void {
    const list = this.#list;
    let kept = 0;
    this.flushes++;
    this.closeOpened();
    for (let i = 0; i < this.#listed; i++) {
      const index = list[i];
      if (keepGlobal && (this.#marks[index] & GLOBAL) !== 0) list[kept++] = index;
      else this.#drop(index);
    }
    this.#listed = kept;
    if (kept === 0) this.#largePages = 0;
  }

  /** Forgets the page of `linear`, global or not. Fragments of large pages go all: one INVLPG ends the whole large page. */
  invalidatePage(linear: number): void {
    const page = linear >>> 12;
    this.#forget(page);
    this.#forget(page + TLB_USER);
    if (this.#largePages === 0) return;
    let kept = 0;
    this.closeOpened();
    for (let i = 0; i < this.#listed; i++) {
      const index = this.#list[i];
      if ((this.#marks[index] & LARGE) !== 0) this.#drop(index);
      else this.#list[kept++] = index;
    }
    this.#listed = kept;
    this.#largePages = 0;
  }

  /** Makes writes to the buffer page at `bufferOffset` miss from now on. */
  revokeWrites(bufferOffset: number): void {
    for (let i = 0; i < this.#listed; i++) {
      const index = this.#list[i];
      const entry = this.write[index];
      if (entry !== -1 && (entry ^ ((index & (SECTION - 1)) << 12)) === bufferOffset) this.write[index] = -1;
    }
  }

  #forget(index: number): void {
    this.read[index] = -1;
    this.write[index] = -1;
    this.code[index] = -1;
  }

  #drop(index: number): void {
    this.#forget(index);
    this.#marks[index] = 0;
  }
}
