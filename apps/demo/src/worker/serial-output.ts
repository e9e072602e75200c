/** Bytes are collected for so long, then go out together. */
const COLLECT_MS = 8;
/** Most bytes kept while the page does not take any: a guest that floods its console loses the oldest. */
const MOST_WAITING = 2 ** 20;

/** What the guest writes on its serial port, in pieces of a size that the page can take. */
export class SerialOutput {
  readonly #send: (bytes: Uint8Array) => Promise<void>;
  #waiting = new Uint8Array(4096);
  #length = 0;
  #isSending = false;

  /** @param send settles when the page has taken the bytes. */
  constructor(send: (bytes: Uint8Array) => Promise<void>) {
    this.#send = send;
  }

  write(byte: number): void {
    if (this.#length === this.#waiting.length) this.#makeRoom();
    this.#waiting[this.#length++] = byte;
    if (this.#isSending) return;
    this.#isSending = true;
    setTimeout(() => void this.#drain(), COLLECT_MS);
  }

  #makeRoom(): void {
    if (this.#waiting.length < MOST_WAITING) {
      const larger = new Uint8Array(this.#waiting.length * 4);
      larger.set(this.#waiting);
      this.#waiting = larger;
      return;
    }
    const dropped = this.#length >>> 1;
    this.#waiting.copyWithin(0, dropped);
    this.#length -= dropped;
  }

  async #drain(): Promise<void> {
    try {
      while (this.#length > 0) {
        const bytes = this.#waiting.slice(0, this.#length);
        this.#length = 0;
        await this.#send(bytes);
      }
    } finally {
      this.#isSending = false;
    }
  }
}
