import { MachineError } from '../errors.ts';
import type { BootSource } from './boot-source.ts';
import type { LoadTarget } from './target.ts';

const SMALLEST = 0x1_0000;
const LARGEST = 0x10_0000;
const FOUR_GB = 0x1_0000_0000;
const SHADOW_BYTES = 0x2_0000;

/** Maps a ROM below 4 GB, and its last 128 KB below 1 MB as the chipset does. The processor starts at its reset vector. */
export function loadBios(source: Extract<BootSource, { kind: 'bios' }>, { memory }: LoadTarget): void {
  const { image } = source;
  const name = source.name ?? 'BIOS';
  if (image.length < SMALLEST || image.length > LARGEST || image.length % SMALLEST !== 0) {
    throw new MachineError('invalid-image', `${name}: ${image.length} bytes, expected a multiple of 64 KB from ${SMALLEST} to ${LARGEST}`);
  }
  memory.mapRom(FOUR_GB - image.length, image);
  const shadow = image.subarray(Math.max(0, image.length - SHADOW_BYTES));
  memory.mapRom(0x10_0000 - shadow.length, shadow);
}
