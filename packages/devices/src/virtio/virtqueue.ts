import { RingzeroError } from '@ringzero/processor';
import type { BusMemory } from '../bus/slot.ts';
import { Chain, type Segment } from './chain.ts';

/** What a driver set up, and how far the device is. Indices count modulo 2^16. */
export interface VirtqueueState {
  readonly size: number;
  readonly isEnabled: boolean;
  readonly descriptors: number;
  readonly available: number;
  readonly used: number;
  readonly nextAvailable: number;
  readonly nextUsed: number;
  readonly vector: number;
}

/** What a queue needs of its device. */
export interface VirtqueueHost {
  readonly memory: BusMemory;
  /** Whether the driver took feature `bit`. */
  hasFeature(bit: number): boolean;
  /** The driver's ring makes no sense. */
  onError(message: string): void;
}

export const FEATURE_INDIRECT = 28;
export const FEATURE_EVENT_IDX = 29;
/** No MSI-X vector. */
export const NO_VECTOR = 0xffff;

const DESCRIPTOR_BYTES = 16;
const DESCRIPTOR_NEXT = 1;
const DESCRIPTOR_WRITE = 2;
const DESCRIPTOR_INDIRECT = 4;
const AVAILABLE_NO_INTERRUPT = 1;
/** Entries that an indirect table may have: more than any driver uses, few enough to follow at once. */
export const MOST_INDIRECT = 1024;

/**
 * A split virtqueue from the device's side (virtio 1.2 §2.7), with indirect descriptors and event indices. Whatever the rings say,
 * each call is bounded: an inconsistent ring is reported once and gives nothing more until it is reset.
 */
export class Virtqueue {
  readonly maxSize: number;
  /** Bytes that a chain may have in all. */
  readonly maxChainBytes: number;
  size: number;
  isEnabled = false;
  descriptors = 0;
  available = 0;
  used = 0;
  vector: number = NO_VECTOR;
  readonly #host: VirtqueueHost;
  #nextAvailable = 0;
  #nextUsed = 0;

  constructor(host: VirtqueueHost, maxSize: number, maxChainBytes: number) {
    this.#host = host;
    this.maxSize = maxSize;
    this.maxChainBytes = maxChainBytes;
    this.size = maxSize;
  }

  reset(): void {
    this.size = this.maxSize;
    this.isEnabled = false;
    this.descriptors = this.available = this.used = 0;
    this.vector = NO_VECTOR;
    this.#nextAvailable = this.#nextUsed = 0;
  }

  /** Begins with its rings as they are set. False, and reported, if their addresses or the size cannot be. */
  enable(): boolean {
    const isAligned = this.descriptors % 16 === 0 && this.available % 2 === 0 && this.used % 4 === 0;
    if (!isAligned || !this.#isSize(this.size)) {
      this.#host.onError(`queue of ${this.size} entries at ${hex(this.descriptors)}, ${hex(this.available)} and ${hex(this.used)}: expected a power of two up to ${this.maxSize}, aligned to 16, 2 and 4`);
      return false;
    }
    this.#nextAvailable = this.#nextUsed = 0;
    this.isEnabled = true;
    return true;
  }

  /** The next buffer that the driver made available; undefined if there is none. */
  pop(): Chain | undefined {
    if (!this.isEnabled) return undefined;
    const waiting = (this.#read16(this.available + 2) - this.#nextAvailable) & 0xffff;
    if (waiting === 0) return this.#askForNotification();
    if (waiting > this.size) return this.#fail(`${waiting} buffers are available in a queue of ${this.size}`);
    const chain = this.#chainAt(this.#read16(this.available + 4 + 2 * (this.#nextAvailable % this.size)));
    if (chain !== undefined) this.#nextAvailable = (this.#nextAvailable + 1) & 0xffff;
    return chain;
  }

  /** The buffer whose first descriptor is `head`. Undefined, and reported, if it makes no sense. */
  #chainAt(head: number): Chain | undefined {
    const readable: Segment[] = [];
    const writable: Segment[] = [];
    let table = this.descriptors;
    let entries = this.size;
    let left = entries;
    let isIndirect = false;
    let total = 0;
    for (let index = head; ; ) {
      if (index >= entries) return this.#fail(`descriptor ${index} in a table of ${entries}`);
      if (left-- === 0) return this.#fail(`a loop of descriptors from ${head}`);
      const { address, length, flags, next } = this.#descriptor(table + DESCRIPTOR_BYTES * index);
      if ((flags & DESCRIPTOR_INDIRECT) !== 0) {
        if (isIndirect || (flags & DESCRIPTOR_NEXT) !== 0 || !this.#host.hasFeature(FEATURE_INDIRECT)) return this.#fail(`descriptor ${index} is indirect, which it must not be`);
        if (length === 0 || length % DESCRIPTOR_BYTES !== 0 || length > MOST_INDIRECT * DESCRIPTOR_BYTES) return this.#fail(`an indirect table of ${length} bytes: expected 1 to ${MOST_INDIRECT} descriptors`);
        isIndirect = true;
        table = address;
        entries = left = length / DESCRIPTOR_BYTES;
        index = 0;
        continue;
      }
      const isWritable = (flags & DESCRIPTOR_WRITE) !== 0;
      if (!isWritable && writable.length > 0) return this.#fail('a readable descriptor behind a writable one');
      total += length;
      if (total > this.maxChainBytes) return this.#fail(`a buffer of more than ${this.maxChainBytes} bytes`);
      (isWritable ? writable : readable).push({ address, length });
      if ((flags & DESCRIPTOR_NEXT) === 0) return new Chain(this.#host.memory, head, readable, writable);
      index = next;
    }
  }

  /** Gives a buffer back with `written` bytes in it: whether the driver wants to be interrupted. */
  push(head: number, written: number): boolean {
    if (!this.isEnabled) return false;
    const entry = new Uint8Array(8);
    const view = new DataView(entry.buffer);
    view.setUint32(0, head, true);
    view.setUint32(4, written, true);
    const index = this.#nextUsed;
    this.#host.memory.writeBytes(this.used + 4 + 8 * (index % this.size), entry);
    this.#nextUsed = (index + 1) & 0xffff;
    this.#write16(this.used + 2, this.#nextUsed);
    // The event index names the very entry whose use is to be told.
    if (this.#host.hasFeature(FEATURE_EVENT_IDX)) return this.#read16(this.available + 4 + 2 * this.size) === index;
    return (this.#read16(this.available) & AVAILABLE_NO_INTERRUPT) === 0;
  }

  save(): VirtqueueState {
    return {
      size: this.size, isEnabled: this.isEnabled, descriptors: this.descriptors, available: this.available, used: this.used,
      nextAvailable: this.#nextAvailable, nextUsed: this.#nextUsed, vector: this.vector,
    };
  }

  /** @throws RingzeroError `virtio-state` for a queue in use whose size it cannot have. */
  restore(state: VirtqueueState): void {
    if (state.isEnabled && !this.#isSize(state.size)) throw new RingzeroError('virtio-state', `saved virtqueue of ${state.size} entries: expected a power of two up to ${this.maxSize}`);
    this.size = state.size;
    this.isEnabled = state.isEnabled;
    this.descriptors = state.descriptors;
    this.available = state.available;
    this.used = state.used;
    this.#nextAvailable = state.nextAvailable;
    this.#nextUsed = state.nextUsed;
    this.vector = state.vector;
  }

  #isSize(size: number): boolean {
    return size >= 1 && size <= this.maxSize && Number.isInteger(Math.log2(size));
  }

  #askForNotification(): undefined {
    if (this.#host.hasFeature(FEATURE_EVENT_IDX)) this.#write16(this.used + 4 + 8 * this.size, this.#nextAvailable);
    return undefined;
  }

  #descriptor(at: number): { address: number; length: number; flags: number; next: number } {
    const bytes = this.#host.memory.readBytes(at, DESCRIPTOR_BYTES);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return {
      address: view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32,
      length: view.getUint32(8, true),
      flags: view.getUint16(12, true),
      next: view.getUint16(14, true),
    };
  }

  #read16(at: number): number {
    const bytes = this.#host.memory.readBytes(at, 2);
    return bytes[0]! | (bytes[1]! << 8);
  }

  #write16(at: number, value: number): void {
    this.#host.memory.writeBytes(at, Uint8Array.of(value & 0xff, value >> 8));
  }

  #fail(message: string): undefined {
    this.isEnabled = false;
    this.#host.onError(message);
    return undefined;
  }
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
