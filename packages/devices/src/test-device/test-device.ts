import type { AccessSize } from '@ringzero/processor';
import type { Device } from '../bus/device.ts';
import type { MmioSpace } from '../bus/mmio-space.ts';
import type { PortSpace } from '../bus/port-space.ts';

/** How a {@link TestDevice} is wired and set up. */
export interface TestDeviceOptions {
  /** Drives input 0–23 of the interrupt controllers. */
  readonly onLine: (line: number, level: boolean) => void;
}

/** What a save of {@link TestDevice} keeps. */
export interface TestDeviceState {
  readonly value: number;
  /** Device memory that is not zero: offset and byte. */
  readonly memory: readonly (readonly [offset: number, byte: number])[];
}

const VALUE_PORT = 0xe0;
const LINE_PORTS = 0x2000;
const LINES = 24;
const MEMORY_BASE = 0xff00_0000;
const MEMORY_BYTES = 0x1_0000;

/**
 * The device that kvm-unit-tests expects (QEMU's pc-testdev): a doubleword at ports E0h–E3h, interrupt lines that writes to
 * ports 2000h–2017h drive, and 64 KiB of device memory at FF000000h, which answers like memory but is none.
 */
export class TestDevice implements Device<TestDeviceState> {
  readonly #options: TestDeviceOptions;
  readonly #memory = new DataView(new ArrayBuffer(MEMORY_BYTES));
  #value = 0;

  constructor(options: TestDeviceOptions) {
    this.#options = options;
  }

  /** Claims its ports and addresses. */
  attach(ports: PortSpace, mmio: MmioSpace): void {
    ports.claim({ base: VALUE_PORT, count: 4, sizes: [1, 2, 4] }, {
      read: (port, size) => Math.floor(this.#value / 2 ** (8 * (port - VALUE_PORT))) % 2 ** (8 * size),
      write: (port, size, value) => {
        const shift = 8 * (port - VALUE_PORT);
        const mask = (size === 4 ? -1 : (1 << (8 * size)) - 1) << shift;
        this.#value = ((this.#value & ~mask) | ((value << shift) & mask)) >>> 0;
      },
    });
    ports.claim({ base: LINE_PORTS, count: LINES }, {
      read: () => 0xff,
      write: (port, _size, value) => this.#options.onLine(port - LINE_PORTS, value !== 0),
    });
    mmio.claim({ base: MEMORY_BASE, size: MEMORY_BYTES }, {
      read: (offset, size) => this.#read(offset, size),
      write: (offset, size, value) => this.#write(offset, size, value),
    });
  }

  #read(offset: number, size: AccessSize): number {
    return size === 4 ? this.#memory.getUint32(offset, true) : size === 2 ? this.#memory.getUint16(offset, true) : this.#memory.getUint8(offset);
  }

  #write(offset: number, size: AccessSize, value: number): void {
    if (size === 4) this.#memory.setUint32(offset, value, true);
    else if (size === 2) this.#memory.setUint16(offset, value, true);
    else this.#memory.setUint8(offset, value);
  }

  reset(): void {
    this.restore({ value: 0, memory: [] });
  }

  save(): TestDeviceState {
    const bytes = new Uint8Array(this.#memory.buffer);
    return { value: this.#value, memory: Array.from(bytes, (byte, offset) => [offset, byte] as const).filter(([, byte]) => byte !== 0) };
  }

  restore({ value, memory }: TestDeviceState): void {
    this.#value = value;
    new Uint8Array(this.#memory.buffer).fill(0);
    for (const [offset, byte] of memory) this.#memory.setUint8(offset, byte);
  }
}
