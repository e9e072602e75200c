import type { AccessSize } from '@ringzero/processor';
import type { Device } from '../bus/device.ts';
import type { MmioHandler, MmioSpace } from '../bus/mmio-space.ts';

/** The message an interrupt becomes: a doubleword written to a local APIC's address (SDM vol. 3A §11.11). */
export interface InterruptMessage {
  readonly address: number;
  readonly data: number;
}

/** How a {@link IoApic} is wired and set up. */
export interface IoApicOptions {
  /** Guest physical address of the 4 KiB of registers; FEC00000h if left out. */
  readonly base?: number;
  /** The APIC ID after reset. */
  readonly id?: number;
  /** False: the interrupt merged with the same one, which no processor has taken yet. */
  readonly deliver: (message: InterruptMessage) => boolean | void;
}

/** What a save of {@link IoApic} keeps. */
export interface IoApicState {
  readonly id: number;
  readonly select: number;
  readonly lines: number;
  /** Low and high doublewords of the redirection entries. */
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** Interrupt inputs. */
export const IO_APIC_PINS = 24;
/** Version 20h has the EOI register; 24 entries. */
const VERSION = 0x20 | ((IO_APIC_PINS - 1) << 16);
const MSI_BASE = 0xfee00000;

const ENTRY_LOGICAL = 1 << 11;
const ENTRY_REMOTE_IRR = 1 << 14;
const ENTRY_LEVEL = 1 << 15;
const ENTRY_MASKED = 1 << 16;
/** Vector, delivery mode, destination mode, polarity, trigger mode, mask: the rest is read-only. */
const ENTRY_WRITABLE = 0x1afff;

/** Delivery modes 0 and 1, fixed and lowest priority, alone can be level-triggered: SMI, NMI, INIT and ExtINT are edges whatever bit 15 says. */
const ENTRY_EDGE_MODES = 0x600;

function isLevel(entry: number): boolean {
  return (entry & ENTRY_LEVEL) !== 0 && (entry & ENTRY_EDGE_MODES) === 0;
}

const SELECT = 0x00;
const WINDOW = 0x10;
const EOI = 0x40;

/**
 * Intel 82093AA I/O APIC with 24 pins, plus the EOI register of its successors. Pins are driven by "asserted or not", so
 * the polarity bits are kept but change nothing.
 */
export class IoApic implements Device<IoApicState>, MmioHandler {
  readonly #options: IoApicOptions;
  readonly #low = new Uint32Array(IO_APIC_PINS);
  readonly #high = new Uint32Array(IO_APIC_PINS);
  #id: number;
  #select = 0;
  #lines = 0;

  constructor(options: IoApicOptions) {
    this.#options = options;
    this.#id = options.id ?? 0;
    this.#low.fill(ENTRY_MASKED);
  }

  /** Claims its addresses. */
  attach(space: MmioSpace): void {
    space.claim({ base: this.#options.base ?? 0xfec00000, size: 0x1000 }, this);
  }

  /** Drives pin 0–23. A masked pin loses edges, but not levels. False: the edge merged with one that no processor has taken yet. */
  setPin(pin: number, level: boolean): boolean | void {
    const bit = 1 << pin;
    if (((this.#lines & bit) !== 0) === level) return;
    if (!level) {
      this.#lines &= ~bit;
      return;
    }
    this.#lines |= bit;
    const entry = this.#low[pin]!;
    if (isLevel(entry)) this.#serviceLevel(pin);
    else if ((entry & ENTRY_MASKED) === 0) return this.#send(pin);
  }

  /** A local APIC ended `vector`: level-triggered pins with that vector that are still asserted send it again. */
  handleEoi(vector: number): void {
    for (let pin = 0; pin < IO_APIC_PINS; pin++) {
      const entry = this.#low[pin]!;
      if ((entry & 0xff) !== vector || !isLevel(entry)) continue;
      this.#low[pin] = entry & ~ENTRY_REMOTE_IRR;
      this.#serviceLevel(pin);
    }
  }

  /** Reads a register of its page. */
  read(offset: number, size: AccessSize): number {
    const value = this.#readRegister(offset & ~3);
    return size === 4 ? value : (value >>> ((offset & 3) * 8)) & (size === 2 ? 0xffff : 0xff);
  }

  /** Writes a register of its page. */
  write(offset: number, size: AccessSize, value: number): void {
    if (offset === SELECT) this.#select = value & 0xff;
    else if (offset === WINDOW && size === 4) this.#writeSelected(value);
    else if (offset === EOI) this.handleEoi(value & 0xff);
  }

  reset(): void {
    this.#id = this.#options.id ?? 0;
    this.#select = 0;
    this.#low.fill(ENTRY_MASKED);
    this.#high.fill(0);
  }

  save(): IoApicState {
    return { id: this.#id, select: this.#select, lines: this.#lines, low: [...this.#low], high: [...this.#high] };
  }

  /** Sends nothing: what was sent is in the local APICs' state. */
  restore(state: IoApicState): void {
    this.#id = state.id;
    this.#select = state.select;
    this.#lines = state.lines;
    this.#low.set(state.low);
    this.#high.set(state.high);
  }

  #readRegister(offset: number): number {
    if (offset === SELECT) return this.#select;
    if (offset !== WINDOW) return 0;
    const index = this.#select;
    if (index === 0 || index === 2) return (this.#id << 24) >>> 0;
    if (index === 1) return VERSION;
    const pin = (index - 0x10) >> 1;
    if (index < 0x10 || pin >= IO_APIC_PINS) return 0;
    return ((index & 1) === 0 ? this.#low : this.#high)[pin]!;
  }

  #writeSelected(value: number): void {
    const index = this.#select;
    if (index === 0) {
      this.#id = (value >>> 24) & 0x0f;
      return;
    }
    const pin = (index - 0x10) >> 1;
    if (index < 0x10 || pin >= IO_APIC_PINS) return;
    if ((index & 1) === 1) {
      this.#high[pin] = value & 0xff000000;
      return;
    }
    let entry = (this.#low[pin]! & ~ENTRY_WRITABLE) | (value & ENTRY_WRITABLE);
    // An edge-triggered entry has no remote IRR; older kernels clear it by switching to edge and back.
    if (!isLevel(entry)) entry &= ~ENTRY_REMOTE_IRR;
    this.#low[pin] = entry;
    this.#serviceLevel(pin);
  }

  #serviceLevel(pin: number): void {
    const entry = this.#low[pin]!;
    if ((this.#lines & (1 << pin)) === 0 || !isLevel(entry) || (entry & (ENTRY_MASKED | ENTRY_REMOTE_IRR)) !== 0) return;
    this.#low[pin] = entry | ENTRY_REMOTE_IRR;
    this.#send(pin);
  }

  #send(pin: number): boolean | void {
    const entry = this.#low[pin]!;
    const logical = (entry & ENTRY_LOGICAL) !== 0 ? 4 : 0;
    const level = isLevel(entry) ? 0xc000 : 0;
    return this.#options.deliver({
      address: (MSI_BASE | ((this.#high[pin]! >>> 24) << 12) | logical) >>> 0,
      data: (entry & 0x7ff) | level,
    });
  }
}
