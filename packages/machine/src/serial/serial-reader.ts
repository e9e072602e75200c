import { MachineError } from '../errors.ts';
import { encodeText } from '../loaders/text.ts';

/** Most of the output that {@link SerialReader.until} gives. */
const MOST_KEPT = 1 << 20;

/** What becomes of the guest's output when a reader's buffer is full. */
export type WhenFull = 'wait' | 'drop';

/** How output is read. */
export interface SerialReadOptions {
  /** Bytes kept for a reader that has not asked for them yet; 65536 if left out. */
  readonly bufferBytes?: number;
  /**
   * `wait` (the default): the guest stands still at the instruction boundary behind the byte that filled the buffer, until
   * it was read; nothing is lost. `drop`: the oldest bytes are forgotten.
   */
  readonly whenFull?: WhenFull;
}

/** A reader's half of the serial port: chunks of bytes, each what has come since the one before. */
export class SerialReader implements AsyncIterableIterator<Uint8Array> {
  readonly #limit: number;
  readonly #whenFull: WhenFull;
  readonly #hold: (work: Promise<void>) => void;
  readonly #onClose: () => void;
  #bytes: number[] = [];
  /** Lets a guest that stands still go on. */
  #release: (() => void) | undefined;
  #waiting: ((result: IteratorResult<Uint8Array>) => void) | undefined;
  #isOver = false;
  #dropped = 0;

  constructor(options: Required<SerialReadOptions>, hold: (work: Promise<void>) => void, onClose: () => void) {
    this.#limit = options.bufferBytes;
    this.#whenFull = options.whenFull;
    this.#hold = hold;
    this.#onClose = onClose;
  }

  /** Bytes that were forgotten. */
  get dropped(): number {
    return this.#dropped;
  }

  /** The guest sent a byte. */
  push(byte: number): void {
    this.#bytes.push(byte);
    // What comes in one go is one chunk.
    if (this.#waiting !== undefined && this.#bytes.length === 1) void Promise.resolve().then(() => this.#give());
    if (this.#bytes.length < this.#limit) return;
    if (this.#whenFull === 'wait') this.#standStill();
    else if (this.#bytes.length >= 2 * this.#limit) this.#trim();
  }

  #standStill(): void {
    if (this.#release !== undefined) return;
    this.#hold(new Promise((resolve) => (this.#release = resolve)));
  }

  #trim(): void {
    const surplus = this.#bytes.length - this.#limit;
    if (surplus <= 0) return;
    this.#dropped += surplus;
    this.#bytes = this.#bytes.slice(surplus);
  }

  #give(): void {
    const waiting = this.#waiting;
    if (waiting === undefined || (this.#bytes.length === 0 && !this.#isOver)) return;
    this.#waiting = undefined;
    waiting(this.#take());
  }

  #take(): IteratorResult<Uint8Array> {
    if (this.#bytes.length === 0) return { done: true, value: undefined };
    if (this.#whenFull === 'drop') this.#trim();
    const value = Uint8Array.from(this.#bytes);
    this.#bytes = [];
    this.#release?.();
    this.#release = undefined;
    return { done: false, value };
  }

  /** What has come since the last time, or what comes next; done when the run is over. */
  next(): Promise<IteratorResult<Uint8Array>> {
    if (this.#bytes.length > 0 || this.#isOver) return Promise.resolve(this.#take());
    return new Promise((resolve) => (this.#waiting = resolve));
  }

  /** Reads until the guest has sent `text`: all up to the end of it (its last megabyte at most), a character for each byte. Rejects if the run ends before. */
  async until(text: string): Promise<string> {
    const wanted = latin1(encodeText(text));
    let seen = '';
    for (;;) {
      const { done, value } = await this.next();
      if (done === true) throw new MachineError('run-ended', `the run ended before the guest sent ${JSON.stringify(text)}; its last output was ${JSON.stringify(seen.slice(-200))}`);
      const from = Math.max(0, seen.length - wanted.length + 1);
      seen += latin1(value);
      const at = seen.indexOf(wanted, from);
      if (at >= 0) {
        const end = at + wanted.length;
        this.#bytes = [...value.subarray(value.length - (seen.length - end)), ...this.#bytes];
        return seen.slice(0, end);
      }
      seen = seen.slice(-MOST_KEPT);
    }
  }

  /** Nothing more will come; what has come can still be read. */
  end(): void {
    this.#isOver = true;
    // The next run is not to wait for who reads the last one.
    this.#release?.();
    this.#release = undefined;
    this.#give();
  }

  /** The reader is done: the guest no longer waits for it. */
  return(): Promise<IteratorResult<Uint8Array>> {
    this.#bytes = [];
    this.#release?.();
    this.#release = undefined;
    this.end();
    this.#onClose();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

/** A character for each byte. */
function latin1(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
