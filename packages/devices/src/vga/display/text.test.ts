import { beforeEach, describe, expect, it } from 'vitest';
import { VgaBoard, rgb } from '../../../test/vga-board.ts';

const SCREEN = 0xb8000;
const BLACK = '000000', GREY = 'aaaaaa', BLUE = '0000aa', YELLOW = 'ffff55';
/** Nanoseconds of 8 frames, in which the cursor is on or off. */
const CURSOR_TIME = 8 * 14_268_060;

let board: VgaBoard;
let pixels: Uint32Array;

beforeEach(() => {
  board = new VgaBoard();
  // No cursor, but where a test wants it.
  board.crtc({ 0x0a: 0x20 });
  pixels = new Uint32Array(720 * 400);
});

/** Where the dots of a cell have the colour: a string of 0s and 1s for each scan line. */
function cell(column: number, row: number, foreground: string, width = 9, height = 16): string[] {
  const picture = board.picture();
  return Array.from({ length: height }, (_, y) => Array.from({ length: width }, (_, x) => Number(picture.at(column * width + x, row * height + y) === foreground)).join(''));
}

/** Scan lines of a character that the built-in font has. */
function glyph(character: number): string[] {
  return Array.from({ length: 16 }, (_, row) => board.planes(character * 32 + row)[2]!.toString(2).padStart(8, '0'));
}

describe('text modes', () => {
  it('show characters in their colours, nine dots wide', () => {
    board.poke(SCREEN + 2 * (80 + 3), 0x41, 0x1e);
    expect(cell(3, 1, YELLOW)).toEqual(glyph(0x41).map((line) => `${line}0`));
    expect(cell(3, 1, BLUE)).toEqual(glyph(0x41).map((line) => [...line].map((dot) => 1 - Number(dot)).join('') + '1'));
    expect(board.picture().at(4 * 9, 16)).toBe(BLACK);
  });

  it('continue line graphics into the ninth dot, if asked to', () => {
    board.poke(SCREEN, 0xc4, 0x07, 0xb3, 0x07);
    expect([cell(0, 0, GREY)[7], cell(1, 0, GREY)[7]]).toEqual(['111111111', '000110000']);
    board.attribute({ 0x10: 0x08 });
    expect(cell(0, 0, GREY)[7]).toBe('111111110');
  });

  it('blink, or have bright backgrounds', () => {
    board.poke(SCREEN, 0xdb, 0x9e);
    expect(cell(0, 0, YELLOW)[0]).toBe('111111111');
    board.clock.advanceTo(2 * CURSOR_TIME + 1e6);
    expect(cell(0, 0, BLUE)[0]).toBe('111111111');
    board.clock.advanceTo(4 * CURSOR_TIME + 1e6);
    expect(cell(0, 0, YELLOW)[0]).toBe('111111111');
    board.attribute({ 0x10: 0x04 });
    board.poke(SCREEN, 0x20, 0x9e);
    expect(board.picture().at(0, 0)).toBe('5555ff');
  });

  it('show the cursor, blinking, on its scan lines', () => {
    board.crtc({ 0x0a: 0x0d, 0x0b: 0x0e, 0x0e: 0, 0x0f: 81 });
    const lines = cell(1, 1, GREY);
    expect(lines.map((line) => line.includes('1'))).toEqual(Array.from({ length: 16 }, (_, y) => y === 13 || y === 14));
    expect(lines[13]).toBe('111111111');
    board.clock.advanceTo(CURSOR_TIME + 1e6);
    expect(cell(1, 1, GREY).join('')).not.toContain('1');
    board.clock.advanceTo(2 * CURSOR_TIME + 1e6);
    expect(cell(1, 1, GREY)[13]).toBe('111111111');
    board.crtc({ 0x0a: 0x0f });
    expect(cell(1, 1, GREY).join('')).not.toContain('1');
  });

  it('underline where the attribute and the location say so', () => {
    board.crtc({ 0x14: 0x0c });
    board.poke(SCREEN, 0x20, 0x01, 0x20, 0x02);
    expect([cell(0, 0, BLUE)[12], cell(0, 0, BLUE)[11]]).toEqual(['111111111', '000000000']);
    expect(cell(1, 0, '00aa00')[12]).toBe('000000000');
  });

  it('have two fonts by attribute bit 3', () => {
    board.sequencer({ 2: 4, 3: 0x04, 4: 6 });
    board.graphics({ 5: 0, 6: 4 });
    // Font 1 begins 16 KB from the first: an 'A' of full lines.
    for (let row = 0; row < 16; row++) board.poke(0xa0000 + 0x4000 + 32 * 0x41 + row, 0xff);
    board.sequencer({ 2: 3, 4: 2 });
    board.graphics({ 5: 0x10, 6: 0x0e });
    board.attribute({ 0x12: 0x07 });
    board.poke(SCREEN, 0x41, 0x0f, 0x41, 0x07);
    expect([cell(0, 0, GREY)[0], cell(1, 0, GREY)]).toEqual(['111111110', glyph(0x41).map((line) => `${line}0`)]);
  });

  it('of 40 columns have dots of double width; fonts of 8 lines make 50 rows', () => {
    board.sequencer({ 1: 0x08 });
    board.crtc({ 1: 0x27, 0x13: 0x14 });
    board.poke(SCREEN + 2 * 41, 0xdd, 0x07);
    const picture = board.picture();
    expect([picture.width, picture.height]).toEqual([720, 400]);
    expect([17, 18, 25, 26].map((x) => picture.at(x, 16))).toEqual([BLACK, GREY, GREY, BLACK]);
    expect(board.vga.display.text().split('\n')[1]).toBe(' ▌');
    board.crtc({ 9: 0x47 });
    expect(board.vga.display.text().split('\n').length).toBe(50);
    board.crtc({ 9: 0xc7 });
    expect(board.vga.display.text().split('\n').length).toBe(25);
    board.sequencer({ 1: 0x01 });
    expect(board.picture().width).toBe(320);
  });

  it('scroll by start address, pan by pixels, and split', () => {
    board.poke(SCREEN, 0x61, 0x07);
    board.poke(SCREEN + 160, 0xdb, 0x07, 0x62, 0x07);
    board.crtc({ 0x0d: 80 });
    expect(board.vga.display.text().split('\n')[0]).toBe('█b');
    // Three pixels left and two lines up.
    board.attribute({ 0x13: 2 });
    board.crtc({ 8: 2 });
    let picture = board.picture();
    expect([picture.at(5, 13), picture.at(6, 13), picture.at(5, 14)]).toEqual([GREY, BLACK, BLACK]);
    // Below line 99 the text begins at address 0 again, panned or not.
    board.crtc({ 8: 0, 0x18: 99, 7: 0x0f, 9: 0x0f });
    board.poke(SCREEN, 0xdb, 0x07);
    picture = board.picture();
    expect([picture.at(0, 99), picture.at(5, 100), picture.at(6, 100)]).toEqual([BLACK, GREY, BLACK]);
    board.attribute({ 0x10: 0x2c });
    picture = board.picture();
    expect([picture.at(5, 0), picture.at(6, 0), picture.at(8, 100), picture.at(9, 100)]).toEqual([GREY, BLACK, GREY, BLACK]);
  });
});

describe('painting text', () => {
  it('writes only cells that changed, and says which', () => {
    const { display } = board.vga;
    expect(display.render(pixels)).toEqual({ x: 0, y: 0, width: 720, height: 400 });
    expect(display.render(pixels)).toBeUndefined();
    pixels.fill(0x12345678);
    board.poke(SCREEN + 2 * (2 * 80 + 10), 0x41, 0x07, 0x42, 0x07);
    expect(display.render(pixels)).toEqual({ x: 90, y: 32, width: 18, height: 16 });
    expect([rgb(pixels[32 * 720 + 90]!), pixels[32 * 720 + 89], pixels[31 * 720 + 90]]).toEqual([BLACK, 0x12345678, 0x12345678]);
    // The same bytes again are no change.
    board.poke(SCREEN + 2 * (2 * 80 + 10), 0x41, 0x07);
    expect(display.render(pixels)).toBeUndefined();
  });

  it('paints all for another array, other colours, another font, and after a restore', () => {
    const { display } = board.vga;
    const all = { x: 0, y: 0, width: 720, height: 400 };
    display.render(pixels);
    expect(display.render(new Uint32Array(720 * 400))).toEqual(all);
    board.out(0x3c8, 0);
    for (const value of [1, 2, 3]) board.out(0x3c9, value);
    const other = new Uint32Array(720 * 400);
    display.render(other);
    board.out(0x3c8, 0);
    for (const value of [3, 2, 1]) board.out(0x3c9, value);
    expect([display.render(other), rgb(other[0]!)]).toEqual([all, '0c0804']);
    board.video[4 * 32 * 0x41 + 2] = 0xff;
    expect(display.render(other)).toEqual(all);
    board.vga.restore(board.vga.save());
    expect(display.render(other)).toEqual(all);
  });

  it('is black while the screen is off or software has the palette', () => {
    const { display } = board.vga;
    board.poke(SCREEN, 0xdb, 0x07);
    display.render(pixels);
    board.sequencer({ 1: 0x20 });
    expect([display.render(pixels)?.width, rgb(pixels[0]!), display.render(pixels)]).toEqual([720, BLACK, undefined]);
    board.sequencer({ 1: 0x00 });
    expect([display.render(pixels)?.width, rgb(pixels[0]!)]).toEqual([720, GREY]);
    board.in(0x3da);
    board.out(0x3c0, 0x00);
    display.render(pixels);
    expect(rgb(pixels[0]!)).toBe(BLACK);
  });

  it('refuses an array that is too small', () => {
    expect(() => board.vga.display.render(new Uint32Array(100))).toThrow('picture of 100 pixels: the screen has 720×400; expected 288000');
  });

  it('changes nothing that the guest sees', () => {
    board.peek(0xb8000);
    const state = JSON.stringify(board.vga.save());
    const video = board.video.slice();
    board.vga.display.render(pixels);
    board.vga.display.text();
    expect(JSON.stringify(board.vga.save())).toBe(state);
    expect(board.video.every((byte, i) => byte === video[i])).toBe(true);
  });
});
