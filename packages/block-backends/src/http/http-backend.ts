import type { BlockBackend } from '@ringzero/devices';
import { BlockError } from '../errors.ts';
import { allOver } from '../range-order.ts';
import { diskSizeOf, requireBlockSize, requireTransfer, requireWrite } from '../transfer-checks.ts';
import { BlockCache } from './block-cache.ts';
import { globalFetch, globalSleep, type FetchLike, type Sleep } from './fetch-like.ts';
import { RangeSource } from './range-source.ts';

/** Keeps blocks beyond the page's or process's life. It may forget what it likes. A failure of it is taken for an absent block. */
export interface PersistentBlockCache {
  /** The block that was written under this key, if it is still there. */
  read(key: string): Promise<Uint8Array | undefined>;
  /** Keeps a block. */
  write(key: string, block: Uint8Array): Promise<void>;
}

/** How an image is read over HTTP. */
export interface HttpOptions {
  /** The host's own `fetch` if left out. */
  readonly fetch?: FetchLike;
  /** Bytes of a block, the least that is asked for: a power of two from 4096 on; 64 KiB if left out. */
  readonly blockBytes?: number;
  /** Bytes that are kept in memory; 32 MiB if left out. */
  readonly cacheBytes?: number;
  /** The most that is fetched ahead of somebody who reads on and on, in bytes; 1 MiB if left out, 0 for nothing. */
  readonly readAheadBytes?: number;
  /** Where blocks are kept for the next time. Used for resources that have an ETag or a date. */
  readonly persistentCache?: PersistentBlockCache;
  /** How often a request is made at most; 5 if left out. */
  readonly attempts?: number;
  /** Milliseconds before the second attempt; each further one waits twice as long; 200 if left out. */
  readonly backOff?: number;
  /** Waits before another attempt; by the host's timer if left out. */
  readonly sleep?: Sleep;
}

/** The most that one request asks for. */
const REQUEST_BYTES = 2 ** 20;

/**
 * A read-only disk on a web server that serves ranges. Put an overlay on it to write. What was read is kept in memory up to a
 * limit; somebody who reads on gets the next blocks fetched ahead; readers of the same blocks share a request.
 */
export class HttpBackend implements BlockBackend {
  readonly name: string;
  readonly byteLength: number;
  readonly isReadOnly = true;
  readonly #source: RangeSource;
  readonly #blockBytes: number;
  readonly #readAheadBlocks: number;
  readonly #cache: BlockCache;
  readonly #persistent: PersistentBlockCache | undefined;
  /** Blocks that are on their way. */
  readonly #coming = new Map<number, Promise<Uint8Array>>();
  /** Where a reader who reads on would go on, and how far ahead it is served. */
  #next = -1;
  #ahead = 1;
  #isClosed = false;

  private constructor(source: RangeSource, options: HttpOptions) {
    const { blockBytes = 0x1_0000, cacheBytes = 32 * 2 ** 20, readAheadBytes = 2 ** 20 } = options;
    this.name = source.url;
    this.byteLength = diskSizeOf(source.url, source.byteLength, true);
    this.#source = source;
    this.#blockBytes = blockBytes;
    this.#readAheadBlocks = Math.floor(readAheadBytes / blockBytes);
    // What is fetched ahead must not push out what was fetched ahead before it.
    this.#cache = new BlockCache(Math.max(cacheBytes, 2 * readAheadBytes, blockBytes));
    this.#persistent = source.version === undefined ? undefined : options.persistentCache;
  }

  /**
   * Opens what `url` names.
   * @throws BlockError `block-http` if the server does not answer, or does not serve ranges; `block-size`.
   */
  static async open(url: string, options: HttpOptions = {}): Promise<HttpBackend> {
    const { fetch = globalFetch(), blockBytes = 0x1_0000, attempts = 5, backOff = 200, sleep = globalSleep } = options;
    if (fetch === undefined) throw new BlockError('block-http', `${url}: this host has no fetch; expected one in the options`);
    requireBlockSize(`${url}: blockBytes`, blockBytes, 4096);
    return new HttpBackend(await RangeSource.open(url, { fetch, attempts, backOff, sleep }), options);
  }

  read(offset: number, target: Uint8Array): void | Promise<void> {
    requireTransfer(this, offset, target.length);
    if (this.#isClosed) throw new BlockError('block-closed', `${this.name} is closed: nothing can be read`);
    if (target.length === 0) return;
    const first = Math.floor(offset / this.#blockBytes);
    const end = Math.ceil((offset + target.length) / this.#blockBytes);
    const isReadingOn = offset === this.#next;
    this.#ahead = isReadingOn ? Math.min(this.#readAheadBlocks, this.#ahead * 2) : 1;
    this.#next = offset + target.length;
    const pending: Promise<void>[] = [];
    this.#fetchMissing(first, end);
    for (let index = first; index < end; index++) {
      const block = this.#cache.get(index);
      if (block !== undefined) this.#copy(index, block, offset, target);
      else pending.push(this.#coming.get(index)!.then((bytes) => this.#copy(index, bytes, offset, target)));
    }
    if (isReadingOn) this.#fetchMissing(end, end + this.#ahead);
    return allOver(pending);
  }

  async write(offset: number, source: Uint8Array): Promise<void> {
    requireWrite(this, offset, source.length);
  }

  flush(): void {
    // Nothing is ever written.
  }

  close(): void {
    this.#isClosed = true;
    this.#cache.clear();
  }

  #copy(index: number, block: Uint8Array, offset: number, target: Uint8Array): void {
    const blockStart = index * this.#blockBytes;
    const from = Math.max(offset, blockStart);
    const to = Math.min(offset + target.length, blockStart + this.#blockBytes);
    const end = Math.max(from, Math.min(to, blockStart + block.length));
    target.set(block.subarray(from - blockStart, end - blockStart), from - offset);
    // The padding of the last sector.
    target.fill(0, end - offset, to - offset);
  }

  /** Puts every block from `first` to `end` that is neither here nor coming on its way: neighbours in one request. */
  #fetchMissing(first: number, end: number): void {
    const last = Math.min(end, Math.ceil(this.#source.byteLength / this.#blockBytes));
    const most = Math.max(1, Math.floor(REQUEST_BYTES / this.#blockBytes));
    for (let index = first; index < last; index++) {
      if (this.#cache.has(index) || this.#coming.has(index)) continue;
      let stop = index + 1;
      while (stop < last && stop - index < most && !this.#cache.has(stop) && !this.#coming.has(stop)) stop++;
      this.#fetchRun(index, stop);
      index = stop - 1;
    }
  }

  #fetchRun(first: number, end: number): void {
    const run = this.#persistent === undefined ? this.#download(first, end) : this.#load(this.#persistent, first, end);
    for (let index = first; index < end; index++) {
      const block = run.then((blocks) => blocks[index - first]!);
      this.#coming.set(index, block);
      const over = (): void => void this.#coming.delete(index);
      // A failure reaches those who wait for the block; where nobody does, it was fetched ahead for nothing.
      void block.then((bytes) => {
        over();
        if (!this.#isClosed) this.#cache.add(index, bytes);
      }, over);
    }
  }

  async #download(first: number, end: number): Promise<Uint8Array[]> {
    const start = first * this.#blockBytes;
    const bytes = await this.#source.read(start, Math.min(end * this.#blockBytes, this.#source.byteLength));
    // Copies: a block that stays would hold its whole run in memory.
    return Array.from({ length: end - first }, (_, i) => bytes.slice(i * this.#blockBytes, (i + 1) * this.#blockBytes));
  }

  /** From the persistent cache what it has, the rest from the server. */
  async #load(cache: PersistentBlockCache, first: number, end: number): Promise<Uint8Array[]> {
    const blocks = await Promise.all(Array.from({ length: end - first }, (_, i) => this.#readPersistent(cache, first + i)));
    for (let i = 0; i < blocks.length; i++) {
      if (blocks[i] !== undefined) continue;
      let stop = i + 1;
      while (stop < blocks.length && blocks[stop] === undefined) stop++;
      for (const [k, block] of (await this.#download(first + i, first + stop)).entries()) {
        blocks[i + k] = block;
        void cache.write(this.#keyOf(first + i + k), block).catch(() => undefined);
      }
    }
    return blocks as Uint8Array[];
  }

  async #readPersistent(cache: PersistentBlockCache, index: number): Promise<Uint8Array | undefined> {
    const expected = Math.min(this.#blockBytes, this.#source.byteLength - index * this.#blockBytes);
    const block = await cache.read(this.#keyOf(index)).catch(() => undefined);
    return block?.length === expected ? block : undefined;
  }

  #keyOf(index: number): string {
    return `${this.#source.url} ${this.#source.version} ${this.#blockBytes} ${index}`;
  }
}
