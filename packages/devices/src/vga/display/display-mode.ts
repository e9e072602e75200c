import type { BochsVbe } from '../bochs-vbe.ts';
import { verticalDisplayEnd } from '../beam.ts';
import {
  ATTRIBUTE_MODE_CONTROL,
  CLOCKING_MODE,
  GRAPHICS_MODE,
  HORIZONTAL_DISPLAY_END,
  HORIZONTAL_PANNING,
  LINE_COMPARE,
  MAXIMUM_SCAN_LINE,
  MISCELLANEOUS_GRAPHICS,
  MODE_CONTROL,
  OFFSET,
  OVERFLOW,
  PRESET_ROW_SCAN,
  START_ADDRESS_HIGH,
  START_ADDRESS_LOW,
  type VgaRegisters,
} from '../registers.ts';

/** How a row's memory becomes pixels. */
export type PixelFormat = 'planar' | 'interleaved' | 'indexed' | 'rgb555' | 'rgb565' | 'rgb888' | 'xrgb8888';

/** What the registers make of memory: all that a picture's geometry depends on, in dots of the monitor. */
export interface DisplayMode {
  readonly format: PixelFormat | 'text';
  readonly width: number;
  readonly height: number;
  /** Dots to a pixel, across. */
  readonly dotsPerPixel: number;
  /** Scan lines shown twice. */
  readonly linesPerRow: number;
  /** Scan lines of a row of addresses: of characters, or of pixels of the same memory. */
  readonly rowLines: number;
  /** Dots of a character, across. */
  readonly cellWidth: number;
  /** Byte offset of the first row, and from row to row. */
  readonly start: number;
  readonly stride: number;
  /** Offsets stay within this. */
  readonly addressMask: number;
  /** Pixels by which the picture is shifted left, and scan lines by which it is shifted up. */
  readonly panX: number;
  readonly panY: number;
  /** Behind this scan line the picture begins again, at offset 0. */
  readonly splitLine: number;
  /** The lower part is not shifted. */
  readonly isSplitFixed: boolean;
  /** CGA: the low bits of the scan line within the row take the place of these address bits, 0 for none. */
  readonly bankBit0: number;
  readonly bankBit1: number;
}

const HALF_CLOCK = 0x08;
const EIGHT_DOTS = 0x01;
const GRAPHICS = 0x01;
const SCAN_DOUBLING = 0x80;
const PAN_ONLY_ABOVE_SPLIT = 0x20;
const WORD_MODE_OFF = 0x40;
const LEGACY_MASK = 0x3_ffff;
const NO_SPLIT = 0x7fff;

const VBE_FORMATS: Readonly<Record<number, PixelFormat>> = { 4: 'planar', 8: 'indexed', 15: 'rgb555', 16: 'rgb565', 24: 'rgb888', 32: 'xrgb8888' };

/** The mode that the adapter is in. */
export function displayModeOf(registers: VgaRegisters, vbe: BochsVbe, memoryBytes: number): DisplayMode {
  return vbe.isEnabled ? vbeMode(vbe, memoryBytes) : legacyMode(registers);
}

function vbeMode(vbe: BochsVbe, memoryBytes: number): DisplayMode {
  return {
    format: VBE_FORMATS[vbe.depth] ?? 'indexed', width: vbe.width, height: vbe.height, dotsPerPixel: 1, linesPerRow: 1, rowLines: 1, cellWidth: 8,
    start: vbe.start, stride: vbe.stride, addressMask: memoryBytes - 1, panX: 0, panY: 0, splitLine: NO_SPLIT, isSplitFixed: false, bankBit0: 0, bankBit1: 0,
  };
}

function legacyMode({ crtc, sequencer, graphics, attribute }: VgaRegisters): DisplayMode {
  const clocking = sequencer[CLOCKING_MODE]!;
  const isText = (graphics[MISCELLANEOUS_GRAPHICS]! & GRAPHICS) === 0;
  const shift = (graphics[GRAPHICS_MODE]! >> 5) & 3;
  const format = isText ? 'text' : shift === 0 ? 'planar' : shift === 1 ? 'interleaved' : 'indexed';
  const cellWidth = isText && (clocking & EIGHT_DOTS) === 0 ? 9 : 8;
  const clockDots = (clocking & HALF_CLOCK) === 0 ? 1 : 2;
  const scan = crtc[MAXIMUM_SCAN_LINE]!;
  const modeControl = crtc[MODE_CONTROL]!;
  const pan = attribute[HORIZONTAL_PANNING]!;
  const bankShift = (modeControl & WORD_MODE_OFF) === 0 ? 12 : 13;
  const start = (crtc[START_ADDRESS_HIGH]! << 8) | crtc[START_ADDRESS_LOW]!;
  return {
    format,
    width: (crtc[HORIZONTAL_DISPLAY_END]! + 1) * cellWidth * clockDots,
    height: verticalDisplayEnd(crtc) + 1,
    dotsPerPixel: clockDots * (format === 'indexed' ? 2 : 1),
    linesPerRow: (scan & SCAN_DOUBLING) === 0 ? 1 : 2,
    rowLines: (scan & 0x1f) + 1,
    cellWidth,
    start: 4 * (start + ((crtc[PRESET_ROW_SCAN]! >> 5) & 3)),
    stride: 8 * crtc[OFFSET]!,
    addressMask: LEGACY_MASK,
    // Characters of 9 dots: 8 means none, 0 to 7 mean 1 to 8.
    panX: cellWidth === 9 ? (pan >= 8 ? 0 : pan + 1) : format === 'indexed' ? (pan & 7) >> 1 : pan & 7,
    panY: crtc[PRESET_ROW_SCAN]! & 0x1f,
    splitLine: crtc[LINE_COMPARE]! | ((crtc[OVERFLOW]! & 0x10) << 4) | ((scan & 0x40) << 3),
    isSplitFixed: (attribute[ATTRIBUTE_MODE_CONTROL]! & PAN_ONLY_ABOVE_SPLIT) !== 0,
    bankBit0: isText || (modeControl & 1) !== 0 ? 0 : 4 << bankShift,
    bankBit1: isText || (modeControl & 2) !== 0 ? 0 : 8 << bankShift,
  };
}

/** Whether two modes are the same in every respect, or in all but where the picture starts. */
export function isSameMode(a: DisplayMode, b: DisplayMode): boolean {
  return (Object.keys(a) as (keyof DisplayMode)[]).every((key) => a[key] === b[key]);
}

/** What is on one scan line. */
export interface Line {
  /** Byte offset of the row. */
  readonly address: number;
  /** The line within the row. */
  readonly rowLine: number;
  readonly panX: number;
}

/** What scan line `y` shows. */
export function lineAt(mode: DisplayMode, y: number): Line {
  const isBelow = y > mode.splitLine;
  const line = isBelow ? Math.floor((y - mode.splitLine - 1) / mode.linesPerRow) : Math.floor(y / mode.linesPerRow) + mode.panY;
  const rowLine = line % mode.rowLines;
  let address = (isBelow ? 0 : mode.start) + Math.floor(line / mode.rowLines) * mode.stride;
  if (mode.bankBit0 !== 0) address = (address & ~mode.bankBit0) | ((rowLine & 1) * mode.bankBit0);
  if (mode.bankBit1 !== 0) address = (address & ~mode.bankBit1) | (((rowLine >> 1) & 1) * mode.bankBit1);
  return { address: address & mode.addressMask, rowLine, panX: isBelow && mode.isSplitFixed ? 0 : mode.panX };
}
