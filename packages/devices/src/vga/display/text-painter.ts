import type { Colors } from './colors.ts';
import { lineAt, type DisplayMode } from './display-mode.ts';
import { DirtyRectangle } from './rectangle.ts';
import { fontsOf, textCursorOf, textSize, textStyleOf, type TextCursor, type TextStyle } from './text-screen.ts';
import type { VgaRegisters } from '../registers.ts';

const GLYPH_STRIDE = 32;
const GLYPHS = 256;
/** The cursor is on for 8 frames and off for 8, blinking characters for 16 (PS/2 reference). */
const CURSOR_FRAMES = 8;
const BLINK_FRAMES = 16;
const LINE_CHARACTERS_FROM = 0xc0;
const LINE_CHARACTERS_TO = 0xdf;
const UNDERLINED = 1;

/** Consecutive scan lines of one row of characters. */
interface Band {
  readonly y: number;
  readonly lines: number;
  readonly address: number;
  readonly panX: number;
}

/** What a cell is painted with, besides the cell. */
interface Pen {
  readonly mode: DisplayMode;
  readonly colors: Colors;
  readonly style: TextStyle;
  readonly fonts: readonly [number, number];
  readonly cursor: TextCursor | undefined;
  readonly target: Uint32Array;
}

/** Paints text modes: only the cells that differ from what was painted last. */
export class TextPainter {
  readonly #bytes: Uint8Array;
  /** What each cell shows: character, attribute, blinking, cursor. −1 for nothing yet. */
  #shown = new Float64Array(0);
  readonly #glyphs = new Uint8Array(2 * GLYPHS * GLYPH_STRIDE);
  #style = '';

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** `isWhole` paints every cell. Gives what was painted. */
  paint(target: Uint32Array, mode: DisplayMode, registers: VgaRegisters, colors: Colors, frames: number, isWhole: boolean): DirtyRectangle {
    const pen: Pen = { mode, colors, target, style: textStyleOf(registers), fonts: fontsOf(registers), cursor: textCursorOf(registers) };
    const { columns, rows } = textSize(mode);
    // One more each for what panning shows in part, and two rows for a split.
    const stride = columns + 1;
    const cells = stride * (rows + 3);
    if (this.#shown.length !== cells) this.#shown = new Float64Array(cells);
    const isStyleNew = this.#takeStyle(pen.style);
    if (this.#takeGlyphs(pen.fonts) || isStyleNew || isWhole) this.#shown.fill(-1);
    const isCursorOn = Math.floor(frames / CURSOR_FRAMES) % 2 === 0;
    const isBlinkOn = Math.floor(frames / BLINK_FRAMES) % 2 === 0;
    const dirty = new DirtyRectangle();
    let cell = 0;
    for (let y = 0; y < mode.height; ) {
      const band = bandAt(mode, y);
      for (let column = 0; column < stride; column++) this.#cell(pen, band, column, cell + column, isCursorOn, isBlinkOn, dirty);
      cell += stride;
      y += band.lines;
    }
    return dirty;
  }

  #cell(pen: Pen, band: Band, column: number, index: number, isCursorOn: boolean, isBlinkOn: boolean, dirty: DirtyRectangle): void {
    const { mode, cursor } = pen;
    const address = (band.address + 4 * column) & mode.addressMask;
    const character = this.#bytes[address]!;
    const attribute = this.#bytes[address + 1]!;
    const isHidden = pen.style.blinks && (attribute & 0x80) !== 0 && !isBlinkOn;
    const hasCursor = isCursorOn && cursor !== undefined && cursor.address === address;
    // More than 31 bits: a double holds them.
    const key = character + attribute * 0x100 + (isHidden ? 0x1_0000 : 0) + (hasCursor ? 0x2_0000 + cursor.first * 0x4_0000 + cursor.last * 0x80_0000 : 0);
    if (this.#shown[index] === key) return;
    this.#shown[index] = key;
    const from = Math.max(0, (column * mode.cellWidth - band.panX) * mode.dotsPerPixel);
    const to = Math.min(mode.width, ((column + 1) * mode.cellWidth - band.panX) * mode.dotsPerPixel);
    if (from >= to) return;
    this.#glyph(pen, band, column, character, attribute, isHidden, hasCursor ? cursor : undefined, from, to);
    dirty.add(from, band.y, to, band.y + band.lines);
  }

  #glyph(pen: Pen, band: Band, column: number, character: number, attribute: number, isHidden: boolean, cursor: TextCursor | undefined, from: number, to: number): void {
    const { mode, style, colors, target } = pen;
    const foreground = colors.palette[attribute & style.planes & 0x0f]!;
    const background = colors.palette[(attribute >> 4) & style.planes & (style.blinks ? 7 : 15)]!;
    const font = pen.fonts[(attribute >> 3) & 1]! + 4 * GLYPH_STRIDE * character;
    const continues = style.hasLineGraphics && character >= LINE_CHARACTERS_FROM && character <= LINE_CHARACTERS_TO;
    const left = (column * mode.cellWidth - band.panX) * mode.dotsPerPixel;
    for (let y = band.y; y < band.y + band.lines; y++) {
      const { rowLine } = lineAt(mode, y);
      let dots = this.#bytes[font + 4 * rowLine]! << 1;
      if (continues) dots |= (dots >> 1) & 1;
      if (isHidden) dots = 0;
      if (rowLine === style.underlineLine && (attribute & 0x07) === UNDERLINED) dots = 0x1ff;
      if (cursor !== undefined && rowLine >= cursor.first && rowLine <= cursor.last) dots = 0x1ff;
      for (let x = from, at = y * mode.width + from; x < to; x++, at++) {
        const dot = mode.dotsPerPixel === 1 ? x - left : (x - left) >> 1;
        target[at] = ((dots >> (8 - dot)) & 1) !== 0 ? foreground : background;
      }
    }
  }

  #takeStyle(style: TextStyle): boolean {
    const text = JSON.stringify(style);
    const isChanged = text !== this.#style;
    this.#style = text;
    return isChanged;
  }

  /** Keeps the fonts; whether they differ from those kept. */
  #takeGlyphs(fonts: readonly [number, number]): boolean {
    let isChanged = false;
    for (let font = 0; font < 2; font++) {
      const base = font * GLYPHS * GLYPH_STRIDE;
      for (let i = 0, at = fonts[font]!; i < GLYPHS * GLYPH_STRIDE; i++, at += 4) {
        const row = this.#bytes[at]!;
        if (this.#glyphs[base + i] === row) continue;
        this.#glyphs[base + i] = row;
        isChanged = true;
      }
    }
    return isChanged;
  }
}

/** The rest of the row of characters that scan line `y` is in. */
function bandAt(mode: DisplayMode, y: number): Band {
  const { address, panX, rowLine } = lineAt(mode, y);
  const isBelow = y > mode.splitLine;
  const since = isBelow ? y - mode.splitLine - 1 : y;
  const left = (mode.rowLines - rowLine) * mode.linesPerRow - (since % mode.linesPerRow);
  const end = isBelow || y + left <= mode.splitLine + 1 ? y + left : mode.splitLine + 1;
  return { y, lines: Math.min(end, mode.height) - y, address, panX };
}
