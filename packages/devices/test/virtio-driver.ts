import type { BenchMachine } from './bench-machine.ts';

/** A piece of a buffer: bytes for the device to read, or how many it may write. */
export type Part = Uint8Array | number;

export interface UsedEntry {
  readonly id: number;
  readonly length: number;
}

const MODERN = 0xe0000000;
const MSI_X = 0xe0010000;
const LEGACY = 0xc000;
const QUEUE_AREA = 0x10000;
const QUEUE_BYTES = 0x4000;
const BUFFERS = 0x40000;

/** Drives a virtio device on the bench as an operating system's driver does, with rings in guest memory. */
export class VirtioDriver {
  readonly machine: BenchMachine;
  readonly isLegacy: boolean;
  readonly queues: DriverQueue[] = [];
  /** Structure type → offset in the modern interface's memory. */
  readonly structures = new Map<number, number>();
  notifyMultiplier = 0;

  constructor(machine: BenchMachine, isLegacy = false) {
    this.machine = machine;
    this.isLegacy = isLegacy;
    const { endpoint } = machine;
    endpoint.write(0x10, 4, LEGACY);
    endpoint.write(0x14, 4, MSI_X);
    endpoint.write(0x20, 4, MODERN);
    endpoint.write(0x04, 2, 7);
    for (let at = endpoint.read(0x34, 1); at !== 0; at = endpoint.read(at + 1, 1)) {
      if (endpoint.read(at, 1) !== 9) continue;
      this.structures.set(endpoint.read(at + 3, 1), endpoint.read(at + 8, 4));
      if (endpoint.read(at + 3, 1) === 2) this.notifyMultiplier = endpoint.read(at + 16, 4);
    }
  }

  get(structure: number, offset: number, size: 1 | 2 | 4): number {
    return this.machine.mmio.read(MODERN + this.structures.get(structure)! + offset, size) as number;
  }
  set(structure: number, offset: number, size: 1 | 2 | 4, value: number): void {
    void this.machine.mmio.write(MODERN + this.structures.get(structure)! + offset, size, value);
  }
  port(offset: number, size: 1 | 2 | 4): number {
    return this.machine.ports.read(LEGACY + offset, size) as number;
  }
  setPort(offset: number, size: 1 | 2 | 4, value: number): void {
    void this.machine.ports.write(LEGACY + offset, size, value);
  }

  get status(): number {
    return this.isLegacy ? this.port(0x12, 1) : this.get(1, 0x14, 1);
  }
  set status(value: number) {
    if (this.isLegacy) this.setPort(0x12, 1, value);
    else this.set(1, 0x14, 1, value);
  }

  /** Bits 0 to 63 that the device offers. */
  get offered(): bigint {
    if (this.isLegacy) return BigInt(this.port(0, 4));
    this.set(1, 0, 4, 0);
    const low = BigInt(this.get(1, 4, 4));
    this.set(1, 0, 4, 1);
    return low | (BigInt(this.get(1, 4, 4)) << 32n);
  }

  /** The interrupt status, acknowledged. */
  takeInterruptStatus(): number {
    return this.isLegacy ? this.port(0x13, 1) : this.get(3, 0, 1);
  }

  config(offset: number, size: 1 | 2 | 4): number {
    return this.isLegacy ? this.port(20 + offset, size) : this.get(4, offset, size);
  }

  /** Resets, agrees on what is offered and on the list, sets up every queue. */
  start(features: readonly number[] = [], queues = 1, size?: number): void {
    this.status = 0;
    this.status = 1;
    this.status = 3;
    const { offered } = this;
    const accepted = features.concat(this.isLegacy ? [] : [32]).reduce((bits, bit) => bits | (offered & (1n << BigInt(bit))), 0n);
    if (this.isLegacy) {
      this.setPort(4, 4, Number(accepted & 0xffffffffn));
    } else {
      for (const half of [0, 1]) {
        this.set(1, 8, 4, half);
        this.set(1, 12, 4, Number((accepted >> BigInt(32 * half)) & 0xffffffffn));
      }
      this.status = 11;
    }
    this.queues.length = 0;
    for (let index = 0; index < queues; index++) this.queues.push(this.#setUp(index, size, (accepted & (1n << 29n)) !== 0n));
    this.status |= 4;
  }

  #setUp(index: number, wanted: number | undefined, hasEventIndex: boolean): DriverQueue {
    const base = QUEUE_AREA + index * QUEUE_BYTES;
    this.machine.memory.writeBytes(base, new Uint8Array(QUEUE_BYTES));
    let size: number;
    if (this.isLegacy) {
      this.setPort(0x0e, 2, index);
      size = this.port(0x0c, 2);
      this.setPort(0x08, 4, base / 4096);
    } else {
      this.set(1, 0x16, 2, index);
      size = wanted ?? this.get(1, 0x18, 2);
      this.set(1, 0x18, 2, size);
    }
    const available = base + 16 * size;
    const used = Math.ceil((available + 6 + 2 * size) / 4096) * 4096;
    if (!this.isLegacy) {
      for (const [offset, address] of [[0x20, base], [0x28, available], [0x30, used]] as const) {
        this.set(1, offset, 4, address);
        this.set(1, offset + 4, 4, 0);
      }
      this.set(1, 0x1c, 2, 1);
    }
    return new DriverQueue(this, index, { size, descriptors: base, available, used }, hasEventIndex);
  }

  notify(index: number): void {
    if (this.isLegacy) this.setPort(0x10, 2, index);
    else this.set(2, index * this.notifyMultiplier, 2, index);
  }
}

/** The driver's end of a virtqueue. Buffers lie one after another in guest memory. */
export class DriverQueue {
  readonly driver: VirtioDriver;
  readonly index: number;
  readonly rings: { readonly size: number; readonly descriptors: number; readonly available: number; readonly used: number };
  readonly #hasEventIndex: boolean;
  #nextDescriptor = 0;
  #nextBuffer: number;
  #added = 0;
  #seen = 0;

  constructor(driver: VirtioDriver, index: number, rings: DriverQueue['rings'], hasEventIndex: boolean) {
    this.driver = driver;
    this.index = index;
    this.rings = rings;
    this.#hasEventIndex = hasEventIndex;
    this.#nextBuffer = BUFFERS + index * 0x20000;
  }

  u16(address: number): number {
    const bytes = this.driver.machine.memory.readBytes(address, 2);
    return bytes[0]! | (bytes[1]! << 8);
  }
  setU16(address: number, value: number): void {
    this.driver.machine.memory.writeBytes(address, Uint8Array.of(value & 0xff, value >> 8));
  }

  /** Writes a descriptor into a table. */
  describe(table: number, index: number, address: number, length: number, flags: number, next: number): void {
    const bytes = new Uint8Array(16);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, address % 2 ** 32, true);
    view.setUint32(4, Math.floor(address / 2 ** 32), true);
    view.setUint32(8, length, true);
    view.setUint16(12, flags, true);
    view.setUint16(14, next, true);
    this.driver.machine.memory.writeBytes(table + 16 * index, bytes);
  }

  /** Makes a buffer available, without telling the device. Gives its head and the addresses of its parts. */
  add(parts: readonly Part[], isIndirect = false): { readonly head: number; readonly addresses: readonly number[] } {
    const { size, descriptors } = this.rings;
    const head = this.#nextDescriptor;
    const table = isIndirect ? this.#allocate(16 * parts.length) : descriptors;
    const indexOf = (i: number): number => (isIndirect ? i : (head + i) % size);
    const addresses = parts.map((part, i) => {
      const length = typeof part === 'number' ? part : part.length;
      const address = this.#allocate(length);
      if (typeof part !== 'number') this.driver.machine.memory.writeBytes(address, part);
      const isLast = i === parts.length - 1;
      this.describe(table, indexOf(i), address, length, (isLast ? 0 : 1) | (typeof part === 'number' ? 2 : 0), isLast ? 0 : indexOf(i + 1));
      return address;
    });
    if (isIndirect) this.describe(descriptors, head, table, 16 * parts.length, 4, 0);
    this.#nextDescriptor = (head + (isIndirect ? 1 : parts.length)) % size;
    this.offer(head);
    return { head, addresses };
  }

  /** Puts a head into the available ring. */
  offer(head: number): void {
    const { size, available } = this.rings;
    this.setU16(available + 4 + 2 * (this.#added % size), head);
    this.#added = (this.#added + 1) & 0xffff;
    this.setU16(available + 2, this.#added);
  }

  /** The driver asks to be interrupted at the next buffer that comes back. */
  wantInterrupt(): void {
    const { size, available } = this.rings;
    if (this.#hasEventIndex) this.setU16(available + 4 + 2 * size, this.#seen);
    else this.setU16(available, 0);
  }

  /** What came back since the last time. */
  takeUsed(): UsedEntry[] {
    const { size, used } = this.rings;
    const entries: UsedEntry[] = [];
    for (; this.#seen !== this.u16(used + 2); this.#seen = (this.#seen + 1) & 0xffff) {
      const view = new DataView(this.driver.machine.memory.readBytes(used + 4 + 8 * (this.#seen % size), 8).buffer);
      entries.push({ id: view.getUint32(0, true), length: view.getUint32(4, true) });
    }
    return entries;
  }

  read(address: number, length: number): Uint8Array {
    return this.driver.machine.memory.readBytes(address, length);
  }

  #allocate(length: number): number {
    const at = this.#nextBuffer;
    this.#nextBuffer = Math.ceil((at + length) / 16) * 16;
    return at;
  }
}
