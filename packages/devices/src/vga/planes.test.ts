import { beforeEach, describe, expect, it } from 'vitest';
import { VgaBoard } from '../../test/vga-board.ts';

const A0000 = 0xa0000;
let board: VgaBoard;

beforeEach(() => {
  board = new VgaBoard();
  board.enterMode12();
});

/** Sets the planes at address 0 and loads the latches with them. */
function latch(...planes: readonly number[]): void {
  board.video.set(planes, 0);
  board.peek(A0000);
}

describe('writes through the graphics controller', () => {
  it('mode 0: rotates, sets and resets, combines with the latches, masks bits and planes', () => {
    latch(0xf0, 0xf0, 0xf0, 0xf0);
    board.graphics({ 3: 0x01 });
    board.poke(A0000 + 1, 0x03);
    // 03h rotated right by 1 is 81h, in all planes.
    expect(board.planes(1)).toEqual([0x81, 0x81, 0x81, 0x81]);
    board.graphics({ 0: 0x02, 1: 0x03, 8: 0x3c });
    board.poke(A0000 + 1, 0x03);
    // Planes 0 and 1 are fixed, 0 and 1; bits 3Ch of the result, the others of the latch.
    expect(board.planes(1)).toEqual([0xc0, 0xfc, 0xc0, 0xc0]);
    board.graphics({ 0: 0, 1: 0, 3: 0, 8: 0xff });
    board.sequencer({ 2: 0x05 });
    board.poke(A0000 + 1, 0x55);
    expect(board.planes(1)).toEqual([0x55, 0xfc, 0x55, 0xc0]);
  });

  it.each([
    ['AND', 0x08, [0x0c, 0xc0, 0x00, 0xcc]],
    ['OR', 0x10, [0xcf, 0xfc, 0xcc, 0xff]],
    ['XOR', 0x18, [0xc3, 0x3c, 0xcc, 0x33]],
  ] as const)('mode 0 with %s', (_name, operation, planes) => {
    latch(0x0f, 0xf0, 0x00, 0xff);
    board.graphics({ 3: operation });
    board.poke(A0000 + 2, 0xcc);
    expect(board.planes(2)).toEqual(planes);
  });

  it('mode 1: stores the latches', () => {
    latch(1, 2, 3, 4);
    board.graphics({ 5: 1, 8: 0x00, 3: 0x18 });
    board.poke(A0000 + 9, 0xff);
    expect(board.planes(9)).toEqual([1, 2, 3, 4]);
  });

  it('mode 2: a colour for the bits of the mask', () => {
    latch(0xff, 0xff, 0x00, 0x00);
    board.graphics({ 5: 2, 8: 0x18 });
    board.poke(A0000 + 3, 0xf6);
    expect(board.planes(3)).toEqual([0xe7, 0xff, 0x18, 0x00]);
  });

  it('mode 3: the set/reset colour for the bits of data and mask', () => {
    latch(0xff, 0x00, 0xff, 0x00);
    board.graphics({ 0: 0x0c, 3: 0x04, 5: 3, 8: 0x7e });
    // F0h rotated by 4 is 0Fh; with the mask 0Eh.
    board.poke(A0000 + 4, 0xf0);
    expect(board.planes(4)).toEqual([0xf1, 0x00, 0xff, 0x0e]);
  });
});

describe('reads', () => {
  it('mode 0: the plane of the read map', () => {
    board.video.set([0x10, 0x21, 0x32, 0x43], 4 * 5);
    expect([0, 1, 2, 3].map((plane) => (board.graphics({ 4: plane }), board.peek(A0000 + 5)))).toEqual([0x10, 0x21, 0x32, 0x43]);
  });

  it('mode 1: where the colour is that of color compare, in the planes that count', () => {
    // Bits 7–4 have colours 0, 5, 7, D; the rest 0.
    board.video.set([0x70, 0x20, 0x70, 0x10], 4 * 6);
    board.graphics({ 2: 0x05, 5: 0x08, 7: 0x0f });
    expect(board.peek(A0000 + 6)).toBe(0x40);
    board.graphics({ 7: 0x05 });
    expect(board.peek(A0000 + 6)).toBe(0x70);
    board.graphics({ 7: 0x00 });
    expect(board.peek(A0000 + 6)).toBe(0xff);
  });
});

describe('how addresses reach planes', () => {
  it('in pairs of even and odd in text modes', () => {
    board = new VgaBoard();
    board.poke(0xb8000, 0x41, 0x1f, 0x42, 0x2e);
    expect([board.planes(0).slice(0, 2), board.planes(1).slice(0, 2)]).toEqual([[0x41, 0x1f], [0x42, 0x2e]]);
    expect([0, 1, 2, 3].map((i) => board.peek(0xb8000 + i))).toEqual([0x41, 0x1f, 0x42, 0x2e]);
    // The font in plane 2 is not touched.
    board.poke(0xb8000 + 2 * 0x41 * 32 + 4, 0xff, 0xff);
    expect(board.planes(0x41 * 32 + 2)).toEqual([0xff, 0xff, 0x7c, 0]);
  });

  it('chained by four: linear, by any write mode and map mask', () => {
    board.enterMode13();
    board.sequencer({ 2: 0x0d });
    board.poke(A0000 + 8, 1, 2, 3, 4, 5);
    expect([...board.video.subarray(8, 13)]).toEqual([1, 0, 3, 4, 5]);
    board.graphics({ 5: 0x42, 8: 0xf0 });
    board.peek(A0000 + 8);
    board.poke(A0000 + 10, 0x04);
    expect(board.peek(A0000 + 10)).toBe(0xf3);
  });

  it('unchained (mode X): a pixel column in each plane', () => {
    board.enterMode13();
    board.sequencer({ 4: 0x06, 2: 0x04 });
    board.poke(A0000 + 3, 0x77);
    expect([...board.video.subarray(12, 16)]).toEqual([0, 0, 0x77, 0]);
  });

  it.each([
    ['128 KB at A0000h', 0x01, [0xa0000, 0xbffff], []],
    ['64 KB at A0000h', 0x05, [0xa0000, 0xaffff], [0xb0000]],
    ['32 KB at B0000h', 0x09, [0xb0000, 0xb7fff], [0xaffff, 0xb8000]],
    ['32 KB at B8000h', 0x0d, [0xb8000, 0xbffff], [0xb7fff, 0xa0000]],
  ] as const)('%s', (_name, miscellaneous, inside, outside) => {
    board.graphics({ 6: miscellaneous });
    for (const address of inside) {
      board.poke(address, 0x12);
      expect(board.peek(address)).toBe(0x12);
    }
    for (const address of outside) {
      board.poke(address, 0x34);
      expect(board.peek(address)).toBe(0xff);
    }
  });

  it('not at all while the processor may not use the memory', () => {
    board.poke(A0000, 0x12);
    board.out(0x3c2, 0xe1);
    board.poke(A0000, 0x34);
    expect(board.peek(A0000)).toBe(0xff);
    board.out(0x3c2, 0xe3);
    expect(board.peek(A0000)).toBe(0x12);
  });

  it('byte by byte in wider accesses', () => {
    void board.mmio.write(A0000, 4, 0x44332211);
    expect([0, 1, 2, 3].map((i) => board.planes(i)[0])).toEqual([0x11, 0x22, 0x33, 0x44]);
    expect([board.mmio.read(A0000, 4), board.mmio.read(A0000 + 1, 2)]).toEqual([0x44332211, 0x3322]);
  });
});

describe('a window that is plain memory', () => {
  it('is mapped for processors in mode 13h, and not once a register has an effect', () => {
    expect(board.memory.isMemory(A0000)).toBe(false);
    board.enterMode13();
    expect([board.memory.isMemory(A0000), board.memory.isMemory(0xaffff), board.memory.isMemory(0xb0000)]).toEqual([true, true, false]);
    board.memory.writeBytes(A0000 + 0x1234, Uint8Array.of(0x56));
    expect(board.video[0x1234]).toBe(0x56);
    for (const [set, restore] of [
      [() => board.sequencer({ 2: 0x07 }), () => board.sequencer({ 2: 0x0f })],
      [() => board.sequencer({ 4: 0x06 }), () => board.sequencer({ 4: 0x0e })],
      [() => board.graphics({ 8: 0x7f }), () => board.graphics({ 8: 0xff })],
      [() => board.graphics({ 5: 0x41 }), () => board.graphics({ 5: 0x40 })],
      [() => board.graphics({ 5: 0x48 }), () => board.graphics({ 5: 0x40 })],
      [() => board.graphics({ 3: 0x08 }), () => board.graphics({ 3: 0 })],
      [() => board.graphics({ 1: 0x01 }), () => board.graphics({ 1: 0 })],
      [() => board.out(0x3c2, 0x61), () => board.out(0x3c2, 0x63)],
    ] as const) {
      set();
      expect(board.memory.isMemory(A0000)).toBe(false);
      restore();
      expect(board.memory.isMemory(A0000)).toBe(true);
    }
  });
});
