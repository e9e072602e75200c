import type { AccessSize } from '@ringzero/processor';
import type { BusMemory } from '../bus/slot.ts';

/** What the address register reads as: "QEMU CFG". */
export const DMA_SIGNATURE: readonly number[] = Array.from('QEMU CFG', (letter) => letter.charCodeAt(0));

/** The items, as the DMA interface uses them. */
export interface FwCfgStream {
  select(selector: number): void;
  /** The next bytes, `length` at most; fewer at the end of an item. */
  read(length: number): Uint8Array;
}

const CONTROL_ERROR = 1;
const CONTROL_READ = 2;
const CONTROL_SKIP = 4;
const CONTROL_SELECT = 8;
const CONTROL_WRITE = 16;
/** Structure in guest memory: control, length and address, big-endian. */
const REQUEST_BYTES = 16;
/** A guest's request is worked off at once, so its length has a limit. No file is as long. */
const MOST_BYTES = 0x10_0000;
const FOUR_GB = 0x1_0000_0000;

function swapped(value: number): number {
  return (((value & 0xff) << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0;
}

/** The DMA interface of the firmware configuration device: a write to its address register starts a request. */
export class FwCfgDma {
  /** Upper half of the address register. */
  high = 0;
  readonly #memory: BusMemory;
  readonly #items: FwCfgStream;

  constructor(memory: BusMemory, items: FwCfgStream) {
    this.#memory = memory;
    this.#items = items;
  }

  /** The register is big-endian and written in halves; the lower one, which comes last, starts the request. */
  write(offset: number, size: AccessSize, value: number): void {
    if (size !== 4) return;
    if (offset === 0) this.high = swapped(value);
    if (offset !== 4) return;
    const address = this.high * FOUR_GB + swapped(value);
    this.high = 0;
    if (address + REQUEST_BYTES <= FOUR_GB) this.#run(address);
  }

  #run(request: number): void {
    const bytes = this.#memory.readBytes(request, REQUEST_BYTES);
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const control = view.getUint32(0);
    const length = view.getUint32(4);
    const address = view.getUint32(8) * FOUR_GB + view.getUint32(12);
    const result = new DataView(new ArrayBuffer(4));
    if ((control & CONTROL_SELECT) !== 0) this.#items.select(control >>> 16);
    if (!this.#transfer(control, length, address)) result.setUint32(0, CONTROL_ERROR);
    this.#memory.writeBytes(request, new Uint8Array(result.buffer));
  }

  /** False for what is not offered. */
  #transfer(control: number, length: number, address: number): boolean {
    const isRead = (control & CONTROL_READ) !== 0;
    if (!isRead && (control & CONTROL_WRITE) !== 0) return false;
    if (!isRead && (control & CONTROL_SKIP) === 0) return true;
    if (length > MOST_BYTES || (isRead && address + length > FOUR_GB)) return false;
    const content = this.#items.read(length);
    if (!isRead) return true;
    // Behind an item's end zeros are read.
    const padded = content.length === length ? content : new Uint8Array(length);
    if (padded !== content) padded.set(content);
    this.#memory.writeBytes(address, padded);
    return true;
  }
}
