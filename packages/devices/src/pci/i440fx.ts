import { ConfigurationSpace } from './configuration-space.ts';
import type { PciFunction } from './pci-bus.ts';

/** How one piece of the legacy area between C0000h and FFFFFh decodes. */
export interface ShadowRange {
  /** First address. */
  readonly start: number;
  /** Address behind the last. */
  readonly end: number;
  /** Reads go to RAM; else to the ROM behind it. */
  readonly readRam: boolean;
  /** Writes go to RAM; else they are lost. */
  readonly writeRam: boolean;
}

/** How a {@link I440Fx} is wired and set up. */
export interface I440FxOptions {
  /** Called for each piece whose attributes changed. */
  readonly onShadowChange?: (range: ShadowRange) => void;
}

const PAM0 = 0x59;
const PAM6 = 0x5f;
const SMRAM = 0x72;
const READ_ENABLE = 1;
const WRITE_ENABLE = 2;

/** Intel 82441FX host bridge (data sheet 290549), device 0: identity and the programmable attribute map (PAM) of shadow RAM. */
export class I440Fx extends ConfigurationSpace implements PciFunction {
  constructor(options: I440FxOptions = {}) {
    super({ vendor: 0x8086, device: 0x1237, revision: 2, classCode: 0x060000 }, (offset, before, value) => {
      if (offset < PAM0 || offset > PAM6) return;
      for (const shift of [0, 4]) {
        const attributes = (value >> shift) & 3;
        const range = pieceAt(offset, shift);
        if (range === undefined || attributes === ((before >> shift) & 3)) continue;
        options.onShadowChange?.({ ...range, readRam: (attributes & READ_ENABLE) !== 0, writeRam: (attributes & WRITE_ENABLE) !== 0 });
      }
    });
    this.initialize(0x04, 2, 0x0006);
    this.initialize(0x06, 2, 0x0280);
    // By this subsystem firmware recognizes a virtual machine, and asks the firmware configuration device.
    this.initialize(0x2c, 2, 0x1af4);
    this.initialize(0x2e, 2, 0x1100);
    this.allow(PAM0, 1, 0x30);
    for (let offset = PAM0 + 1; offset <= PAM6; offset++) this.allow(offset, 1, 0x33);
    this.initialize(SMRAM, 1, 0x02);
    this.allow(SMRAM, 1, 0x78);
    // DRAM row boundaries and timing: kept for firmware that programs them.
    this.allow(0x50, 2, 0xffff);
    this.allow(0x57, 1, 0xff);
    for (let offset = 0x60; offset <= 0x67; offset++) this.allow(offset, 1, 0xff);
  }

  /** The attributes of all thirteen pieces as they are now. */
  shadowRanges(): ShadowRange[] {
    const ranges: ShadowRange[] = [];
    for (let offset = PAM0; offset <= PAM6; offset++) {
      for (const shift of [0, 4]) {
        const range = pieceAt(offset, shift);
        const attributes = this.read(offset, 1) >> shift;
        if (range === undefined) continue;
        ranges.push({ ...range, readRam: (attributes & READ_ENABLE) !== 0, writeRam: (attributes & WRITE_ENABLE) !== 0 });
      }
    }
    return ranges;
  }
}

/** The piece that a nibble of a PAM register governs: F0000h–FFFFFh, and below it 16 KiB each from C0000h. */
function pieceAt(offset: number, shift: number): { start: number; end: number } | undefined {
  if (offset === PAM0) return shift === 0 ? undefined : { start: 0xf0000, end: 0x100000 };
  const start = 0xc0000 + (offset - PAM0 - 1) * 0x8000 + (shift === 0 ? 0 : 0x4000);
  return { start, end: start + 0x4000 };
}
