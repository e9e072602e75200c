import { allOnes } from '../bus/device.ts';
import type { Device } from '../bus/device.ts';
import type { PortSpace } from '../bus/port-space.ts';
import { RingzeroError } from '@ringzero/processor';
import type { AccessSize } from '@ringzero/processor';
import type { PciFunctionState } from './configuration-space.ts';

/** One function of a device on the bus, as configuration cycles see it. */
export interface PciFunction {
  /** Reads its configuration space. */
  read(offset: number, size: AccessSize): number;
  /** Writes its configuration space. */
  write(offset: number, size: AccessSize, value: number): void;
  /** The state after a reset of the bus. */
  reset(): void;
  /** Gives up all that its base addresses decode, until it is written to or restored. */
  release?(): void;
  /** Decodes what its registers say, where nothing else answers. */
  decode?(): void;
  /** What decides all that it does from now on. */
  save(): PciFunctionState;
  /** Puts it into exactly this state. */
  restore(state: PciFunctionState): void;
}

/** What a save of {@link PciBus} keeps. */
export interface PciBusState {
  readonly address: number;
  /** The functions by `device * 8 + function`. */
  readonly functions: Readonly<Record<string, PciFunctionState>>;
}

/** How a {@link PciBus} is wired and set up. */
export interface PciBusOptions {
  /** The address port (a doubleword) and the data port. */
  readonly ports?: { readonly address: number; readonly data: number };
}

const ENABLE = 0x80000000;

/** PCI bus 0 with configuration mechanism 1 (PCI 2.1 §3.2.2.3.2): an address register at CF8h, a data window at CFCh. */
export class PciBus implements Device<PciBusState> {
  readonly #ports: { readonly address: number; readonly data: number };
  readonly #functions = new Map<number, PciFunction>();
  #address = 0;

  constructor(options: PciBusOptions = {}) {
    this.#ports = options.ports ?? { address: 0xcf8, data: 0xcfc };
  }

  /**
   * Puts a function at `device`.`number`.
   * @throws RingzeroError `pci-slot` if the place is taken or does not exist.
   */
  add(device: number, number: number, pciFunction: PciFunction): void {
    const key = device * 8 + number;
    if (device < 0 || device > 31 || number < 0 || number > 7 || this.#functions.has(key)) {
      throw new RingzeroError('pci-slot', `PCI function 0:${device.toString(16)}.${number}: expected a free device 0-31, function 0-7`);
    }
    this.#functions.set(key, pciFunction);
  }

  /** The first device without functions, from `from` on; −1 if there is none. */
  freeDevice(from: number): number {
    for (let device = from; device < 32; device++) if (![...this.#functions.keys()].some((key) => key >> 3 === device)) return device;
    return -1;
  }

  /** The functions with their places, in ascending order. */
  get functions(): readonly { readonly device: number; readonly number: number; readonly pciFunction: PciFunction }[] {
    return [...this.#functions].sort(([a], [b]) => a - b).map(([key, pciFunction]) => ({ device: key >> 3, number: key & 7, pciFunction }));
  }

  /** Claims its ports. */
  attach(space: PortSpace): void {
    const { address, data } = this.#ports;
    space.claim({ base: address, count: 4, sizes: [4] }, {
      read: () => this.#address,
      write: (_port, _size, value) => void (this.#address = (value & 0x80fffffc) >>> 0),
    });
    space.claim({ base: data, count: 4, sizes: [1, 2, 4] }, {
      read: (port, size) => this.#selected()?.read((this.#address & 0xfc) + port - data, size) ?? allOnes(size),
      write: (port, size, value) => this.#write((this.#address & 0xfc) + port - data, size, value),
    });
  }

  reset(): void {
    this.#address = 0;
    for (const pciFunction of this.#functions.values()) pciFunction.reset();
  }

  save(): PciBusState {
    const functions: Record<string, PciFunctionState> = {};
    for (const [key, pciFunction] of this.#functions) functions[key] = pciFunction.save();
    return { address: this.#address, functions };
  }

  restore(state: PciBusState): void {
    this.#address = state.address;
    // All at once: one may go where another is that leaves.
    for (const pciFunction of this.#functions.values()) pciFunction.release?.();
    for (const [key, pciFunction] of this.#functions) {
      const saved = state.functions[key];
      if (saved !== undefined) pciFunction.restore(saved);
    }
  }

  #write(offset: number, size: AccessSize, value: number): void {
    const selected = this.#selected();
    if (selected === undefined) return;
    selected.write(offset, size, value);
    // It may have left a place where another is to be.
    for (const pciFunction of this.#functions.values()) pciFunction.decode?.();
  }

  #selected(): PciFunction | undefined {
    const address = this.#address;
    if ((address & ENABLE) === 0 || ((address >>> 16) & 0xff) !== 0) return undefined;
    return this.#functions.get((address >>> 8) & 0xff);
  }
}
