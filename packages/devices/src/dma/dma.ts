import type { AccessSize } from '@ringzero/processor';
import type { Device } from '../bus/device.ts';
import type { PortSpace } from '../bus/port-space.ts';

interface ControllerState {
  /** Base and current address and count of the four channels. */
  readonly baseAddress: readonly number[];
  readonly address: readonly number[];
  readonly baseCount: readonly number[];
  readonly count: readonly number[];
  readonly mode: readonly number[];
  readonly command: number;
  readonly request: number;
  readonly mask: number;
  readonly highByte: boolean;
}

/** What a save of {@link Dma} keeps. */
export interface DmaState {
  readonly controllers: readonly ControllerState[];
  readonly pages: readonly number[];
}

const ALL_MASKED = 0x0f;

/** The register file of one Intel 8237A (data sheet 231466). */
class DmaController {
  readonly #baseAddress = new Uint16Array(4);
  readonly #address = new Uint16Array(4);
  readonly #baseCount = new Uint16Array(4);
  readonly #count = new Uint16Array(4);
  readonly #mode = new Uint8Array(4);
  #command = 0;
  #request = 0;
  #mask = ALL_MASKED;
  #highByte = false;

  read(register: number): number {
    if (register < 8) {
      const value = ((register & 1) === 0 ? this.#address : this.#count)[register >> 1]!;
      const high = this.#highByte;
      this.#highByte = !high;
      return high ? value >> 8 : value & 0xff;
    }
    // Status: software requests in the high nibble, no terminal count. The mask can be read back on PC chipsets.
    if (register === 8) return this.#request << 4;
    return register === 15 ? this.#mask | 0xf0 : 0;
  }

  write(register: number, value: number): void {
    const channel = value & 3;
    switch (register) {
      case 8:
        this.#command = value;
        return;
      case 9:
        this.#request = (value & 4) !== 0 ? this.#request | (1 << channel) : this.#request & ~(1 << channel);
        return;
      case 10:
        this.#mask = (value & 4) !== 0 ? this.#mask | (1 << channel) : this.#mask & ~(1 << channel);
        return;
      case 11:
        this.#mode[channel] = value & 0xfc;
        return;
      case 12:
        this.#highByte = false;
        return;
      case 13:
        this.reset();
        return;
      case 14:
        this.#mask = 0;
        return;
      case 15:
        this.#mask = value & ALL_MASKED;
        return;
      default: {
        const index = register >> 1;
        const base = (register & 1) === 0 ? this.#baseAddress : this.#baseCount;
        base[index] = this.#highByte ? (base[index]! & 0x00ff) | (value << 8) : (base[index]! & 0xff00) | value;
        ((register & 1) === 0 ? this.#address : this.#count)[index] = base[index]!;
        this.#highByte = !this.#highByte;
      }
    }
  }

  reset(): void {
    this.#command = 0;
    this.#request = 0;
    this.#mask = ALL_MASKED;
    this.#highByte = false;
  }

  save(): ControllerState {
    return {
      baseAddress: [...this.#baseAddress], address: [...this.#address], baseCount: [...this.#baseCount], count: [...this.#count],
      mode: [...this.#mode], command: this.#command, request: this.#request, mask: this.#mask, highByte: this.#highByte,
    };
  }

  restore(state: ControllerState): void {
    this.#baseAddress.set(state.baseAddress);
    this.#address.set(state.address);
    this.#baseCount.set(state.baseCount);
    this.#count.set(state.count);
    this.#mode.set(state.mode);
    this.#command = state.command;
    this.#request = state.request;
    this.#mask = state.mask;
    this.#highByte = state.highByte;
  }
}

/** How a {@link Dma} is wired and set up. */
export interface DmaOptions {
  /** First ports of the 8-bit and 16-bit controllers, and port 0 of the page registers. */
  readonly ports?: { readonly low: number; readonly high: number; readonly pages: number };
}

/**
 * The PC's two 8237A DMA controllers and their page registers, as a register file: firmware and operating systems find and program
 * them; no device here asks for a transfer. The page register block leaves out its first port, the POST port.
 */
export class Dma implements Device<DmaState> {
  readonly #ports: { readonly low: number; readonly high: number; readonly pages: number };
  readonly #low = new DmaController();
  readonly #high = new DmaController();
  readonly #pages = new Uint8Array(16);

  constructor(options: DmaOptions = {}) {
    this.#ports = options.ports ?? { low: 0x00, high: 0xc0, pages: 0x80 };
  }

  /** Claims its ports. */
  attach(space: PortSpace): void {
    const { low, high, pages } = this.#ports;
    space.claim({ base: low, count: 16 }, {
      read: (port) => this.#low.read(port - low),
      write: (port: number, _size: AccessSize, value: number) => this.#low.write(port - low, value),
    });
    // The 16-bit controller decodes every other port.
    space.claim({ base: high, count: 32 }, {
      read: (port) => this.#high.read((port - high) >> 1),
      write: (port: number, _size: AccessSize, value: number) => this.#high.write((port - high) >> 1, value),
    });
    space.claim({ base: pages + 1, count: 15 }, {
      read: (port) => this.#pages[port - pages]!,
      write: (port: number, _size: AccessSize, value: number) => void (this.#pages[port - pages] = value),
    });
  }

  reset(): void {
    this.#low.reset();
    this.#high.reset();
  }

  save(): DmaState {
    return { controllers: [this.#low.save(), this.#high.save()], pages: [...this.#pages] };
  }

  restore(state: DmaState): void {
    const [low, high] = state.controllers;
    if (low !== undefined) this.#low.restore(low);
    if (high !== undefined) this.#high.restore(high);
    this.#pages.set(state.pages);
  }
}
