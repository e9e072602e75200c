import { beforeEach, describe, expect, it } from 'vitest';
import { VgaBoard } from '../../test/vga-board.ts';

const ID = 0, XRES = 1, YRES = 2, BPP = 3, ENABLE = 4, BANK = 5, VIRTUAL_WIDTH = 6, VIRTUAL_HEIGHT = 7, X = 8, Y = 9, MEMORY = 10;
const A0000 = 0xa0000;
let board: VgaBoard;
beforeEach(() => void (board = new VgaBoard({ memory: 4 << 20 })));

describe('Bochs VBE', () => {
  it('tells its version, its memory and what it can do', () => {
    expect([board.vbeGet(ID), board.vbeGet(MEMORY)]).toEqual([0xb0c5, 64]);
    board.vbe({ [ID]: 0xb0c2 });
    expect(board.vbeGet(ID)).toBe(0xb0c2);
    board.vbe({ [ID]: 0x1234, [MEMORY]: 1 });
    expect([board.vbeGet(ID), board.vbeGet(MEMORY), board.vbeGet(77)]).toEqual([0xb0c2, 64, 0]);
    board.vbe({ [ENABLE]: 2 });
    expect([board.vbeGet(XRES), board.vbeGet(YRES), board.vbeGet(BPP)]).toEqual([2560, 1600, 32]);
    board.vbe({ [ENABLE]: 0 });
    expect(board.vbeGet(XRES)).toBe(0);
    void board.ports.write(0x1ce, 2, 3);
    expect([board.ports.read(0x1ce, 2), board.ports.read(0x1ce, 1)]).toEqual([3, 0xff]);
  });

  it('sets a mode: virtual size, offsets, memory cleared', () => {
    board.video.fill(0xee);
    board.vbe({ [VIRTUAL_WIDTH]: 2000 });
    board.vbe({ [XRES]: 640, [YRES]: 480, [BPP]: 32, [ENABLE]: 0x41 });
    expect([VIRTUAL_WIDTH, VIRTUAL_HEIGHT, X, Y, BANK].map((index) => board.vbeGet(index))).toEqual([640, 1638, 0, 0, 0]);
    expect([board.video[640 * 480 * 4 - 1], board.video[640 * 480 * 4]]).toEqual([0, 0xee]);
    expect([board.vga.display.width, board.vga.display.height, board.vga.display.isText]).toEqual([640, 480, false]);
    board.vbe({ [VIRTUAL_WIDTH]: 800, [X]: 100, [Y]: 900 });
    // (4 MB / (800 * 4)) lines, of which 480 are shown.
    expect([VIRTUAL_WIDTH, VIRTUAL_HEIGHT, X, Y].map((index) => board.vbeGet(index))).toEqual([800, 1310, 100, 830]);
    board.video.fill(0x11);
    board.vbe({ [ENABLE]: 0 });
    board.vbe({ [XRES]: 800, [ENABLE]: 0xc1 });
    expect([board.video[0], board.vga.display.width]).toEqual([0x11, 800]);
  });

  it.each([
    ['no size', { [XRES]: 0, [YRES]: 0, [BPP]: 0 }, [8, 1, 8]],
    ['odd size', { [XRES]: 643, [YRES]: 481, [BPP]: 17 }, [640, 481, 8]],
    ['everything', { [XRES]: 0xffff, [YRES]: 0xffff, [BPP]: 0xffff }, [2560, 1600, 8]],
    ['more than memory', { [XRES]: 2560, [YRES]: 1600, [BPP]: 32 }, [2560, 409, 32]],
  ])('brings %s to a picture within memory', (_name, registers, settled) => {
    board.vbe({ ...registers, [ENABLE]: 1 });
    expect([XRES, YRES, BPP].map((index) => board.vbeGet(index))).toEqual(settled);
    board.vbe({ [VIRTUAL_WIDTH]: 0xffff, [X]: 0xffff, [Y]: 0xffff });
    const picture = board.picture();
    expect(picture.pixels.length).toBe(picture.width * picture.height);
    const stride = (board.vbeGet(VIRTUAL_WIDTH) * board.vbeGet(BPP)) / 8;
    expect((board.vbeGet(Y) + board.vbeGet(YRES)) * stride).toBeLessThanOrEqual(4 << 20);
  });

  it('has memory in banks at A0000h, mapped for processors', () => {
    board.vbe({ [XRES]: 640, [YRES]: 480, [BPP]: 8, [ENABLE]: 1 });
    expect(board.memory.isMemory(A0000)).toBe(true);
    board.memory.writeBytes(A0000 + 5, Uint8Array.of(0x55));
    board.vbe({ [BANK]: 3 });
    board.memory.writeBytes(A0000 + 5, Uint8Array.of(0x66));
    expect([board.video[5], board.video[0x30005], board.vbeGet(BANK)]).toEqual([0x55, 0x66, 3]);
    board.vbe({ [BANK]: 64 + 2 });
    expect(board.vbeGet(BANK)).toBe(2);
    board.vbe({ [ENABLE]: 0 });
    expect(board.vbeGet(BANK)).toBe(0);
  });

  it('has planes with 4 bits a pixel, in banks as well', () => {
    board.vbe({ [XRES]: 800, [YRES]: 600, [BPP]: 4, [ENABLE]: 1, [BANK]: 1 });
    expect(board.memory.isMemory(A0000)).toBe(false);
    board.graphics({ 5: 0, 8: 0xff });
    board.sequencer({ 2: 0x09 });
    board.poke(A0000, 0x80);
    expect(board.planes(0x10000)).toEqual([0x80, 0, 0, 0x80]);
    expect(board.peek(A0000)).toBe(0x80);
    expect([board.vga.display.width, board.vga.display.height]).toEqual([800, 600]);
  });
});
