import { beforeEach, describe, expect, it } from 'vitest';
import { VgaBoard, rgb } from '../../../test/vga-board.ts';

const A0000 = 0xa0000;
const BLACK = '000000';
let board: VgaBoard;
beforeEach(() => void (board = new VgaBoard({ memory: 8 << 20 })));

function color(index: number, red: number, green: number, blue: number): void {
  board.out(0x3c8, index);
  for (const part of [red, green, blue]) board.out(0x3c9, part);
}

describe('planar modes', () => {
  it('have a bit of a pixel in each plane', () => {
    board.enterMode12();
    board.video.set([0b10100000, 0b01100000, 0, 0b10000001], 4 * (80 * 479 + 79));
    const picture = board.picture();
    expect([picture.width, picture.height]).toEqual([640, 480]);
    // Colours 9, 2, 3, 0 … 8, by way of the palette registers.
    expect([632, 633, 634, 635, 639].map((x) => picture.at(x, 479))).toEqual(['5555ff', '00aa00', '00aaaa', '000000', '555555']);
    board.attribute({ 0x12: 0x07 });
    expect(board.picture().at(632, 479)).toBe('0000aa');
  });

  it('pan by pixels, start anywhere, split, and wrap at 256 KB', () => {
    board.enterMode12();
    board.video.set([0x10, 0x10, 0x10, 0x10], 4 * 0x1000);
    board.video.set([0x80, 0, 0, 0], 0);
    board.crtc({ 0x0c: 0x10, 0x0d: 0x00, 0x18: 9, 7: 0x2e, 9: 0x00 });
    board.attribute({ 0x13: 3 });
    let picture = board.picture();
    expect([picture.at(0, 0), picture.at(1, 0), picture.at(0, 10)]).toEqual(['ffffff', '000000', '000000']);
    board.attribute({ 0x10: 0x21 });
    picture = board.picture();
    expect([picture.at(0, 0), picture.at(0, 9), picture.at(0, 10), picture.at(1, 10)]).toEqual(['ffffff', '000000', '0000aa', '000000']);
    board.crtc({ 0x0c: 0xff, 0x0d: 0xff, 0x18: 0xff, 7: 0x3e, 9: 0x40 });
    board.attribute({ 0x13: 0 });
    expect(board.picture().at(8, 0)).toBe('0000aa');
  });

  it('of 200 lines and 320 pixels (mode Dh) are doubled both ways', () => {
    board.enterMode12();
    board.sequencer({ 1: 0x09 });
    board.crtc({ 1: 0x27, 7: 0x1f, 9: 0xc0, 0x12: 0x8f, 0x13: 0x14 });
    board.video.set([0x40, 0, 0, 0], 4 * 40);
    const picture = board.picture();
    expect([picture.width, picture.height]).toEqual([640, 400]);
    expect([[1, 2], [2, 1], [2, 2], [3, 3], [4, 3], [2, 4]].map(([x, y]) => picture.at(x!, y!))).toEqual(['000000', '000000', '0000aa', '0000aa', '000000', '000000']);
  });
});

describe('CGA modes', () => {
  it('mode 4: four colours, odd lines 8 KB on', () => {
    board.out(0x3c2, 0x63);
    board.sequencer({ 1: 0x09, 2: 0x03, 4: 0x02 });
    board.crtc({ 1: 0x27, 7: 0x1f, 9: 0xc1, 0x12: 0x8f, 0x13: 0x14, 0x14: 0, 0x17: 0xa2, 0x18: 0xff });
    board.graphics({ 5: 0x30, 6: 0x0f, 8: 0xff });
    board.attribute({ 0: 0, 1: 0x13, 2: 0x15, 3: 0x17, 0x10: 0x01, 0x12: 0x03, 0x13: 0 });
    board.video.fill(0);
    board.poke(0xb8000, 0x1b, 0xe4);
    board.poke(0xba000, 0xc0);
    board.poke(0xb8000 + 80, 0x40);
    const picture = board.picture();
    expect([picture.width, picture.height]).toEqual([640, 400]);
    const [first, second, third] = [0x13, 0x15, 0x17].map(paletteColor);
    expect(Array.from({ length: 8 }, (_, x) => picture.at(2 * x, 1))).toEqual([BLACK, first, second, third, third, second, first, BLACK]);
    expect([picture.at(0, 2), picture.at(2, 2), picture.at(0, 4), picture.at(1, 5)]).toEqual([third, BLACK, first, first]);
  });

  it('mode 6: two colours, eight pixels to a byte', () => {
    board.out(0x3c2, 0x63);
    board.sequencer({ 1: 0x01, 2: 0x01, 4: 0x06 });
    board.crtc({ 1: 0x4f, 7: 0x1f, 9: 0xc1, 0x12: 0x8f, 0x13: 0x28, 0x14: 0, 0x17: 0xc2, 0x18: 0xff });
    board.graphics({ 5: 0, 6: 0x0d, 8: 0xff });
    board.attribute({ 1: 0x17, 0x10: 0x01, 0x12: 0x01, 0x13: 0 });
    board.video.fill(0);
    board.poke(0xb8000, 0x80);
    board.poke(0xba000 + 79, 0x01);
    const picture = board.picture();
    expect([picture.at(0, 0), picture.at(0, 1), picture.at(1, 0), picture.at(639, 2), picture.at(639, 1)]).toEqual([paletteColor(0x17), paletteColor(0x17), '000000', paletteColor(0x17), '000000']);
  });
});

/** What an EGA's six bits rgbRGB mean: upper bits are a third. */
function paletteColor(value: number): string {
  return [2, 1, 0].map((bit) => (0xaa * ((value >> bit) & 1) + 0x55 * ((value >> (bit + 3)) & 1)).toString(16).padStart(2, '0')).join('');
}

describe('256 colours', () => {
  it('mode 13h: a byte a pixel, which is two dots wide and two lines high', () => {
    board.enterMode13();
    color(0x80, 0x3f, 0x20, 0x01);
    board.poke(A0000 + 320 + 5, 0x80);
    const picture = board.picture();
    expect([picture.width, picture.height]).toEqual([640, 400]);
    expect([[10, 2], [11, 3], [12, 2], [10, 4], [9, 2]].map(([x, y]) => picture.at(x!, y!))).toEqual(['ff8204', 'ff8204', '000000', '000000', '000000']);
    board.out(0x3c6, 0x7f);
    expect(board.picture().at(10, 2)).toBe('000000');
  });

  it('mode X: unchained, 240 lines, smooth panning', () => {
    board.enterMode13();
    board.sequencer({ 4: 0x06 });
    board.crtc({ 6: 0x0d, 7: 0x3e, 9: 0x41, 0x10: 0xea, 0x12: 0xdf, 0x14: 0, 0x17: 0xe3 });
    color(0x40, 0, 0x3f, 0);
    board.sequencer({ 2: 0x02 });
    board.poke(A0000 + 80 * 239, 0x40);
    let picture = board.picture();
    expect([picture.width, picture.height, picture.at(2, 479), picture.at(0, 479)]).toEqual([640, 480, '00ff00', '000000']);
    board.attribute({ 0x13: 2 });
    picture = board.picture();
    expect([picture.at(0, 478), picture.at(2, 478)]).toEqual(['00ff00', '000000']);
  });
});

describe('Bochs VBE', () => {
  const mode = (width: number, height: number, depth: number): void => {
    board.vbe({ 4: 0 });
    board.vbe({ 1: width, 2: height, 3: depth, 4: 0x41 });
  };

  it.each([
    [8, [0x07], 'a8a8a8'],
    [15, [0x1f, 0x7c], 'ff00ff'],
    [15, [0xe0, 0x83], '00ff00'],
    [16, [0xe0, 0x07], '00ff00'],
    [16, [0x01, 0x88], '8c0008'],
    [24, [0x01, 0x80, 0xff], 'ff8001'],
    [32, [0x01, 0x80, 0xff, 0x00], 'ff8001'],
  ] as const)('%i bits: %j is %s', (depth, bytes, expected) => {
    mode(640, 480, depth);
    color(7, 0x2a, 0x2a, 0x2a);
    const size = Math.ceil(depth / 8);
    board.video.set(bytes, size * (640 * 479 + 639));
    expect([board.picture().at(639, 479), board.picture().at(638, 479)]).toEqual([expected === 'a8a8a8' ? 'aaaaaa' : expected, '000000']);
  });

  it('has colours of eight bits, a larger virtual screen, and planes', () => {
    board.vbe({ 1: 640, 2: 480, 3: 8, 4: 0x61 });
    color(1, 0x81, 0x42, 0xff);
    board.vbe({ 6: 1000, 8: 10, 9: 2 });
    board.video[2 * 1000 + 10] = 1;
    expect(board.picture().at(0, 0)).toBe('8142ff');
    mode(800, 600, 4);
    color(5, 0x3f, 0, 0x3f);
    board.attribute({ 5: 5 });
    board.video.set([0x01, 0x00, 0x01, 0x00], 4 * (100 * 599 + 99));
    expect([board.picture().at(799, 599), board.picture().at(798, 599)]).toEqual(['ff00ff', BLACK]);
    board.vbe({ 6: 1600, 8: 16, 9: 1 });
    board.video.set([0x80, 0x00, 0x80, 0x00], 4 * (200 + 2));
    expect(board.picture().at(0, 0)).toBe('ff00ff');
  });

  it('paints the lines of pages that were written, and no others', () => {
    mode(1024, 768, 32);
    const { display } = board.vga;
    const pixels = new Uint32Array(1024 * 768);
    expect(display.render(pixels)).toEqual({ x: 0, y: 0, width: 1024, height: 768 });
    expect(display.render(pixels)).toBeUndefined();
    // A line is a page.
    board.memory.writeBytes(A0000 + 4 * 4096 + 8, Uint8Array.of(1, 2, 3));
    expect(display.render(pixels)).toEqual({ x: 0, y: 4, width: 1024, height: 1 });
    expect(rgb(pixels[4 * 1024 + 2]!)).toBe('030201');
    pixels.fill(0);
    expect([display.render(pixels), pixels[0]]).toEqual([undefined, 0]);
    // The page is dirty still for who saves memory.
    const page = board.video.byteOffset / 4096 + 4;
    expect(board.memory.pageFlags[page]! & 8).toBe(8);
    board.vbe({ 9: 1 });
    expect(display.render(pixels)?.height).toBe(768);
  });

  it('paints what the planes’ windows changed', () => {
    board.enterMode12();
    const { display } = board.vga;
    const pixels = new Uint32Array(640 * 480);
    display.render(pixels);
    board.poke(A0000 + 80 * 100, 0xff);
    const changed = display.render(pixels)!;
    expect([changed.y <= 100, changed.y + changed.height > 100, changed.height < 20]).toEqual([true, true, true]);
    expect(rgb(pixels[640 * 100]!)).toBe('ffffff');
  });
});
