import { IDE, type IdeController } from '../src/ide/ide-controller.ts';
import { MmioSpace, PciBus, PortSpace, type BlockBackend, type DeviceOptions, type DeviceSlot, type PciEndpoint, type Transfer, type Transfers } from '../src/index.ts';
import { ManualClock, RecordingLine } from './manual-clock.ts';

const NANOSECONDS = 1000;

/** Requests that end a microsecond after the host is done. */
class TestTransfers implements Transfers {
  readonly #clock: ManualClock;

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  start(work: () => void | Promise<void>, _bytes: number, done: (error?: unknown) => void, due = this.#clock.now() + NANOSECONDS): Transfer {
    let isCancelled = false;
    const end = (error?: unknown): void => {
      if (!isCancelled) this.#clock.schedule(due, () => void (isCancelled || done(error)));
    };
    try {
      const promise = work();
      if (promise === undefined) end();
      else promise.then(() => end(), (error: unknown) => end(error));
    } catch (error) {
      end(error);
    }
    return { due, cancel: () => void (isCancelled = true) };
  }
}

/** A disk in an array, which can be told to fail or to wait, and remembers what it was asked. */
export class ArrayDisk implements BlockBackend {
  readonly bytes: Uint8Array;
  readonly isReadOnly: boolean;
  readonly log: string[] = [];
  failure: string | undefined;
  #held: (() => void)[] | undefined;

  constructor(bytes: Uint8Array, isReadOnly = false) {
    this.bytes = bytes;
    this.isReadOnly = isReadOnly;
  }

  get byteLength(): number {
    return this.bytes.length;
  }

  /** From now on nothing ends before `release`. */
  hold(): void {
    this.#held = [];
  }

  async release(): Promise<void> {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const go of held) go();
    for (let i = 0; i < 10; i++) await Promise.resolve();
  }

  read(offset: number, target: Uint8Array): void | Promise<void> {
    return this.#do(`read ${offset / 512}+${target.length / 512}`, () => target.set(this.bytes.subarray(offset, offset + target.length)));
  }

  write(offset: number, source: Uint8Array): void | Promise<void> {
    return this.#do(`write ${offset / 512}+${source.length / 512}`, () => this.bytes.set(source, offset));
  }

  flush(): void | Promise<void> {
    return this.#do('flush', () => undefined);
  }

  #do(what: string, work: () => void): void | Promise<void> {
    this.log.push(what);
    const act = (): void => {
      if (this.failure !== undefined) throw new Error(this.failure);
      work();
    };
    if (this.#held === undefined) return act();
    return new Promise<void>((resolve) => this.#held!.push(resolve)).then(act);
  }
}

/** Each sector filled with its number in words. */
export function numberedSectors(count: number): Uint8Array {
  const bytes = new Uint8Array(count * 512);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < bytes.length; i += 4) view.setUint32(i, (Math.floor(i / 512) << 8) | ((i / 4) & 0x7f), true);
  return bytes;
}

export const RAM_BYTES = 0x20_0000;
export const BUS_MASTER = 0xc000;

/** A board with an IDE controller, and a driver for it. */
export class IdeMachine {
  readonly clock: ManualClock = new ManualClock();
  readonly ports: PortSpace = new PortSpace();
  readonly pci: PciBus = new PciBus();
  readonly memory: Uint8Array = new Uint8Array(RAM_BYTES);
  readonly lines: Record<number, RecordingLine> = { 14: new RecordingLine(), 15: new RecordingLine() };
  readonly messages: string[] = [];
  readonly ide: IdeController;
  #base = 0x1f0;

  constructor(options: DeviceOptions, media: Readonly<Record<string, BlockBackend>>) {
    const { memory } = this;
    const slot: DeviceSlot = {
      clock: this.clock,
      ports: this.ports,
      mmio: new MmioSpace(),
      memory: {
        readBytes: (at, length) => Uint8Array.from({ length }, (_, i) => memory[at + i] ?? 0xff),
        writeBytes: (at, bytes) => bytes.forEach((byte, i) => void (at + i < memory.length && (memory[at + i] = byte))),
      },
      pci: {
        add: (endpoint: PciEndpoint, address = {}) => (this.pci.add(address.device ?? 2, address.function ?? 0, endpoint), new RecordingLine()),
        message: () => undefined,
      },
      transfers: new TestTransfers(this.clock),
      irq: (line) => this.lines[line]!,
      allocateMemory: () => {
        throw new Error('IDE has no device memory');
      },
      medium: (name) => {
        const medium = media[name];
        if (medium === undefined) throw new Error(`medium "${name}" is unknown`);
        return medium;
      },
      log: (message) => void this.messages.push(message),
    };
    this.ide = IDE.create(slot, options);
    this.pci.attach(this.ports);
    this.enableBusMaster(true);
  }

  /** Places the bus master registers, and lets them master. */
  enableBusMaster(isMaster: boolean): void {
    this.configure(0x20, BUS_MASTER);
    this.configure(0x04, isMaster ? 5 : 1);
  }

  configure(register: number, value: number): void {
    void this.ports.write(0xcf8, 4, 0x8000_0900 + register);
    void this.ports.write(0xcfc, 4, value);
  }

  configuration(register: number): number {
    void this.ports.write(0xcf8, 4, 0x8000_0900 + register);
    return this.ports.read(0xcfc, 4) as number;
  }

  /** From now on the driver works with this channel. */
  use(channel: 0 | 1): this {
    this.#base = channel === 0 ? 0x1f0 : 0x170;
    return this;
  }

  get line(): RecordingLine {
    return this.lines[this.#base === 0x1f0 ? 14 : 15]!;
  }

  get(register: number): number {
    return this.ports.read(this.#base + register, 1) as number;
  }

  set(register: number, value: number): void {
    void this.ports.write(this.#base + register, 1, value);
  }

  get alternateStatus(): number {
    return this.ports.read(this.#base + 0x206, 1) as number;
  }

  control(value: number): void {
    void this.ports.write(this.#base + 0x206, 1, value);
  }

  /** Registers 1 to 6 by 28-bit address, and the command. */
  command28(code: number, lba = 0, count = 0, device = 0xe0): void {
    [0, count, lba, lba >> 8, lba >> 16, device | ((lba >> 24) & 15)].forEach((value, i) => this.set(i + 1, value & 0xff));
    this.set(7, code);
  }

  /** The same by 48-bit address: upper halves first. */
  command48(code: number, lba = 0, count = 0, device = 0xe0): void {
    const byte = (shift: number): number => Math.floor(lba / 2 ** shift) % 256;
    for (const [register, value] of [[2, count >> 8], [3, byte(24)], [4, byte(32)], [5, byte(40)], [2, count & 0xff], [3, byte(0)], [4, byte(8)], [5, byte(16)], [6, device]] as const) this.set(register, value);
    this.set(7, code);
  }

  /** Lets time pass until the drive is no longer busy. */
  wait(): number {
    for (let i = 0; i < 1000 && (this.alternateStatus & 0x80) !== 0; i++) this.clock.advanceBy(NANOSECONDS);
    return this.alternateStatus;
  }

  read16(words: number): Uint8Array {
    const bytes = new Uint8Array(words * 2);
    for (let i = 0; i < words; i++) new DataView(bytes.buffer).setUint16(2 * i, this.ports.read(this.#base, 2) as number, true);
    return bytes;
  }

  write16(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i += 2) void this.ports.write(this.#base, 2, bytes[i]! | (bytes[i + 1]! << 8));
  }

  /** All that a PIO command gives, block by block, and how many blocks there were. */
  readAll(): { readonly bytes: Uint8Array; readonly blocks: readonly number[] } {
    const parts: Uint8Array[] = [];
    const blocks: number[] = [];
    while ((this.wait() & 0x08) !== 0) {
      const before = parts.length;
      const rises = this.line.rises;
      // A new block is announced by an interrupt, if the last one was acknowledged.
      while ((this.get(7) & 0x08) !== 0 && this.line.rises === rises) parts.push(this.read16(1));
      blocks.push(parts.length - before);
    }
    return { bytes: Uint8Array.from(parts.flatMap((part) => [...part])), blocks };
  }

  /** Writes regions as a table for the bus master. */
  table(at: number, regions: readonly (readonly [address: number, bytes: number])[], ends = true): void {
    const view = new DataView(this.memory.buffer);
    regions.forEach(([address, bytes], i) => {
      view.setUint32(at + 8 * i, address, true);
      view.setUint16(at + 8 * i + 4, bytes & 0xffff, true);
      view.setUint16(at + 8 * i + 6, ends && i === regions.length - 1 ? 0x8000 : 0, true);
    });
    void this.ports.write(this.#busMaster + 4, 4, at);
  }

  /** Starts the bus master: towards memory, or from it. */
  start(toMemory: boolean): void {
    void this.ports.write(this.#busMaster, 1, toMemory ? 9 : 1);
  }

  stop(): void {
    void this.ports.write(this.#busMaster, 1, 0);
  }

  get busMasterStatus(): number {
    return this.ports.read(this.#busMaster + 2, 1) as number;
  }

  set busMasterStatus(value: number) {
    void this.ports.write(this.#busMaster + 2, 1, value);
  }

  /** Sends a packet, with `limit` bytes at a time, or by DMA. */
  packet(bytes: readonly number[], { limit = 0xfffe, dma = false, device = 0xa0 } = {}): void {
    [dma ? 1 : 0, 0, 0, limit & 0xff, limit >> 8, device].forEach((value, i) => this.set(i + 1, value));
    this.set(7, 0xa0);
    this.write16(Uint8Array.from({ length: 12 }, (_, i) => bytes[i] ?? 0));
  }

  get #busMaster(): number {
    return BUS_MASTER + (this.#base === 0x1f0 ? 0 : 8);
  }
}
