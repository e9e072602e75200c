import type { AccessSize } from '@ringzero/processor';
import type { BusMemory } from '../bus/slot.ts';

export interface BusMasterState {
  readonly command: number;
  readonly status: number;
  readonly table: number;
  /** The next descriptor, and the region that is being moved. */
  readonly next: number;
  readonly address: number;
  readonly left: number;
  readonly isLast: boolean;
}

export interface BusMasterOptions {
  readonly memory: BusMemory;
  /** Whether the function may master the bus. */
  readonly isMaster: () => boolean;
  /** Software started it: the drive may want to move data. */
  readonly onStart: () => void;
}

const COMMAND = 0;
const COMMAND_START = 0x01;
const COMMAND_BITS = 0x09;
const STATUS = 2;
const STATUS_ACTIVE = 0x01;
const STATUS_ERROR = 0x02;
const STATUS_INTERRUPT = 0x04;
/** Drives 0 and 1 are capable of DMA: kept for drivers. */
const STATUS_CAPABLE = 0x60;
const TABLE = 4;
const DESCRIPTOR_BYTES = 8;
const END_OF_TABLE = 0x80;

/**
 * One channel of the PCI IDE bus master (SFF-8038i rev. 1.0; PIIX3 data sheet §2.7): moves a drive's data to and from the
 * regions that a table in memory lists. It never moves more than the drive asks for, so a table without an end does no harm.
 */
export class BusMaster {
  readonly #options: BusMasterOptions;
  #command = 0;
  #status = 0;
  #table = 0;
  #next = 0;
  #address = 0;
  #left = 0;
  #isLast = false;

  constructor(options: BusMasterOptions) {
    this.#options = options;
  }

  get isActive(): boolean {
    return (this.#status & STATUS_ACTIVE) !== 0;
  }

  /** Moves `bytes` to memory, as far as the regions go: how many. */
  toMemory(bytes: Uint8Array): number {
    return this.#move(bytes.length, (address, from, to) => this.#options.memory.writeBytes(address, bytes.subarray(from, to)));
  }

  /** Fills `target` from memory, as far as the regions go: how many bytes. */
  fromMemory(target: Uint8Array): number {
    return this.#move(target.length, (address, from, to) => target.set(this.#options.memory.readBytes(address, to - from), from));
  }

  /** The drive's interrupt line rose. */
  noteInterrupt(): void {
    this.#status |= STATUS_INTERRUPT;
  }

  read(offset: number, size: AccessSize): number {
    let value = 0;
    for (let i = size - 1; i >= 0; i--) value = value * 256 + this.#readByte(offset + i);
    return value;
  }

  write(offset: number, size: AccessSize, value: number): void {
    for (let i = 0; i < size; i++) this.#writeByte(offset + i, (value >>> (8 * i)) & 0xff);
  }

  reset(): void {
    this.restore({ command: 0, status: 0, table: 0, next: 0, address: 0, left: 0, isLast: false });
  }

  save(): BusMasterState {
    return { command: this.#command, status: this.#status, table: this.#table, next: this.#next, address: this.#address, left: this.#left, isLast: this.#isLast };
  }

  restore(state: BusMasterState): void {
    this.#command = state.command;
    this.#status = state.status;
    this.#table = state.table;
    this.#next = state.next;
    this.#address = state.address;
    this.#left = state.left;
    this.#isLast = state.isLast;
  }

  #readByte(offset: number): number {
    if (offset === COMMAND) return this.#command;
    if (offset === STATUS) return this.#status;
    return offset >= TABLE ? (this.#table >>> (8 * (offset - TABLE))) & 0xff : 0;
  }

  #writeByte(offset: number, value: number): void {
    if (offset === COMMAND) this.#writeCommand(value & COMMAND_BITS);
    else if (offset === STATUS) this.#status = (this.#status & ~STATUS_CAPABLE & ~(value & (STATUS_ERROR | STATUS_INTERRUPT))) | (value & STATUS_CAPABLE);
    else if (offset >= TABLE) {
      const shift = 8 * (offset - TABLE);
      this.#table = ((this.#table & ~(0xff << shift)) | (value << shift)) & ~3;
    }
  }

  #writeCommand(value: number): void {
    const before = this.#command;
    this.#command = value;
    if ((value & COMMAND_START) === 0) {
      this.#status &= ~STATUS_ACTIVE;
      return;
    }
    if ((before & COMMAND_START) !== 0) return;
    this.#status |= STATUS_ACTIVE;
    this.#next = this.#table >>> 0;
    this.#left = 0;
    this.#isLast = false;
    this.#options.onStart();
  }

  #move(length: number, move: (address: number, from: number, to: number) => void): number {
    if (this.isActive && !this.#options.isMaster()) this.#status = (this.#status & ~STATUS_ACTIVE) | STATUS_ERROR;
    let done = 0;
    while (done < length && this.isActive) {
      if (this.#left === 0) this.#nextRegion();
      const count = Math.min(this.#left, length - done);
      move(this.#address, done, done + count);
      done += count;
      this.#address = (this.#address + count) >>> 0;
      this.#left -= count;
      if (this.#left === 0 && this.#isLast) this.#status &= ~STATUS_ACTIVE;
    }
    return done;
  }

  /** A region is 2 to 65536 bytes long, so that each descriptor brings the transfer on. */
  #nextRegion(): void {
    const bytes = this.#options.memory.readBytes(this.#next, DESCRIPTOR_BYTES);
    const word = (at: number): number => bytes[at]! | (bytes[at + 1]! << 8);
    this.#address = (word(0) & ~1) + word(2) * 0x1_0000;
    this.#left = (word(4) & ~1) || 0x1_0000;
    this.#isLast = (bytes[7]! & END_OF_TABLE) !== 0;
    this.#next = (this.#next + DESCRIPTOR_BYTES) >>> 0;
  }
}
