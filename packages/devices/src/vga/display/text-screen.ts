import {
  ATTRIBUTE_MODE_CONTROL,
  CHARACTER_MAP_SELECT,
  COLOR_PLANE_ENABLE,
  CURSOR_END,
  CURSOR_LOCATION_HIGH,
  CURSOR_LOCATION_LOW,
  CURSOR_START,
  UNDERLINE_LOCATION,
  type VgaRegisters,
} from '../registers.ts';
import { characterOf } from './code-page-437.ts';
import { lineAt, type DisplayMode } from './display-mode.ts';

const CURSOR_OFF = 0x20;

/** Where the cursor is, as a byte offset of its cell, and its first and last scan line; undefined while it is off. */
export interface TextCursor {
  readonly address: number;
  readonly first: number;
  readonly last: number;
}

export function textCursorOf({ crtc }: VgaRegisters): TextCursor | undefined {
  const first = crtc[CURSOR_START]! & 0x1f;
  const last = crtc[CURSOR_END]! & 0x1f;
  if ((crtc[CURSOR_START]! & CURSOR_OFF) !== 0 || first > last) return undefined;
  return { address: 4 * ((crtc[CURSOR_LOCATION_HIGH]! << 8) | crtc[CURSOR_LOCATION_LOW]!), first, last };
}

/** Byte offsets in memory of the two fonts' first rows: of characters with attribute bit 3 clear, and set. */
export function fontsOf({ sequencer }: VgaRegisters): readonly [number, number] {
  const select = sequencer[CHARACTER_MAP_SELECT]!;
  const offset = (low: number, high: number): number => 4 * (low * 0x4000 + high * 0x2000) + 2;
  return [offset(select & 3, (select >> 4) & 1), offset((select >> 2) & 3, (select >> 5) & 1)];
}

/** How attributes are read. */
export interface TextStyle {
  /** Attribute bit 7 blinks; else it is the background's. */
  readonly blinks: boolean;
  /** Line characters (C0h–DFh) go on into the ninth dot. */
  readonly hasLineGraphics: boolean;
  readonly underlineLine: number;
  readonly planes: number;
}

export function textStyleOf({ attribute, crtc }: VgaRegisters): TextStyle {
  const control = attribute[ATTRIBUTE_MODE_CONTROL]!;
  return { blinks: (control & 8) !== 0, hasLineGraphics: (control & 4) !== 0, underlineLine: crtc[UNDERLINE_LOCATION]! & 0x1f, planes: attribute[COLOR_PLANE_ENABLE]! & 15 };
}

/** Columns and rows that are wholly or partly visible. */
export function textSize(mode: DisplayMode): { readonly columns: number; readonly rows: number } {
  return {
    columns: Math.ceil(mode.width / (mode.cellWidth * mode.dotsPerPixel)),
    rows: Math.ceil(mode.height / (mode.rowLines * mode.linesPerRow)),
  };
}

/** The text on the screen, a string for each row, without the blanks at its end. */
export function textLines(mode: DisplayMode, bytes: Uint8Array): string[] {
  const { columns, rows } = textSize(mode);
  return Array.from({ length: rows }, (_, row) => {
    const { address } = lineAt(mode, row * mode.rowLines * mode.linesPerRow);
    let text = '';
    for (let column = 0; column < columns; column++) text += characterOf(bytes[(address + 4 * column) & mode.addressMask]!);
    return text.trimEnd();
  });
}
