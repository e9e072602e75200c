import { ATTRIBUTE_MODE_CONTROL, COLOR_SELECT, type VgaRegisters } from '../registers.ts';

const COLORS = 256;
const OPAQUE = 0xff00_0000;
const COLOR_SELECT_4_5 = 0x80;

/** A pixel as `ImageData` has it in a little-endian word. */
export function pixelOf(red: number, green: number, blue: number): number {
  return (OPAQUE | (blue << 16) | (green << 8) | red) >>> 0;
}

/** The colours of the DAC as pixels, by what pixel values select: 256 of the DAC itself, and 16 through the palette. */
export class Colors {
  /** By a byte of a 256-colour mode. */
  readonly direct: Uint32Array = new Uint32Array(COLORS);
  /** By the four bits of the other modes. */
  readonly palette: Uint32Array = new Uint32Array(16);

  /** Reads the registers; whether any colour changed. */
  update(registers: VgaRegisters): boolean {
    const { dac, attribute } = registers;
    const bits = dac.isEightBit ? 8 : 6;
    let isChanged = false;
    for (let i = 0; i < COLORS; i++) {
      const at = 3 * (i & dac.mask);
      const pixel = pixelOf(expand(dac.colors[at]!, bits), expand(dac.colors[at + 1]!, bits), expand(dac.colors[at + 2]!, bits));
      if (this.direct[i] === pixel) continue;
      this.direct[i] = pixel;
      isChanged = true;
    }
    const select = attribute[COLOR_SELECT]!;
    const hasFixedBits = (attribute[ATTRIBUTE_MODE_CONTROL]! & COLOR_SELECT_4_5) !== 0;
    for (let i = 0; i < 16; i++) {
      const low = hasFixedBits ? (attribute[i]! & 0x0f) | ((select & 3) << 4) : attribute[i]! & 0x3f;
      const pixel = this.direct[low | ((select & 0x0c) << 4)]!;
      if (this.palette[i] === pixel) continue;
      this.palette[i] = pixel;
      isChanged = true;
    }
    return isChanged;
  }
}

/** A component as eight bits. */
function expand(component: number, bits: number): number {
  return bits === 8 ? component : ((component & 0x3f) << 2) | ((component & 0x3f) >> 4);
}
