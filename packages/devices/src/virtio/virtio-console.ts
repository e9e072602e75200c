import { OptionReader } from '../bus/device-options.ts';
import type { Device } from '../bus/device.ts';
import type { DeviceOptions, DeviceSlot, DeviceType } from '../bus/slot.ts';
import { ByteQueue } from '../uart/byte-queue.ts';
import { interfaceOptions, VIRTIO_OPTIONS } from './interface-options.ts';
import type { QueueShape, VirtioModel } from './transport.ts';
import { VirtioPci, type VirtioPciOptions, type VirtioPciState } from './virtio-pci.ts';

/** How a {@link VirtioConsole} is wired and set up. */
export interface VirtioConsoleOptions extends VirtioPciOptions {
  readonly columns: number;
  readonly rows: number;
}

/** What a save of {@link VirtioConsole} keeps. */
export interface VirtioConsoleState {
  readonly pci: VirtioPciState;
  readonly columns: number;
  readonly rows: number;
  /** What was typed and not taken by the driver yet. */
  readonly input: readonly number[];
}

const FEATURE_SIZE = 0;
const FEATURE_EMERGENCY_WRITE = 2;
const RECEIVE = 0;
const TRANSMIT = 1;
// The configuration space: columns, rows, number of ports, emergency write.
const CONFIG_BYTES = 12;
const EMERGENCY_WRITE = 8;
const INPUT_BYTES = 4096;
const OUTPUT_PIECE = 4096;

/** A console with one port (virtio 1.2 §5.3). */
export class VirtioConsole implements Device<VirtioConsoleState>, VirtioModel {
  readonly kind = 3;
  readonly classCode = 0x078000;
  readonly queues: readonly QueueShape[] = [
    { size: 64, maxChainBytes: 0x1_0000 },
    { size: 64, maxChainBytes: 0x1_0000 },
  ];
  readonly features: readonly number[] = [FEATURE_SIZE, FEATURE_EMERGENCY_WRITE];
  readonly config: Uint8Array = new Uint8Array(CONFIG_BYTES);
  /** The guest wrote `bytes`. */
  onOutput: ((bytes: Uint8Array) => void) | undefined;
  /** {@link input} takes bytes again after it took fewer than it was given. */
  onInputSpace: (() => void) | undefined;
  readonly #options: VirtioConsoleOptions;
  readonly #pci: VirtioPci;
  readonly #input = new ByteQueue(INPUT_BYTES);
  #isInputRefused = false;

  constructor(slot: DeviceSlot, options: VirtioConsoleOptions) {
    this.#options = options;
    this.#setSize(options.columns, options.rows);
    this.#pci = new VirtioPci(slot, this, options);
  }

  /** Bytes typed at the console: how many were taken. The others are to be sent again after {@link onInputSpace}. */
  input(bytes: ArrayLike<number>): number {
    const taken = Math.min(bytes.length, this.#input.free);
    for (let i = 0; i < taken; i++) this.#input.push(bytes[i]! & 0xff);
    this.#isInputRefused = taken < bytes.length;
    this.#pci.transport.notify(RECEIVE);
    return taken;
  }

  /** The terminal has another size. */
  resize(columns: number, rows: number): void {
    this.#setSize(columns, rows);
    this.#pci.transport.configChanged();
  }

  process(index: number): void {
    if (index === RECEIVE) this.#receive();
    else if (index === TRANSMIT) this.#transmit();
  }

  writeConfig(offset: number, value: number): void {
    if (offset === EMERGENCY_WRITE) this.onOutput?.(Uint8Array.of(value));
  }

  driverReset(): void {
    // Buffers are filled and emptied at once; what was typed waits for the next driver.
  }

  reset(): void {
    this.#input.clear();
    this.#isInputRefused = false;
    this.#setSize(this.#options.columns, this.#options.rows);
    this.#pci.reset();
  }

  save(): VirtioConsoleState {
    const view = new DataView(this.config.buffer);
    return { pci: this.#pci.save(), columns: view.getUint16(0, true), rows: view.getUint16(2, true), input: this.#input.toArray() };
  }

  restore(state: VirtioConsoleState): void {
    this.#setSize(state.columns, state.rows);
    this.#input.assign(state.input);
    this.#isInputRefused = false;
    this.#pci.restore(state.pci);
  }

  #setSize(columns: number, rows: number): void {
    const view = new DataView(this.config.buffer);
    view.setUint16(0, columns, true);
    view.setUint16(2, rows, true);
  }

  #receive(): void {
    const { transport } = this.#pci;
    while (this.#input.length > 0) {
      const chain = transport.pop(RECEIVE);
      if (chain === undefined) break;
      const bytes = new Uint8Array(Math.min(chain.writableBytes, this.#input.length));
      for (let i = 0; i < bytes.length; i++) bytes[i] = this.#input.shift();
      chain.write(0, bytes);
      transport.complete(RECEIVE, chain.head, bytes.length);
    }
    if (!this.#isInputRefused || this.#input.free === 0) return;
    this.#isInputRefused = false;
    this.onInputSpace?.();
  }

  #transmit(): void {
    const { transport } = this.#pci;
    for (let chain = transport.pop(TRANSMIT); chain !== undefined; chain = transport.pop(TRANSMIT)) {
      for (let done = 0; done < chain.readableBytes; done += OUTPUT_PIECE) this.onOutput?.(chain.read(done, OUTPUT_PIECE));
      transport.complete(TRANSMIT, chain.head, 0);
    }
  }
}

const TYPE = 'virtio-console';

/** `columns` and `rows`: the terminal's size at first. */
export const VIRTIO_CONSOLE: DeviceType<VirtioConsole> = {
  type: TYPE,
  create(slot: DeviceSlot, options: DeviceOptions): VirtioConsole {
    const reader = new OptionReader(TYPE, options, ['columns', 'rows', ...VIRTIO_OPTIONS]);
    return new VirtioConsole(slot, { columns: reader.integer('columns', 1, 0xffff, 80), rows: reader.integer('rows', 1, 0xffff, 25), ...interfaceOptions(TYPE, reader) });
  },
};
