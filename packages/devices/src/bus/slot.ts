import type { DeviceMemory } from '@ringzero/guest-memory';
import type { VmClock } from '@ringzero/processor';
import type { BlockBackend } from '../block/block-backend.ts';
import type { PciSlots } from '../pci/pci-slots.ts';
import type { Device } from './device.ts';
import type { IrqLine } from './irq.ts';
import type { MmioSpace } from './mmio-space.ts';
import type { PortSpace } from './port-space.ts';
import type { Transfers } from './transfers.ts';

/** Guest physical memory as bus masters reach it. Where there is none, reads give FFh and writes are lost. */
export interface BusMemory {
  /** A copy of `length` bytes. */
  readBytes(physical: number, length: number): Uint8Array;
  /** Writes bytes. */
  writeBytes(physical: number, bytes: Uint8Array): void;
}

/** All that a machine offers a device that its configuration names. */
export interface DeviceSlot {
  readonly clock: VmClock;
  readonly ports: PortSpace;
  readonly mmio: MmioSpace;
  /** Guest memory, for bus masters. */
  readonly memory: BusMemory;
  readonly pci: PciSlots;
  readonly transfers: Transfers;
  /** A new source on ISA interrupt line 0–15 (not 2). */
  irq(line: number): IrqLine;
  /** Memory that processors reach like RAM. Not part of the device's saved state: the machine saves it. */
  allocateMemory(bytes: number): DeviceMemory;
  /**
   * The medium that the machine's surroundings provide under this name.
   * @throws RingzeroError `unknown-medium`.
   */
  medium(name: string): BlockBackend;
  /** Tells the host something in one line: a failing disk, say. */
  log(message: string): void;
}

/** A kind of device that configurations can name. */
export interface DeviceType<D extends Device<unknown> = Device<unknown>> {
  /** What a configuration calls it: lower case with hyphens. */
  readonly type: string;
  /** The device memory that {@link create} will allocate, in bytes; none if left out. */
  memoryBytes?(options: DeviceOptions): number;
  /**
   * Makes one and claims its ports, addresses and place on the bus.
   * @throws RingzeroError naming the option, its value and what was expected.
   */
  create(slot: DeviceSlot, options: DeviceOptions): D;
}

/** A device's options in a machine's configuration: what survives JSON. */
export type DeviceOptions = Readonly<Record<string, unknown>>;
