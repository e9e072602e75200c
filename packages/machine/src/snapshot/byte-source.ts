import { MachineError } from '../errors.ts';

/** A web stream, as `Blob.stream()` and `fetch` give it. */
export interface ByteStream {
  /** The one that reads it. */
  getReader(): { read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array }>; cancel(reason?: unknown): Promise<void> };
}

/** Where a saved state is read from: its bytes, in pieces of any size. */
export type StateSource = Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array> | ByteStream;

async function* readStream(stream: ByteStream): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = stream.getReader();
  let isDone = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      isDone = done;
      if (done) return;
      if (value !== undefined) yield value;
    }
  } finally {
    if (!isDone) await reader.cancel();
  }
}

function piecesOf(source: StateSource): AsyncIterator<Uint8Array> | Iterator<Uint8Array> {
  if (source instanceof Uint8Array) return [source][Symbol.iterator]();
  if (Symbol.asyncIterator in source) return source[Symbol.asyncIterator]();
  return Symbol.iterator in source ? source[Symbol.iterator]() : readStream(source);
}

/** Reads a source in the sizes that are asked for. */
export class ByteSource {
  readonly #pieces: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  #piece: Uint8Array = new Uint8Array(0);
  #position = 0;

  constructor(source: StateSource) {
    this.#pieces = piecesOf(source);
  }

  /** Bytes that were read. */
  get position(): number {
    return this.#position;
  }

  /** Exactly `length` bytes, which are `what`. Throws a `MachineError` if the source ends before. */
  async read(length: number, what: string): Promise<Uint8Array> {
    const out = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      if (this.#piece.length === 0 && !(await this.#next())) {
        throw new MachineError('invalid-state', `saved state: it ends after ${this.#position} bytes, within ${what}: the file is truncated`);
      }
      const part = this.#piece.subarray(0, length - done);
      out.set(part, done);
      done += part.length;
      this.#position += part.length;
      this.#piece = this.#piece.subarray(part.length);
    }
    return out;
  }

  /** Throws a `MachineError` if there is more. */
  async expectEnd(): Promise<void> {
    if (this.#piece.length > 0 || (await this.#next())) throw new MachineError('invalid-state', `saved state: more bytes follow its end at ${this.#position}`);
  }

  /** Tells the source that nothing more is wanted. */
  async close(): Promise<void> {
    await this.#pieces.return?.();
  }

  async #next(): Promise<boolean> {
    for (;;) {
      const { done, value } = await this.#pieces.next();
      if (done === true) return false;
      if (!(value instanceof Uint8Array)) throw new MachineError('invalid-state', `saved state: its source gave a ${typeof value}, expected bytes`);
      this.#piece = value;
      if (value.length > 0) return true;
    }
  }
}
