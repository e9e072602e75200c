import { RingzeroError } from '@ringzero/processor';
import type { DeviceOptions, DeviceSlot, DeviceType } from '../bus/slot.ts';
import { Vga } from './vga.ts';

/** Options of a device of type `vga` in a machine's configuration. */
export interface VgaOptions {
  /** Bytes of video memory: a power of two from 1 MB to 64 MB; 16 MB if left out. */
  readonly memory?: number;
  /** The medium with the VGA BIOS, in memory; without one the firmware has no screen, but guests that start without firmware do. */
  readonly rom?: string;
}

const DEFAULT_MEMORY = 16 << 20;
const LEAST_MEMORY = 1 << 20;
const MOST_MEMORY = 64 << 20;
const MOST_ROM = 0x1_0000;

function memoryOf({ memory = DEFAULT_MEMORY }: DeviceOptions): number {
  if (typeof memory === 'number' && memory >= LEAST_MEMORY && memory <= MOST_MEMORY && Number.isInteger(Math.log2(memory))) return memory;
  throw new RingzeroError('device-options', `vga: memory ${JSON.stringify(memory)}: expected a power of two from ${LEAST_MEMORY} (1 MB) to ${MOST_MEMORY} (64 MB)`);
}

function romOf(slot: DeviceSlot, name: unknown): Uint8Array | undefined {
  if (name === undefined) return undefined;
  if (typeof name !== 'string') throw new RingzeroError('device-options', `vga: rom ${JSON.stringify(name)}: expected the name of a medium`);
  const medium = slot.medium(name);
  if (medium.byteLength < 1 || medium.byteLength > MOST_ROM) throw new RingzeroError('device-options', `vga: rom "${name}" of ${medium.byteLength} bytes: expected at most ${MOST_ROM}`);
  const rom = new Uint8Array(medium.byteLength);
  const pending = medium.read(0, rom);
  if (pending === undefined) return rom;
  pending.catch(() => undefined);
  throw new RingzeroError('device-options', `vga: rom "${name}" takes time to read; expected a medium in memory`);
}

/** A PCI VGA with Bochs VBE. See {@link VgaOptions}. */
export const VGA: DeviceType<Vga> = {
  type: 'vga',
  memoryBytes: memoryOf,
  create: (slot, options) => new Vga(slot, slot.allocateMemory(memoryOf(options)), romOf(slot, options['rom'])),
};
