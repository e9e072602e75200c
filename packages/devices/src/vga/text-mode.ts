import type { DeviceMemory } from '@ringzero/guest-memory';
import { createFont, GLYPH_ROWS } from './font-8x16.ts';
import type { VgaRegisters } from './registers.ts';

/** Registers of BIOS mode 3 on a VGA: 80 by 25 characters of 9 by 16 dots, 16 colours (PS/2 reference, "BIOS video modes"). */
// prettier-ignore
const MODE_3 = {
  miscellaneous: 0x67,
  sequencer: [0x03, 0x00, 0x03, 0x00, 0x02],
  crtc: [0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81, 0xbf, 0x1f, 0x00, 0x4f, 0x0d, 0x0e, 0x00, 0x00, 0x00, 0x00, 0x9c, 0x8e, 0x8f, 0x28, 0x1f, 0x96, 0xb9, 0xa3, 0xff],
  graphics: [0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x0e, 0x0f, 0xff],
  attribute: [0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x14, 0x07, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f, 0x0c, 0x00, 0x0f, 0x08, 0x00],
};

/** Memory that the legacy modes use. */
const LEGACY_BYTES = 0x4_0000;
const CELLS = 0x4000;
/** Grey blank in planes 0 and 1. */
const BLANK_CELL = 0x0720;
const CHARACTERS = 256;
/** A glyph's place in plane 2, whatever its height. */
const GLYPH_STRIDE = 32;

/** The 64 colours of an EGA: two bits a component, the lower one (2Ah of 3Fh) in bits 0–2, the upper one (15h) in bits 3–5. */
function egaPalette(): number[] {
  const component = (color: number, bit: number): number => 0x2a * ((color >> bit) & 1) + 0x15 * ((color >> (bit + 3)) & 1);
  return Array.from({ length: 64 }, (_, color) => [component(color, 2), component(color, 1), component(color, 0)]).flat();
}

/**
 * Leaves the adapter as a PC's BIOS does: in an empty 80 by 25 colour text mode with a font, so that who starts without one finds
 * a screen that works.
 */
export function enterTextMode(registers: VgaRegisters, memory: DeviceMemory): void {
  registers.load(MODE_3);
  registers.dac.load(egaPalette());
  const { bytes } = memory;
  const legacy = Math.min(LEGACY_BYTES, bytes.length);
  bytes.fill(0, 0, legacy);
  for (let cell = 0; cell < CELLS; cell++) {
    bytes[4 * cell] = BLANK_CELL & 0xff;
    bytes[4 * cell + 1] = BLANK_CELL >> 8;
  }
  const font = createFont();
  for (let character = 0; character < CHARACTERS; character++) {
    for (let row = 0; row < GLYPH_ROWS; row++) bytes[4 * (GLYPH_STRIDE * character + row) + 2] = font[GLYPH_ROWS * character + row]!;
  }
  memory.noteWrite(0, legacy);
}
