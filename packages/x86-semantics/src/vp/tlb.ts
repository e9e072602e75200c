import { TLB_USER } from './mode.ts';

const SECTION = 1 << 20;
/** The page is in the list of pages that are not global, in that of global ones; both after its G flag changed. */
const IN_LIST = 1;
const IN_GLOBALS = 16;
const GLOBAL = 2;
const LARGE = 4;
/** A user page in the supervisor section while CR4.SMAP is set: it holds only as long as EFLAGS.AC opens it. */
const OPENED = 8;
/** Pages remembered in each list before a flush clears the tables whole. */
const LIST_ENTRIES = 1 << 14;
/** Pages of 4 KB in the largest page, 4 MB. */
const LARGE_SHIFT = 10;

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
  readonly #list: PageList = new PageList();
  readonly #globals: PageList = new PageList();
  /** Fragments of large pages that are cached, by 4 MB of linear addresses. */
  readonly #fragments: Uint16Array = new Uint16Array(SECTION >> LARGE_SHIFT);
  /** Pages marked {@link OPENED}. */
  readonly #opened: number[] = [];

  /** Remembers a translation in `table`. `section` is supervisor or user. */
  fill(table: Int32Array, linear: number, section: number, bufferOffset: number, global: boolean, large: boolean): void {
    const index = (linear >>> 12) + section;
    table[index] = bufferOffset ^ (linear & -4096);
    this.refills++;
    const bit = global ? IN_GLOBALS : IN_LIST;
    let mark = this.#marks[index];
    if ((mark & bit) === 0) {
      const list = global ? this.#globals : this.#list;
      if (list.length === LIST_ENTRIES) {
        this.flush(false);
        table[index] = bufferOffset ^ (linear & -4096);
        mark = 0;
      }
      list.pages[list.length++] = index;
    }
    if (large && (mark & LARGE) === 0) {
      this.#fragments[(linear >>> 12) >> LARGE_SHIFT]++;
      mark |= LARGE;
    }
    this.#marks[index] = (mark & ~GLOBAL) | bit | (global ? GLOBAL : 0);
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
    this.flushes++;
    if (this.hasOpened) this.closeOpened();
    this.#clear(this.#list, IN_LIST, keepGlobal);
    if (!keepGlobal) this.#clear(this.#globals, IN_GLOBALS, false);
  }

  #clear(list: PageList, bit: number, keepGlobal: boolean): void {
    const { pages, length } = list;
    list.length = 0;
    for (let i = 0; i < length; i++) {
      const index = pages[i];
      this.#marks[index] &= ~bit;
      if (!keepGlobal || (this.#marks[index] & GLOBAL) === 0) this.#drop(index);
    }
  }

  /** Forgets the page of `linear`, global or not. Fragments of its large page go with it: one INVLPG ends the whole. */
  invalidatePage(linear: number): void {
    const page = linear >>> 12;
    this.#forget(page);
    this.#forget(page + TLB_USER);
    if (this.#fragments[page >> LARGE_SHIFT] === 0) return;
    this.closeOpened();
    const first = (page >> LARGE_SHIFT) << LARGE_SHIFT;
    for (let each = first; each < first + (1 << LARGE_SHIFT); each++) {
      if ((this.#marks[each] & LARGE) !== 0) this.#drop(each);
      if ((this.#marks[each + TLB_USER] & LARGE) !== 0) this.#drop(each + TLB_USER);
    }
  }

  /** Makes writes to the buffer page at `bufferOffset` miss from now on. */
  revokeWrites(bufferOffset: number): void {
    for (const { pages, length } of [this.#list, this.#globals]) {
      for (let i = 0; i < length; i++) {
        const index = pages[i];
        const entry = this.write[index];
        if (entry !== -1 && (entry ^ ((index & (SECTION - 1)) << 12)) === bufferOffset) this.write[index] = -1;
      }
    }
  }

  #forget(index: number): void {
    this.read[index] = -1;
    this.write[index] = -1;
    this.code[index] = -1;
  }

  /** Forgets a page, which stays in its lists. */
  #drop(index: number): void {
    this.#forget(index);
    if ((this.#marks[index] & LARGE) !== 0) this.#fragments[(index & (SECTION - 1)) >> LARGE_SHIFT]--;
    this.#marks[index] &= IN_LIST | IN_GLOBALS;
  }
}

/** Indices of pages that have entries. */
class PageList {
  readonly pages: Int32Array = new Int32Array(LIST_ENTRIES);
  length = 0;
}
