import type { DeviceMemory } from '@ringzero/guest-memory';
import type { AccessSize } from '@ringzero/processor';
import type { Device } from '../bus/device.ts';
import type { MmioHandler } from '../bus/mmio-space.ts';
import type { DeviceSlot } from '../bus/slot.ts';
import { PciEndpoint } from '../pci/pci-endpoint.ts';
import { inputStatusAt } from './beam.ts';
import { BochsVbe, type BochsVbeState } from './bochs-vbe.ts';
import { byBytes, byWords } from './access-width.ts';
import { Display } from './display/display.ts';
import { Planes } from './planes.ts';
import { GRAPHICS_MODE, MAP_MASK, MEMORY_MODE, MISCELLANEOUS_GRAPHICS, VgaRegisters, type VgaRegistersState } from './registers.ts';
import { enterTextMode } from './text-mode.ts';

export interface VgaState {
  readonly registers: VgaRegistersState;
  readonly vbe: BochsVbeState;
  readonly latch: number;
}

const LEGACY_BASE = 0xa_0000;
const LEGACY_BYTES = 0x2_0000;
const VBE_INDEX_PORT = 0x1ce;
/** Index, data, and data once more at an even port. */
const VBE_PORTS = 4;
const FIRST_PORT = 0x3c0;
const REGISTER_BYTES = 0x1000;
const REGISTERS_VGA = 0x400;
const REGISTERS_VBE = 0x500;
const COMMAND = 4;
const COMMAND_IO_AND_MEMORY = 3;

const CHAIN_4_AND_ALL_MEMORY = 0x0e;
const PLANAR_AND_ALL_MEMORY = 0x06;
const GRAPHICS_AT_A0000 = 0x05;
const SHIFT_256_COLORS = 0x40;

/**
 * A VGA with the Bochs VBE extension, on PCI, as QEMU's standard VGA is (QEMU, "Standard VGA"): linear memory in BAR 0, registers in
 * BAR 2. It always decodes the legacy ports and A0000h–BFFFFh. After reset it is in a text mode with a font, as a BIOS leaves it.
 */
export class Vga implements Device<VgaState> {
  /** The screen, for the host. */
  readonly display: Display;
  readonly #memory: DeviceMemory;
  readonly #registers: VgaRegisters;
  readonly #planes: Planes;
  readonly #vbe: BochsVbe;
  /** What the processors have mapped at A0000h–BFFFFh. */
  #window: { readonly key: string; unmap(): void } | undefined;

  /** `memory` is video memory, `rom` the VGA BIOS. */
  constructor(slot: DeviceSlot, memory: DeviceMemory, rom?: Uint8Array) {
    const { clock, ports, mmio } = slot;
    this.#memory = memory;
    const registers: VgaRegisters = new VgaRegisters(() => inputStatusAt(registers, clock.now()));
    this.#registers = registers;
    this.#planes = new Planes(registers, memory);
    this.#vbe = new BochsVbe({
      memoryBytes: memory.bytes.length,
      onMode: (clear) => this.#enterVbeMode(clear),
      onBank: (offset) => void (this.#planes.bankOffset = offset),
      onEightBitDac: (enabled) => void (registers.dac.isEightBit = enabled),
    });
    this.display = new Display({ registers, vbe: this.#vbe, memory, clock });
    const legacy = {
      read: (port: number): number => registers.read(port),
      write: (port: number, _size: AccessSize, value: number): void => this.#writePort(port, value),
    };
    for (const [base, count] of [[0x3b4, 2], [0x3ba, 1], [FIRST_PORT, 16], [0x3d4, 2], [0x3da, 1]] as const) ports.claim({ base, count }, legacy);
    ports.claim({ base: VBE_INDEX_PORT, count: VBE_PORTS, sizes: [2] }, {
      read: (port) => (port === VBE_INDEX_PORT ? this.#vbe.index : this.#vbe.read(this.#vbe.index)),
      write: (port, _size, value) => (port === VBE_INDEX_PORT ? void (this.#vbe.index = value) : this.#writeVbe(this.#vbe.index, value)),
    });
    mmio.claim({ base: LEGACY_BASE, size: LEGACY_BYTES }, byBytes({ read: (offset) => this.#planes.read(offset), write: (offset, value) => this.#planes.write(offset, value) }));
    const endpoint = new PciEndpoint({ ports, mmio }, {
      vendor: 0x1234, device: 0x1111, revision: 2, classCode: 0x03_0000, subsystemVendor: 0x1af4, subsystem: 0x1100,
      bases: { 0: { kind: 'mapped', size: memory.bytes.length, memory }, 2: { kind: 'memory', size: REGISTER_BYTES, handler: this.#registerPage() } },
      ...(rom === undefined ? {} : { rom }),
    });
    // The legacy addresses are decoded from the start: operating systems look here for whose they are.
    endpoint.initialize(COMMAND, 2, COMMAND_IO_AND_MEMORY);
    slot.pci.add(endpoint);
    this.reset();
  }

  reset(): void {
    this.#vbe.reset();
    this.#planes.latch = this.#planes.bankOffset = 0;
    enterTextMode(this.#registers, this.#memory);
    this.#mapWindow();
    this.display.invalidate();
  }

  save(): VgaState {
    return { registers: this.#registers.save(), vbe: this.#vbe.save(), latch: this.#planes.latch };
  }

  /** Video memory is restored by who owns it. */
  restore(state: VgaState): void {
    this.#registers.restore(state.registers);
    this.#vbe.restore(state.vbe);
    this.#planes.latch = state.latch | 0;
    this.#planes.bankOffset = this.#vbe.bankOffset;
    this.#mapWindow();
    this.display.invalidate();
  }

  #writePort(port: number, value: number): void {
    this.#registers.write(port, value);
    this.#mapWindow();
  }

  #writeVbe(index: number, value: number): void {
    this.#vbe.write(index, value);
    this.#mapWindow();
  }

  /** The registers that software which knows VBE alone leaves to the adapter: how the window at A0000h is laid out. */
  #enterVbeMode(clear: number): void {
    if (clear > 0) {
      this.#memory.bytes.fill(0, 0, clear);
      this.#memory.noteWrite(0, clear);
    }
    if (!this.#vbe.isEnabled) return;
    const { sequencer, graphics } = this.#registers;
    const isPlanar = this.#vbe.depth === 4;
    graphics[MISCELLANEOUS_GRAPHICS] = GRAPHICS_AT_A0000;
    graphics[GRAPHICS_MODE] = (graphics[GRAPHICS_MODE]! & 0x0b) | (isPlanar ? 0 : SHIFT_256_COLORS);
    sequencer[MEMORY_MODE] = isPlanar ? PLANAR_AND_ALL_MEMORY : CHAIN_4_AND_ALL_MEMORY;
    sequencer[MAP_MASK] = 0x0f;
  }

  /** BAR 2: the ports from 3C0h on at 400h, the VBE registers at 500h. There is no EDID. */
  #registerPage(): MmioHandler {
    const bytes = byBytes({
      read: (offset) => this.#registers.read(FIRST_PORT + offset - REGISTERS_VGA),
      write: (offset, value) => this.#writePort(FIRST_PORT + offset - REGISTERS_VGA, value),
    });
    const words = byWords({
      read: (offset) => this.#vbe.read((offset - REGISTERS_VBE) >> 1),
      write: (offset, value) => this.#writeVbe((offset - REGISTERS_VBE) >> 1, value),
    });
    const none: MmioHandler = { read: () => 0, write: () => undefined };
    const at = (offset: number): MmioHandler =>
      offset >= REGISTERS_VGA && offset < REGISTERS_VGA + 0x20 ? bytes : offset >= REGISTERS_VBE && offset < REGISTERS_VBE + 0x16 ? words : none;
    return { read: (offset, size) => at(offset).read(offset, size), write: (offset, size, value) => at(offset).write(offset, size, value) };
  }

  /** Lets processors reach the window directly while they would find the same there. */
  #mapWindow(): void {
    const window = this.#planes.linearWindow;
    const key = window === undefined ? '' : `${window.start} ${window.length} ${window.offset}`;
    if (key === (this.#window?.key ?? '')) return;
    this.#window?.unmap();
    const unmap = window === undefined ? undefined : this.#memory.mapWindow(LEGACY_BASE + window.start, window.offset, window.length);
    this.#window = unmap === undefined ? undefined : { key, unmap };
  }
}
