import type { BlockBackend, BlockChanges } from '@ringzero/devices';
import { BlockError } from './errors.ts';
import { requireBlockSize, requireDiskSize, requireTransfer, requireWrite } from './transfer-checks.ts';
import { WriteMarks } from './write-marks.ts';

/** How memory serves as a disk. */
export interface MemoryBackendOptions {
  /** What messages call it; `memory disk` if left out. */
  readonly name?: string;
  readonly isReadOnly?: boolean;
  /** Bytes that are allocated at a time; 64 KiB if left out. */
  readonly blockBytes?: number;
}

const BLOCK_BYTES = 0x1_0000;

/** A disk in memory, at first all zeros. Synchronous. Memory is taken where something other than zeros was written. */
export class MemoryBackend implements BlockBackend {
  readonly name: string;
  readonly byteLength: number;
  readonly isReadOnly: boolean;
  /** All that differs from zeros; undefined where nothing can change. */
  readonly changes?: BlockChanges;
  readonly #blockBytes: number;
  readonly #blocks = new Map<number, Uint8Array>();
  readonly #marks = new WriteMarks();

  /** @throws BlockError `block-size`. */
  constructor(byteLength: number, options: MemoryBackendOptions = {}) {
    const { name = 'memory disk', isReadOnly = false, blockBytes = BLOCK_BYTES } = options;
    requireDiskSize(name, byteLength);
    requireBlockSize(`${name}: blockBytes`, blockBytes, 512);
    this.name = name;
    this.byteLength = byteLength;
    this.isReadOnly = isReadOnly;
    this.#blockBytes = blockBytes;
    if (isReadOnly) return;
    this.changes = {
      blockBytes,
      mark: () => this.#marks.set(),
      blocks: (mark) => this.#marks.behind(this.#blocks, mark).map(([index, bytes]) => [index, bytes.subarray(0, this.#lengthOf(index))] as const),
      replace: (blocks) => this.#replace(blocks),
    };
  }

  /** A disk with a copy of `content`. @throws BlockError `block-size`. */
  static from(content: Uint8Array, options: MemoryBackendOptions = {}): MemoryBackend {
    const disk = new MemoryBackend(content.length, options);
    disk.#store(0, content);
    return disk;
  }

  /** Bytes that it takes now. */
  get allocatedBytes(): number {
    return this.#blocks.size * this.#blockBytes;
  }

  read(offset: number, target: Uint8Array): void {
    requireTransfer(this, offset, target.length);
    for (let done = 0; done < target.length; ) {
      const within = (offset + done) % this.#blockBytes;
      const count = Math.min(this.#blockBytes - within, target.length - done);
      const block = this.#blocks.get(Math.floor((offset + done) / this.#blockBytes));
      if (block === undefined) target.fill(0, done, done + count);
      else target.set(block.subarray(within, within + count), done);
      done += count;
    }
  }

  write(offset: number, source: Uint8Array): void {
    requireWrite(this, offset, source.length);
    this.#store(offset, source);
  }

  flush(): void {
    // Nothing is more durable than the memory it is in.
  }

  #lengthOf(index: number): number {
    return Math.min(this.#blockBytes, this.byteLength - index * this.#blockBytes);
  }

  #store(offset: number, source: Uint8Array): void {
    for (let done = 0; done < source.length; ) {
      const index = Math.floor((offset + done) / this.#blockBytes);
      const within = (offset + done) % this.#blockBytes;
      const count = Math.min(this.#blockBytes - within, source.length - done);
      const part = source.subarray(done, done + count);
      let block = this.#blocks.get(index);
      if (block === undefined && part.some((byte) => byte !== 0)) this.#blocks.set(index, (block = new Uint8Array(this.#blockBytes)));
      if (block !== undefined) {
        block.set(part, within);
        this.#marks.note(index);
      }
      done += count;
    }
  }

  #replace(blocks: Iterable<readonly [index: number, bytes: Uint8Array]>): void {
    const checked = [...blocks];
    for (const [index, bytes] of checked) {
      if (Number.isInteger(index) && index >= 0 && index * this.#blockBytes < this.byteLength && bytes.length === this.#lengthOf(index)) continue;
      throw new BlockError('block-range', `${this.name}: saved block ${index} of ${bytes.length} bytes: expected blocks of ${this.#blockBytes} within ${this.byteLength}`);
    }
    this.#blocks.clear();
    for (const [index, bytes] of checked) this.#store(index * this.#blockBytes, bytes);
  }
}
