/** A bounded first-in, first-out queue of bytes in a fixed ring. */
export class ByteQueue {
  readonly capacity: number;
  readonly #ring: Uint8Array;
  #head = 0;
  #length = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.#ring = new Uint8Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  get free(): number {
    return this.capacity - this.#length;
  }

  /** Appends a byte; false if the queue is full. */
  push(byte: number): boolean {
    if (this.#length === this.capacity) return false;
    this.#ring[(this.#head + this.#length) % this.capacity] = byte;
    this.#length++;
    return true;
  }

  /** Removes the oldest byte, −1 if there is none. */
  shift(): number {
    if (this.#length === 0) return -1;
    const byte = this.#ring[this.#head]!;
    this.#head = (this.#head + 1) % this.capacity;
    this.#length--;
    return byte;
  }

  clear(): void {
    this.#head = 0;
    this.#length = 0;
  }

  toArray(): number[] {
    return Array.from({ length: this.#length }, (_, index) => this.#ring[(this.#head + index) % this.capacity]!);
  }

  /** Replaces the content by as much of `bytes` as fits. */
  assign(bytes: readonly number[]): void {
    this.clear();
    for (const byte of bytes) this.push(byte);
  }
}
