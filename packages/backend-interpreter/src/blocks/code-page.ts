import type { Block } from './block.ts';

/** What is decoded from one physical page. */
export class CodePage {
  readonly bufferPage: number;
  /** Blocks by the offset of their first byte in the page, chained by `sibling`. */
  readonly #blocks: Map<number, Block> = new Map();
  /** Blocks of other pages whose last instruction reaches into this one. */
  readonly tails: Set<Block> = new Set();
  /** A bit for each byte that some block was decoded from. */
  readonly #covered: Int32Array = new Int32Array(128);
  /** Blocks that begin in the page. */
  size = 0;

  constructor(bufferPage: number) {
    this.bufferPage = bufferPage;
  }

  /** The blocks that begin at a byte, the youngest first, chained. */
  first(offset: number): Block | undefined {
    return this.#blocks.get(offset & 4095);
  }

  find(offset: number, ip: number, mode: number): Block | undefined {
    let block = this.first(offset);
    while (block !== undefined && (block.head.ip !== ip || block.mode !== mode)) block = block.sibling;
    return block;
  }

  add(block: Block): void {
    const at = block.start & 4095;
    block.sibling = this.#blocks.get(at);
    this.#blocks.set(at, block);
    this.size++;
  }

  remove(block: Block): void {
    const at = block.start & 4095;
    const first = this.#blocks.get(at);
    if (first === block) {
      if (block.sibling === undefined) this.#blocks.delete(at);
      else this.#blocks.set(at, block.sibling);
      this.size--;
      return;
    }
    for (let before = first; before !== undefined; before = before.sibling) {
      if (before.sibling !== block) continue;
      before.sibling = block.sibling;
      this.size--;
      return;
    }
  }

  /** Every block that begins in the page. */
  all(): Block[] {
    const blocks: Block[] = [];
    for (const first of this.#blocks.values()) for (let block: Block | undefined = first; block !== undefined; block = block.sibling) blocks.push(block);
    return blocks;
  }

  /** Blocks decoded from bytes in `[offset, offset + length)` of the buffer, those that only reach into the page included. */
  touchedBy(offset: number, length: number): Block[] {
    const end = offset + length;
    const touched: Block[] = [];
    const look = (block: Block): void => {
      if (block.start < end && offset < block.start + block.length) touched.push(block);
      else if (block.secondLength > 0 && block.secondStart < end && offset < block.secondStart + block.secondLength) touched.push(block);
    };
    for (const first of this.#blocks.values()) for (let block: Block | undefined = first; block !== undefined; block = block.sibling) look(block);
    for (const block of this.tails) look(block);
    return touched;
  }

  cover(offset: number, length: number): void {
    for (let byte = offset & 4095, end = byte + length; byte < end; byte++) this.#covered[byte >> 5] |= 1 << (byte & 31);
  }

  isCovered(offset: number, length: number): boolean {
    for (let byte = offset & 4095, end = byte + length; byte < end; byte++) if ((this.#covered[byte >> 5] & (1 << (byte & 31))) !== 0) return true;
    return false;
  }

  /** Computes anew which bytes in `[from, to)` of the buffer, and of blocks that have been removed, are covered. False: none in the page is. */
  recover(from: number, to: number, removed: readonly Block[]): boolean {
    if (this.size === 0 && this.tails.size === 0) return false;
    let low = from;
    let high = to;
    for (const block of removed) {
      const start = this.#startOf(block);
      low = Math.min(low, start);
      high = Math.max(high, start + this.#lengthOf(block));
    }
    for (let byte = low & 4095, end = byte + high - low; byte < end; byte++) this.#covered[byte >> 5] &= ~(1 << (byte & 31));
    for (const first of this.#blocks.values()) {
      // Blocks at the same byte need not be of the same length.
      for (let block: Block | undefined = first; block !== undefined; block = block.sibling) if (block.start < high && low < block.start + block.length) this.cover(block.start, block.length);
    }
    for (const block of this.tails) if (block.secondStart < high && low < block.secondStart + block.secondLength) this.cover(block.secondStart, block.secondLength);
    return true;
  }

  /** Where the part of a block that is in this page begins. */
  #startOf(block: Block): number {
    return block.start >>> 12 === this.bufferPage ? block.start : block.secondStart;
  }

  #lengthOf(block: Block): number {
    return block.start >>> 12 === this.bufferPage ? block.length : block.secondLength;
  }
}
