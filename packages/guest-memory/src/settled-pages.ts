/**
 * What pages held at one time, to see which hold something else now: for pages that are written by ways that nobody is told of.
 * Pages of zeros take no memory.
 */
export class SettledPages {
  readonly #bytes: Uint8Array;
  readonly #pageBytes: number;
  readonly #zeros: Int32Array;
  readonly #copies = new Map<number, Int32Array>();

  constructor(bytes: Uint8Array, pageBytes: number) {
    this.#bytes = bytes;
    this.#pageBytes = pageBytes;
    this.#zeros = new Int32Array(pageBytes / 4);
  }

  /** Whether a page differs from what it was when it settled; at first all are zero. */
  differs(page: number): boolean {
    const words = this.#words(page);
    const copy = this.#copies.get(page) ?? this.#zeros;
    for (let i = 0; i < words.length; i++) if (words[i] !== copy[i]) return true;
    return false;
  }

  /** The page is what it is now. */
  settle(page: number): void {
    if (!this.differs(page)) return;
    const words = this.#words(page);
    if (words.every((word) => word === 0)) this.#copies.delete(page);
    else this.#copies.set(page, words.slice());
  }

  #words(page: number): Int32Array {
    return new Int32Array(this.#bytes.buffer, this.#bytes.byteOffset + page * this.#pageBytes, this.#pageBytes / 4);
  }
}
