import { hex, MachineError } from '../errors.ts';
import type { BootSource } from './boot-source.ts';
import type { LoadTarget } from './target.ts';

const SMALLEST = 0x1_0000;
const LARGEST = 0x10_0000;
const FOUR_GB = 0x1_0000_0000;
const SHADOW_BYTES = 0x2_0000;

/** Option ROMs' area, up to the shadow: the chipset decodes nothing there until firmware makes it RAM. */
const OPTION_ROMS = 0xc_0000;
const BIOS_AREA = 0xe_0000;
const MOST_OPTION_ROM = 0x1_0000;

/** Maps a ROM below 4 GB, and its last 128 KB below 1 MB as the chipset does. The processor starts at its reset vector. */
export function loadBios(source: Extract<BootSource, { kind: 'bios' }>, { memory, giveFirmwareFiles }: LoadTarget): void {
  const { image, vgaBios } = source;
  const name = source.name ?? 'BIOS';
  if (image.length < SMALLEST || image.length > LARGEST || image.length % SMALLEST !== 0) {
    throw new MachineError('invalid-image', `${name}: ${image.length} bytes, expected a multiple of 64 KB from ${SMALLEST} to ${LARGEST}`);
  }
  if (vgaBios !== undefined && (vgaBios[0] !== 0x55 || vgaBios[1] !== 0xaa || vgaBios.length > MOST_OPTION_ROM)) {
    throw new MachineError('invalid-image', `VGA BIOS of ${vgaBios.length} bytes, beginning with ${hex(vgaBios[0] ?? 0)} ${hex(vgaBios[1] ?? 0)}: expected 0x55 0xaa and at most ${MOST_OPTION_ROM} bytes`);
  }
  memory.mapRom(FOUR_GB - image.length, image);
  const shadow = image.subarray(Math.max(0, image.length - SHADOW_BYTES));
  memory.mapRom(0x10_0000 - shadow.length, shadow);
  memory.setWritable(OPTION_ROMS, BIOS_AREA - OPTION_ROMS, false);
  giveFirmwareFiles?.(vgaBios);
}
