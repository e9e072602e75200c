import type { AccessSize } from '@ringzero/processor';
import { allOnes, type Device } from '../bus/device.ts';
import type { PortSpace } from '../bus/port-space.ts';
import type { BusMemory } from '../bus/slot.ts';
import { fileItems, type FwCfgFiles } from './file-directory.ts';
import { DMA_SIGNATURE, FwCfgDma } from './fw-cfg-dma.ts';

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
  /** The selector register, with the data register behind it and the DMA address register four ports up; 510h if left out. */
  readonly base?: number;
  /** RAM below 4 GiB, in bytes. */
  readonly ramBytes: number;
  readonly processors: number;
  /** Guest memory for the DMA interface, which is not offered without it. */
  readonly memory?: BusMemory;
  /** Further items; they win over the standard ones. */
  readonly items?: FwCfgItems;
}

/** What a save of {@link FwCfg} keeps. */
export interface FwCfgState {
  readonly selector: number;
  readonly position: number;
  /** Upper half of the DMA address register. */
  readonly dmaHigh: number;
}

const ID_TRADITIONAL = 1;
const ID_DMA = 2;
/** Bit 14 of a selector asks for writing, which is not offered; bit 15 marks items of the architecture. */
const WRITE_CHANNEL = 0x4000;
const DMA_ADDRESS = 4;

function littleEndian(value: number, bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, i) => Math.floor(value / 2 ** (8 * i)) % 256);
}

/**
 * QEMU's firmware configuration device ("QEMU Firmware Configuration Device Specification"): items that firmware and test
 * programs read byte by byte or by DMA, among them the number of processors, the size of RAM, and files with a directory.
 */
export class FwCfg implements Device<FwCfgState> {
  readonly #base: number;
  readonly #standard: FwCfgItems;
  readonly #dma: FwCfgDma | undefined;
  #files = fileItems(new Map());
  #selector = FW_CFG_SIGNATURE;
  #position = 0;

  constructor(options: FwCfgOptions) {
    const { memory } = options;
    this.#base = options.base ?? 0x510;
    this.#dma = memory && new FwCfgDma(memory, { select: (selector) => this.#select(selector), read: (length) => this.#read(length) });
    this.#standard = new Map([
      [FW_CFG_SIGNATURE, Uint8Array.from('QEMU', (letter) => letter.charCodeAt(0))],
      [FW_CFG_ID, littleEndian(ID_TRADITIONAL | (memory === undefined ? 0 : ID_DMA), 4)],
      [FW_CFG_RAM_SIZE, littleEndian(options.ramBytes, 8)],
      [FW_CFG_NB_CPUS, littleEndian(options.processors, 2)],
      [FW_CFG_MAX_CPUS, littleEndian(options.processors, 2)],
      ...(options.items ?? []),
    ]);
  }

  /** Claims its ports. */
  attach(space: PortSpace): void {
    space.claim({ base: this.#base, count: 2, sizes: [1, 2] }, {
      read: (port, size) => (port === this.#base + 1 && size === 1 ? (this.#read(1)[0] ?? 0) : allOnes(size)),
      write: (port, size, value) => this.#write(port, size, value),
    });
    const dma = this.#dma;
    if (dma === undefined) return;
    const first = this.#base + DMA_ADDRESS;
    space.claim({ base: first, count: 8, sizes: [1, 2, 4] }, {
      read: (port, size) => bigEndianPart(DMA_SIGNATURE, port - first, size),
      write: (port, size, value) => dma.write(port - first, size, value),
    });
  }

  /**
   * Replaces the files; the directory lists them by name. They belong to the machine's configuration, as ROM does, not to the saved state.
   * @throws RingzeroError `fw-cfg-file` for a name that the directory cannot hold, or more files than have selectors.
   */
  setFiles(files: FwCfgFiles): void {
    this.#files = fileItems(files);
  }

  #write(port: number, size: AccessSize, value: number): void {
    if (port === this.#base && size === 2) this.#select(value);
  }

  #select(selector: number): void {
    this.#selector = selector & ~WRITE_CHANNEL;
    this.#position = 0;
  }

  /** The next bytes of the item, `length` at most: none behind its end, and of items that do not exist. */
  #read(length: number): Uint8Array {
    const item = this.#standard.get(this.#selector) ?? this.#files.get(this.#selector);
    const part = item?.subarray(this.#position, this.#position + length) ?? new Uint8Array(0);
    this.#position += part.length;
    return part;
  }

  reset(): void {
    this.#select(FW_CFG_SIGNATURE);
    if (this.#dma !== undefined) this.#dma.high = 0;
  }

  save(): FwCfgState {
    return { selector: this.#selector, position: this.#position, dmaHigh: this.#dma?.high ?? 0 };
  }

  restore(state: FwCfgState): void {
    this.#selector = state.selector;
    this.#position = state.position;
    if (this.#dma !== undefined) this.#dma.high = state.dmaHigh;
  }
}

/** `size` bytes of a big-endian register of eight, as the guest, which is little-endian, reads them. */
function bigEndianPart(register: readonly number[], offset: number, size: AccessSize): number {
  let value = 0;
  for (let i = size - 1; i >= 0; i--) value = value * 256 + (register[offset + i] ?? 0);
  return value;
}
