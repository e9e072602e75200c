import type { GuestMemory } from '@ringzero/guest-memory';
import { MODE_ALONE, MODE_CODE32, MODE_USER, Operation, TLB_USER, type Handler, type Vp, R_CS_BASE, R_CS_LIMIT } from '@ringzero/x86-semantics';
import { FALL_THROUGH_CASE } from '../handlers/switch-table.ts';
import { ONE_PAGE, type Block } from './block.ts';
import { BranchTable } from './branch-table.ts';
import { CodePage } from './code-page.ts';
import { isBlockEnd, noteLink, UNRESOLVED } from './links.ts';
import type { OperationRows } from './operation-rows.ts';
import type { OperationStore } from './operation-store.ts';

/** Addresses at which the same bytes are kept decoded before those of one are relocated to the next. */
const MOST_ADDRESSES = 2;
/** Blocks in a page that is relocated, at all addresses. */
const MOST_BLOCKS = 1000;

/**
 * Decoded blocks of one VP, by the physical address of their first byte, then by mode and EIP; and a direct-mapped
 * table in front for indirect branches.
 */
export class BlockCache {
  readonly branches: BranchTable = new BranchTable();
  /** Blocks dropped because their bytes changed. */
  invalidations = 0;
  /** Times the whole cache was dropped. */
  flushes = 0;
  /** Pages dropped to make room. */
  evictions = 0;
  /** Times that room was made, from 1: who sees a block executed notes it there (`Block.seenAt`). */
  age = 1;
  readonly #pages = new Map<number, CodePage>();
  #operations = 0;
  readonly #vp: Vp;
  readonly #store: OperationStore;
  /** Decoded operations kept before pages are dropped: the bound on what a guest can make us hold. */
  readonly #capacity: number;
  readonly #memory: GuestMemory;
  /** What ends its listening to memory. */
  readonly #endings: readonly (() => void)[];
  /** Told of each block that is dropped or relocated. */
  onDrop: (block: Block) => void = () => undefined;

  constructor(vp: Vp, store: OperationStore, capacity: number) {
    this.#vp = vp;
    this.#store = store;
    this.#capacity = capacity;
    this.#memory = vp.memory;
    vp.overlapsCode = (offset, length) => this.overlaps(offset, length);
    this.#endings = [
      vp.memory.onCodeWrite((offset, length) => this.invalidate(offset, length)),
      vp.memory.onCodePage((bufferPage) => vp.tlb.revokeWrites(bufferPage << 12)),
      vp.memory.onMapChange(() => {
        this.flush();
        vp.tlb.flush(false);
      }),
      vp.memory.onWritesVoid(() => vp.tlb.flush(false)),
    ];
  }

  /** The block decoded for `ip` in `mode` from the code byte at buffer `offset`, under the current CS. */
  get(offset: number, ip: number, mode: number): Block | undefined {
    const page = this.#pages.get(offset >>> 12);
    if (page === undefined) return undefined;
    const block = page.find(offset, ip, mode);
    if (block === undefined) return undefined;
    const R = this.#vp.R;
    const section = (mode & MODE_USER) !== 0 ? TLB_USER : 0;
    if (block.codeBase === R[R_CS_BASE] && block.codeLimit === R[R_CS_LIMIT] && block.entry === this.#vp.tlb.code[(block.linear >>> 12) + section] && this.#secondPageMatches(block)) {
      return block;
    }
    this.#drop(page, block);
    return undefined;
  }

  /** Whether a block is held that was decoded for `ip` in `mode` from buffer `offset`. */
  has(offset: number, ip: number, mode: number): boolean {
    return this.#pages.get(offset >>> 12)?.find(offset, ip, mode) !== undefined;
  }

  /**
   * A block of the same bytes and mode that was decoded for another EIP and can be relocated: the oldest, where there are several,
   * of those that the guest does not map any more. Libraries are elsewhere in each process.
   */
  elsewhere(offset: number, mode: number): Block | undefined {
    const { R, tlb } = this.#vp;
    if ((mode & MODE_CODE32) === 0 || (mode & MODE_ALONE) !== 0 || R[R_CS_BASE] !== 0 || R[R_CS_LIMIT] !== -1) return undefined;
    const section = (mode & MODE_USER) !== 0 ? TLB_USER : 0;
    let found: Block | undefined;
    let addresses = 0;
    const page = this.#pages.get(offset >>> 12);
    // More than code has: moving them would take too long.
    if (page === undefined || page.size > MOST_BLOCKS) return undefined;
    for (let block = page.first(offset); block !== undefined; block = block.sibling) {
      if (block.mode !== mode || !block.isMovable) continue;
      addresses++;
      if (tlb.code[(block.linear >>> 12) + section] !== block.entry) found = block;
    }
    return addresses < MOST_ADDRESSES ? undefined : found;
  }

  /**
   * Relocates what was decoded of a page for the address of {@link elsewhere}'s block, so that this block is the one at `ip`. None of
   * it may be executing. Links within the page stay; what was compiled of it does not.
   *
   * @param move changes a block's operations.
   */
  relocate(offset: number, ip: number, mode: number, move: (block: Block, distance: number) => void): Block | undefined {
    const subject = this.elsewhere(offset, mode);
    if (subject === undefined) return undefined;
    const page = this.#page(offset >>> 12);
    const distance = (ip - subject.linear) | 0;
    const from = subject.linear & -4096;
    const moved: Block[] = [];
    for (const block of page.all()) {
      if (block.mode !== mode || (block.linear & -4096) !== from || block.codeBase !== 0 || block.codeLimit !== -1) continue;
      block.isMoving = block.isMovable && page.find(block.start, (block.linear + distance) | 0, mode) === undefined;
      if (block.isMoving) moved.push(block);
      else this.#drop(page, block);
    }
    for (const block of moved) {
      this.onDrop(block);
      this.branches.remove(block);
      keepLinks(block, this.#store.rows);
    }
    for (const block of moved) {
      block.isMoving = false;
      move(block, distance);
      block.linear = (block.linear + distance) | 0;
      block.entry = (block.linear & -4096) ^ (block.start & -4096);
      block.hits = 0;
      block.profile.successors = null;
    }
    return subject;
  }

  /** The block decoded for `ip` in the same page and mode as `block`, if there is one; nothing is decoded or dropped. */
  sibling(block: Block, ip: number): Block | undefined {
    const offset = block.start + ((ip - block.head.ip) | 0);
    if (((offset ^ block.start) & -4096) !== 0) return undefined;
    const found = this.#pages.get(block.start >>> 12)?.find(offset, ip, block.mode);
    if (found === undefined || found.codeBase !== block.codeBase || found.codeLimit !== block.codeLimit) return undefined;
    return (found.linear & -4096) === (block.linear & -4096) ? found : undefined;
  }

  /** Whether the second page of a crossing instruction is still the one it was decoded from. */
  #secondPageMatches(block: Block): boolean {
    if (block.secondStart === ONE_PAGE) return true;
    const offset = this.#vp.translateCode(((block.linear & -4096) + 4096) | 0);
    this.#vp.clearFault();
    return offset === block.secondStart;
  }

  /** Enters a block, and takes its pages out of the write TLB. */
  add(block: Block): void {
    if (this.#operations > this.#capacity) this.#evict();
    const page = this.#page(block.start >>> 12);
    page.add(block);
    page.cover(block.start, block.length);
    if (block.secondLength > 0) {
      const second = this.#page(block.secondStart >>> 12);
      second.tails.add(block);
      second.cover(block.secondStart, block.secondLength);
    }
    this.#operations += block.operations.length;
  }

  /**
   * Makes links and lookups of a block run `handler`, with the block's instructions taken from the budget. The operation that it
   * is given leads on to the first instruction, which runs as before when control comes from elsewhere.
   */
  putInFront(block: Block, handler: Handler): void {
    const before = block.head;
    const [first] = block.operations;
    const { rows } = this.#store;
    if (before !== first) {
      before.h = handler;
      if (before.switchCase === 0) return;
      before.switchCase = 0;
      rows.write(before);
      return;
    }
    const place = this.#store.reserve(1);
    const [head] = this.#store.operations(place, 1);
    head.become(new Operation(handler));
    head.next = first;
    head.taken = head;
    head.nextIp = first.ip;
    head.count = first.count;
    head.block = block;
    first.count = 0;
    block.head = head;
    block.headPlace = place;
    rows.write(head);
    rows.write(first);
    for (let link = block.incoming; link !== null; link = link.rest) relink(link.source, before, head, rows);
    if (this.branches.at(block.linear) === before) this.branches.enter(block);
  }

  /** Makes links and lookups of a block with something in front run its first instruction again. */
  leadOn({ head, operations }: Block): void {
    if (head === operations[0]) return;
    head.h = passThrough;
    head.switchCase = FALL_THROUGH_CASE;
    this.#store.rows.write(head);
  }

  /** Whether any block was decoded from bytes in `[offset, offset + length)`. */
  overlaps(offset: number, length: number): boolean {
    for (let at = offset; at < offset + length; ) {
      const page = this.#pages.get(at >>> 12);
      const end = Math.min(offset + length, (at | 4095) + 1);
      if (page?.isCovered(at, end - at) === true) return true;
      at = end;
    }
    return false;
  }

  /** Drops the blocks that were decoded from bytes in the range. */
  invalidate(offset: number, length: number): void {
    if (!this.overlaps(offset, length)) return;
    for (let pageNumber = offset >>> 12; pageNumber <= (offset + length - 1) >>> 12; pageNumber++) {
      const page = this.#pages.get(pageNumber);
      if (page === undefined) continue;
      const touched = page.touchedBy(offset, length);
      for (const block of touched) {
        this.invalidations++;
        this.#drop(this.#page(block.start >>> 12), block);
      }
      const base = pageNumber << 12;
      this.#recover(page, Math.max(offset, base), Math.min(offset + length, base + 4096), touched);
    }
  }

  /** Drops everything. */
  flush(): void {
    this.flushes++;
    for (const page of this.#pages.values()) for (const block of page.all()) this.#unlink(block);
    for (const page of this.#pages.keys()) this.#memory.releaseCode(page);
    this.#pages.clear();
    this.branches.clear();
    this.#operations = 0;
  }

  /** Drops everything, and hears no more of memory. */
  dispose(): void {
    this.flush();
    for (const end of this.#endings) end();
  }

  /** Finds places for operations, having dropped blocks if too few were released. Nothing may be executing. */
  makeRoom(): void {
    if (!this.#store.isDue) this.#evict();
    this.#store.recycle();
  }

  /**
   * Drops the pages decoded first, an eighth of what is held; some where less than that is held, but nowhere side by side. A page that
   * was seen to be executed since the last time is passed over, as long as there are others.
   */
  #evict(): void {
    const most = Math.min(this.#capacity - (this.#capacity >> 3), this.#operations - (this.#capacity >> 6));
    for (const page of [...this.#pages.values()]) {
      if (this.#operations <= most) break;
      if (this.#isInUse(page)) {
        this.#pages.delete(page.bufferPage);
        this.#pages.set(page.bufferPage, page);
      } else this.#evictPage(page);
    }
    this.age++;
    for (const page of [...this.#pages.values()]) {
      if (this.#operations <= most) return;
      this.#evictPage(page);
    }
  }

  #evictPage(page: CodePage): void {
    const blocks = [...page.all(), ...page.tails];
    for (const block of blocks) this.#drop(this.#page(block.start >>> 12), block);
    const base = page.bufferPage << 12;
    this.#recover(page, base, base, blocks);
    this.evictions++;
  }

  #isInUse(page: CodePage): boolean {
    const { age } = this;
    return [...page.all(), ...page.tails].some((block) => block.seenAt === age || block.regions.some((root) => root.seenAt === age));
  }

  /** Operations held, those that are no instructions included. */
  get operations(): number {
    return this.#operations;
  }

  /** Blocks held. */
  get size(): number {
    let count = 0;
    for (const page of this.#pages.values()) count += page.size;
    return count;
  }

  #page(bufferPage: number): CodePage {
    let page = this.#pages.get(bufferPage);
    if (page === undefined) {
      page = new CodePage(bufferPage);
      this.#pages.set(bufferPage, page);
      this.#memory.retainCode(bufferPage);
    }
    return page;
  }

  /** Recomputes which bytes of a page are covered, see {@link CodePage.recover}; a page without blocks is no code page any more. */
  #recover(page: CodePage, from: number, to: number, removed: readonly Block[]): void {
    if (page.recover(from, to, removed)) return;
    this.#pages.delete(page.bufferPage);
    this.#memory.releaseCode(page.bufferPage);
  }

  #drop(page: CodePage, block: Block): void {
    // One that crosses into its own page is met twice.
    if (!block.isValid) return;
    this.#unlink(block);
    page.remove(block);
    if (block.secondLength > 0) this.#pages.get(block.secondStart >>> 12)?.tails.delete(block);
    this.#operations -= block.operations.length;
  }

  #unlink(block: Block): void {
    block.isValid = false;
    for (let link = block.incoming; link !== null; link = link.rest) relink(link.source, block.head, UNRESOLVED, this.#store.rows);
    block.incoming = null;
    block.incomingCount = 0;
    // What followed it may be dropped, too, and would be held by it as long as something holds this block.
    block.profile.successors = null;
    this.branches.remove(block);
    this.onDrop(block);
    this.#store.release(block.place, block.operations.length);
    if (block.head !== block.operations[0]) this.#store.release(block.headPlace, 1);
  }
}

/** The block's instructions have been taken from the budget already; its first has none to take. */
function passThrough(op: Operation): Operation {
  return op.next;
}

/** Takes away links of a block that is being moved to and from others than those that are moved with it. */
function keepLinks(block: Block, rows: OperationRows): void {
  const links = block.incoming;
  block.incoming = null;
  block.incomingCount = 0;
  for (let link = links; link !== null; link = link.rest) {
    if (isMoving(link.source)) noteLink(block, link.source);
    else relink(link.source, block.head, UNRESOLVED, rows);
  }
  const last = block.operations[block.operations.length - 1];
  // A gate has no block: it leads to another page.
  if (!isMoving(last.taken)) last.taken = UNRESOLVED;
  if (!isMoving(last.next)) last.next = UNRESOLVED;
}

function isMoving({ block }: Operation): boolean {
  return block !== null && (block as Block).isMoving;
}

/** Turns `source`'s links to `from`, or to gates to it, into links to `to`. */
function relink(source: Operation, from: Operation, to: Operation, rows: OperationRows): void {
  if (!isBlockEnd(source)) return;
  if (source.taken === from) source.taken = to;
  else if (source.taken.taken === from) relinkGate(source, 'taken', to);
  if (source.next === from) source.next = to;
  else if (source.next.taken === from) relinkGate(source, 'next', to);
  rows.write(source);
}

function relinkGate(source: Operation, side: 'taken' | 'next', to: Operation): void {
  if (to === UNRESOLVED) source[side] = to;
  else source[side].taken = to;
}
