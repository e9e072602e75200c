import { GuestMemory } from '@ringzero/guest-memory';
import type { BlockBackend } from '../src/block/block-backend.ts';
import { MmioSpace } from '../src/bus/mmio-space.ts';
import { PortSpace } from '../src/bus/port-space.ts';
import type { DeviceSlot } from '../src/bus/slot.ts';
import type { Transfer, Transfers } from '../src/bus/transfers.ts';
import { PciBus } from '../src/pci/pci-bus.ts';
import type { PciEndpoint } from '../src/pci/pci-endpoint.ts';
import { ManualClock, RecordingLine } from './manual-clock.ts';

/** What a transfer takes on the bench. */
export const TRANSFER_NANOSECONDS = 1000;

/** Transfers on a manual clock: the end of synchronous work comes after {@link TRANSFER_NANOSECONDS}, of other work when it is settled as well. */
class BenchTransfers implements Transfers {
  readonly #clock: ManualClock;

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  start(work: () => void | Promise<void>, _bytes: number, done: (error?: unknown) => void, due?: number): Transfer {
    const end = due ?? this.#clock.now() + TRANSFER_NANOSECONDS;
    let isCancelled = false;
    const finish = (error?: unknown): void => void this.#clock.schedule(end, () => !isCancelled && done(error));
    try {
      const started = work();
      if (started === undefined) finish();
      else void started.then(() => finish(), finish);
    } catch (error) {
      finish(error);
    }
    return { due: end, cancel: () => void (isCancelled = true) };
  }
}

/** A machine without a processor: what a device on the PCI bus needs, and what a test looks at. */
export class BenchMachine implements DeviceSlot {
  readonly clock = new ManualClock();
  readonly ports = new PortSpace();
  readonly mmio = new MmioSpace();
  readonly memory = new GuestMemory(1 << 20);
  readonly bus = new PciBus();
  readonly transfers = new BenchTransfers(this.clock);
  readonly line = new RecordingLine();
  readonly messages: (readonly [address: number, data: number])[] = [];
  readonly logged: string[] = [];
  endpoint!: PciEndpoint;
  readonly pci = {
    add: (endpoint: PciEndpoint): RecordingLine => {
      this.endpoint = endpoint;
      this.bus.add(2, 0, endpoint);
      return this.line;
    },
    message: (address: number, data: number): void => void this.messages.push([address, data]),
  };
  readonly #media: Readonly<Record<string, BlockBackend>>;

  constructor(media: Readonly<Record<string, BlockBackend>> = {}) {
    this.#media = media;
    this.bus.attach(this.ports);
  }

  irq(): RecordingLine {
    return this.line;
  }

  allocateMemory(bytes: number): ReturnType<GuestMemory['allocateDeviceMemory']> {
    return this.memory.allocateDeviceMemory(bytes);
  }

  medium(name: string): BlockBackend {
    return this.#media[name]!;
  }

  log(message: string): void {
    this.logged.push(message);
  }
}

/** A disk in memory, that fails or takes its time where a test says so. */
export class BenchDisk implements BlockBackend {
  readonly bytes: Uint8Array;
  readonly isReadOnly: boolean;
  readonly calls: string[] = [];
  failure: Error | undefined;
  /** Operations wait for it. */
  gate: Promise<void> | undefined;

  constructor(byteLength: number, isReadOnly = false) {
    this.bytes = Uint8Array.from({ length: byteLength }, (_, i) => (i >> 9) + i);
    this.isReadOnly = isReadOnly;
  }

  get byteLength(): number {
    return this.bytes.length;
  }

  read(offset: number, target: Uint8Array): void | Promise<void> {
    return this.#perform(`read ${offset} ${target.length}`, () => target.set(this.bytes.subarray(offset, offset + target.length)));
  }

  write(offset: number, source: Uint8Array): void | Promise<void> {
    return this.#perform(`write ${offset} ${source.length}`, () => this.bytes.set(source, offset));
  }

  flush(): void | Promise<void> {
    return this.#perform('flush', () => undefined);
  }

  #perform(call: string, work: () => void): void | Promise<void> {
    this.calls.push(call);
    if (this.failure !== undefined) throw this.failure;
    if (this.gate === undefined) return work();
    return this.gate.then(work);
  }
}
