/** The blocks that were used last, up to a number of bytes. */
export class BlockCache {
  readonly #capacity: number;
  readonly #blocks = new Map<number, Uint8Array>();
  #bytes = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get bytes(): number {
    return this.#bytes;
  }

  has(index: number): boolean {
    return this.#blocks.has(index);
  }

  /** The block, which is now the one used last. */
  get(index: number): Uint8Array | undefined {
    const block = this.#blocks.get(index);
    if (block === undefined) return undefined;
    this.#blocks.delete(index);
    this.#blocks.set(index, block);
    return block;
  }

  /** Keeps a block, and drops those that were not used for longest where there are too many. */
  add(index: number, block: Uint8Array): void {
    this.#drop(index);
    this.#blocks.set(index, block);
    this.#bytes += block.length;
    for (const oldest of this.#blocks.keys()) {
      if (this.#bytes <= this.#capacity) return;
      this.#drop(oldest);
    }
  }

  clear(): void {
    this.#blocks.clear();
    this.#bytes = 0;
  }

  #drop(index: number): void {
    this.#bytes -= this.#blocks.get(index)?.length ?? 0;
    this.#blocks.delete(index);
  }
}
