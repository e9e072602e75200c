import type { AccessSize } from '@ringzero/processor';
import { allOnes, type Device } from '../bus/device.ts';
import type { PortSpace } from '../bus/port-space.ts';

/** Items by selector, as bytes. */
export type FwCfgItems = ReadonlyMap<number, Uint8Array>;

/** Selectors of items that every machine has. */
export const FW_CFG_SIGNATURE = 0x00;
/** Selector: what the device can do. */
export const FW_CFG_ID = 0x01;
/** Selector: bytes of RAM. */
export const FW_CFG_RAM_SIZE = 0x03;
/** Selector: processors at boot. */
export const FW_CFG_NB_CPUS = 0x05;
/** Selector: processors at most. */
export const FW_CFG_MAX_CPUS = 0x0f;

/** How a {@link FwCfg} is wired and set up. */
export interface FwCfgOptions {
  /** The selector register, with the data register behind it; 510h if left out. */
  readonly base?: number;
  /** RAM below 4 GiB, in bytes. */
  readonly ramBytes: number;
  readonly processors: number;
  /** Further items; they win over the standard ones. */
  readonly items?: FwCfgItems;
}

/** What a save of {@link FwCfg} keeps. */
export interface FwCfgState {
  readonly selector: number;
  readonly position: number;
}

/** Only the traditional interface: no DMA. */
const ID_TRADITIONAL = 1;
/** Bit 14 of a selector asks for writing, which is not offered; bit 15 marks items of the architecture. */
const WRITE_CHANNEL = 0x4000;

function littleEndian(value: number, bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, i) => Math.floor(value / 2 ** (8 * i)) % 256);
}

/**
 * QEMU's firmware configuration device ("QEMU Firmware Configuration Device Specification"): items that firmware and test
 * programs read byte by byte, among them the number of processors and the size of RAM.
 */
export class FwCfg implements Device<FwCfgState> {
  readonly #base: number;
  readonly #items: Map<number, Uint8Array>;
  #selector = FW_CFG_SIGNATURE;
  #position = 0;

  constructor(options: FwCfgOptions) {
    this.#base = options.base ?? 0x510;
    this.#items = new Map([
      [FW_CFG_SIGNATURE, Uint8Array.from('QEMU', (letter) => letter.charCodeAt(0))],
      [FW_CFG_ID, littleEndian(ID_TRADITIONAL, 4)],
      [FW_CFG_RAM_SIZE, littleEndian(options.ramBytes, 8)],
      [FW_CFG_NB_CPUS, littleEndian(options.processors, 2)],
      [FW_CFG_MAX_CPUS, littleEndian(options.processors, 2)],
      ...(options.items ?? []),
    ]);
  }

  /** Claims its ports. */
  attach(space: PortSpace): void {
    space.claim({ base: this.#base, count: 2, sizes: [1, 2] }, {
      read: (port, size) => (port === this.#base + 1 && size === 1 ? this.#next() : allOnes(size)),
      write: (port, size, value) => this.#write(port, size, value),
    });
  }

  #write(port: number, size: AccessSize, value: number): void {
    if (port !== this.#base || size !== 2) return;
    this.#selector = value & ~WRITE_CHANNEL;
    this.#position = 0;
  }

  /** The next byte of the item; 0 behind its end, and in items that do not exist. */
  #next(): number {
    const item = this.#items.get(this.#selector);
    if (item === undefined || this.#position >= item.length) return 0;
    return item[this.#position++]!;
  }

  reset(): void {
    this.#selector = FW_CFG_SIGNATURE;
    this.#position = 0;
  }

  save(): FwCfgState {
    return { selector: this.#selector, position: this.#position };
  }

  restore(state: FwCfgState): void {
    this.#selector = state.selector;
    this.#position = state.position;
  }
}
