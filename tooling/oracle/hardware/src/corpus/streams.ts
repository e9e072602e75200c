import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';

/** A column of the corpus being written. */
export class StreamWriter {
  #bytes = new Uint8Array(1 << 12);
  #length = 0;

  #grow(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const larger = new Uint8Array(2 * Math.max(this.#bytes.length, this.#length + count));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }

  byte(value: number): void {
    this.#grow(1);
    this.#bytes[this.#length++] = value;
  }

  bytes(values: Uint8Array): void {
    this.#grow(values.length);
    this.#bytes.set(values, this.#length);
    this.#length += values.length;
  }

  /** A 32-bit word, little-endian. */
  word(value: number): void {
    this.#grow(4);
    for (let shift = 0; shift < 32; shift += 8) this.#bytes[this.#length++] = value >> shift;
  }

  /** An unsigned 32-bit number, seven bits to a byte. */
  number(value: number): void {
    let rest = value >>> 0;
    for (; rest > 0x7f; rest >>>= 7) this.byte((rest & 0x7f) | 0x80);
    this.byte(rest);
  }

  /** A signed number: the sign in bit 0. */
  signed(value: number): void {
    this.number((value << 1) ^ (value >> 31));
  }

  take(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }
}

/** A column being read. */
export class StreamReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  byte(): number {
    const value = this.#bytes[this.#at++];
    if (value === undefined) throw new RangeError(`a column of ${this.#bytes.length} bytes ended too soon`);
    return value;
  }

  bytes(count: number): Uint8Array {
    if (this.#at + count > this.#bytes.length) throw new RangeError(`a column of ${this.#bytes.length} bytes ended too soon`);
    return this.#bytes.subarray(this.#at, (this.#at += count));
  }

  word(): number {
    return this.byte() | (this.byte() << 8) | (this.byte() << 16) | (this.byte() << 24);
  }

  number(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  }

  signed(): number {
    const value = this.number();
    return (value >>> 1) ^ -(value & 1);
  }
}

/** Columns in one file: their number, the compressed length of each, and each compressed by itself, for each has its own statistics. */
export function packStreams(streams: readonly Uint8Array[], quality: number): Uint8Array {
  const packed = streams.map((stream) =>
    brotliCompressSync(stream, { params: { [constants.BROTLI_PARAM_QUALITY]: quality, [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: stream.length } }),
  );
  const head = new StreamWriter();
  head.word(packed.length);
  for (const { length } of packed) head.word(length);
  return Buffer.concat([head.take(), ...packed]);
}

export function unpackStreams(file: Uint8Array): Uint8Array[] {
  const head = new StreamReader(file);
  const lengths = Array.from({ length: head.word() }, () => head.word());
  let at = 4 + 4 * lengths.length;
  return lengths.map((length) => brotliDecompressSync(file.subarray(at, (at += length))));
}
