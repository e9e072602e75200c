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
    const touches = (start: number, bytes: number): boolean => bytes > 0 && start < offset + length && offset < start + bytes;
    return [...this.all(), ...this.tails].filter((block) => touches(block.start, block.length) || touches(block.secondStart, block.secondLength));
  }

  cover(offset: number, length: number): void {
    for (let byte = offset & 4095, end = byte + length; byte < end; byte++) this.#covered[byte >> 5] |= 1 << (byte & 31);
  }

  isCovered(offset: number, length: number): boolean {
    for (let byte = offset & 4095, end = byte + length; byte < end; byte++) if ((this.#covered[byte >> 5] & (1 << (byte & 31))) !== 0) return true;
    return false;
  }

  /** Computes anew which bytes are covered. False: none is. */
  recover(): boolean {
    if (this.size === 0 && this.tails.size === 0) return false;
    this.#covered.fill(0);
    for (const block of this.all()) this.cover(block.start, block.length);
    for (const block of this.tails) this.cover(block.secondStart, block.secondLength);
    return true;
  }
}
