import type { BlockBackend, BlockChanges } from '@ringzero/devices';
import { BlockError } from './errors.ts';
import { allOver, RangeOrder } from './range-order.ts';
import { requireBlockSize, requireTransfer, requireWrite } from './transfer-checks.ts';
import { WriteMarks } from './write-marks.ts';

/** Changed blocks by number. */
type Blocks = Map<number, Uint8Array>;

/** How changes are laid over a disk. */
export interface OverlayOptions {
  /** What messages call it; `overlay` if left out. */
  readonly name?: string;
  /** Bytes that are copied at a time: a power of two from 4096 on, 64 KiB at most being sensible; 4096 if left out. */
  readonly blockBytes?: number;
}

const BLOCK_BYTES = 4096;

/**
 * A writable disk over another one that stays as it is: what is written is kept in memory, in blocks, never more than the size of
 * the base. Synchronous wherever the base need not be asked, or answers at once. Operations on the same place take effect
 * in the order in which they were started.
 */
export class OverlayBackend implements BlockBackend {
  readonly name: string;
  readonly byteLength: number;
  readonly isReadOnly = false;
  readonly changes: BlockChanges;
  readonly #base: BlockBackend;
  readonly #blockBytes: number;
  readonly #order = new RangeOrder();
  readonly #marks = new WriteMarks();
  #blocks: Blocks = new Map();

  /** @throws BlockError `block-size`. */
  constructor(base: BlockBackend, options: OverlayOptions = {}) {
    const { name = 'overlay', blockBytes = BLOCK_BYTES } = options;
    requireBlockSize(`${name}: blockBytes`, blockBytes, BLOCK_BYTES);
    this.name = name;
    this.byteLength = base.byteLength;
    this.#base = base;
    this.#blockBytes = blockBytes;
    this.changes = {
      blockBytes,
      mark: () => this.#marks.set(),
      blocks: (mark) => this.#marks.behind(this.#blocks, mark),
      replace: (replacement) => this.#replace(replacement),
    };
  }

  read(offset: number, target: Uint8Array): void | Promise<void> {
    requireTransfer(this, offset, target.length);
    return this.#overBlocks(offset, target.length, false, () => this.#read(offset, target));
  }

  write(offset: number, source: Uint8Array): void | Promise<void> {
    requireWrite(this, offset, source.length);
    // A write that waits its turn belongs to the blocks of now: where all are replaced meanwhile, it is forgotten with them.
    const blocks = this.#blocks;
    return this.#overBlocks(offset, source.length, true, () => this.#write(blocks, offset, source));
  }

  /** Waits for writes under way. Nothing is more durable than the memory they are in. */
  flush(): void | Promise<void> {
    return this.#order.writesOver();
  }

  close(): void | Promise<void> {
    this.#blocks = new Map();
    return this.#base.close?.();
  }

  /** Bytes that the changed blocks take now. */
  get allocatedBytes(): number {
    return this.#blocks.size * this.#blockBytes;
  }

  /** In order with other operations on the same blocks: a partial write reads the whole block. */
  #overBlocks(offset: number, length: number, isWrite: boolean, work: () => void | Promise<void>): void | Promise<void> {
    if (length === 0) return;
    const first = offset - (offset % this.#blockBytes);
    const end = Math.ceil((offset + length) / this.#blockBytes) * this.#blockBytes;
    return this.#order.run(first, end - first, isWrite, work);
  }

  /** Changed blocks from memory, runs of others from the base in one operation each. */
  #read(offset: number, target: Uint8Array): void | Promise<void> {
    const pending: Promise<void>[] = [];
    let unchanged = 0;
    const readBase = (end: number): void => {
      if (unchanged === end) return;
      const result = this.#base.read(offset + unchanged, target.subarray(unchanged, end));
      if (result !== undefined) pending.push(result);
    };
    for (let done = 0; done < target.length; ) {
      const within = (offset + done) % this.#blockBytes;
      const count = Math.min(this.#blockBytes - within, target.length - done);
      const block = this.#blocks.get(Math.floor((offset + done) / this.#blockBytes));
      if (block !== undefined) {
        readBase(done);
        target.set(block.subarray(within, within + count), done);
        unchanged = done + count;
      }
      done += count;
    }
    readBase(target.length);
    return allOver(pending);
  }

  #write(blocks: Blocks, offset: number, source: Uint8Array): void | Promise<void> {
    const pending: Promise<void>[] = [];
    for (let done = 0; done < source.length; ) {
      const index = Math.floor((offset + done) / this.#blockBytes);
      const within = (offset + done) % this.#blockBytes;
      const count = Math.min(this.#blockBytes - within, source.length - done);
      const result = this.#writeBlock(blocks, index, within, source.subarray(done, done + count));
      if (result !== undefined) pending.push(result);
      done += count;
    }
    return allOver(pending);
  }

  #writeBlock(blocks: Blocks, index: number, within: number, part: Uint8Array): void | Promise<void> {
    const present = blocks.get(index);
    if (present !== undefined) {
      this.#marks.note(index);
      return void present.set(part, within);
    }
    const length = this.#lengthOf(index);
    const block = new Uint8Array(length);
    const finish = (): void => {
      block.set(part, within);
      blocks.set(index, block);
      this.#marks.note(index);
    };
    if (part.length === length) return finish();
    const filled = this.#base.read(index * this.#blockBytes, block);
    return filled === undefined ? finish() : filled.then(finish);
  }

  #lengthOf(index: number): number {
    return Math.min(this.#blockBytes, this.byteLength - index * this.#blockBytes);
  }

  #replace(blocks: Iterable<readonly [index: number, bytes: Uint8Array]>): void {
    const replacement = new Map<number, Uint8Array>();
    for (const [index, bytes] of blocks) {
      const isBlock = Number.isInteger(index) && index >= 0 && index * this.#blockBytes < this.byteLength;
      if (!isBlock || bytes.length !== this.#lengthOf(index)) {
        throw new BlockError('block-range', `${this.name}: saved block ${index} of ${bytes.length} bytes: expected blocks of ${this.#blockBytes} within ${this.byteLength}`);
      }
      replacement.set(index, bytes.slice());
    }
    this.#blocks = replacement;
    for (const index of replacement.keys()) this.#marks.note(index);
  }
}
