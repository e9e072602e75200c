import type { BusMemory } from '../bus/slot.ts';

/** A piece of a buffer in guest memory. */
export interface Segment {
  readonly address: number;
  readonly length: number;
}

/** A buffer that a driver made available: what the device reads, then what it writes (virtio 1.2 §2.7.4). */
export class Chain {
  /** The descriptor that stands for it in the rings. */
  readonly head: number;
  readonly readableBytes: number;
  readonly writableBytes: number;
  readonly #memory: BusMemory;
  readonly #readable: readonly Segment[];
  /** What the device writes. */
  readonly writable: readonly Segment[];

  constructor(memory: BusMemory, head: number, readable: readonly Segment[], writable: readonly Segment[]) {
    this.#memory = memory;
    this.head = head;
    this.#readable = readable;
    this.writable = writable;
    this.readableBytes = lengthOf(readable);
    this.writableBytes = lengthOf(writable);
  }

  /** Bytes of the readable part from `offset` on: `length` of them, or fewer at its end. */
  read(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, this.readableBytes - offset)));
    eachPiece(this.#readable, offset, bytes.length, (address, done, count) => bytes.set(this.#memory.readBytes(address, count), done));
    return bytes;
  }

  /** Stores `bytes` into the writable part from `offset` on, as far as it goes. */
  write(offset: number, bytes: Uint8Array): void {
    const length = Math.max(0, Math.min(bytes.length, this.writableBytes - offset));
    eachPiece(this.writable, offset, length, (address, done, count) => this.#memory.writeBytes(address, bytes.subarray(done, done + count)));
  }
}

function lengthOf(segments: readonly Segment[]): number {
  return segments.reduce((sum, { length }) => sum + length, 0);
}

function eachPiece(segments: readonly Segment[], offset: number, length: number, visit: (address: number, done: number, count: number) => void): void {
  let start = 0;
  let done = 0;
  for (const segment of segments) {
    if (done >= length) return;
    const skip = Math.max(0, offset - start);
    start += segment.length;
    const count = Math.min(segment.length - skip, length - done);
    if (count <= 0) continue;
    visit(segment.address + skip, done, count);
    done += count;
  }
}
