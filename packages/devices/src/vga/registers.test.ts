import { beforeEach, describe, expect, it } from 'vitest';
import { VgaBoard } from '../../test/vga-board.ts';

let board: VgaBoard;
beforeEach(() => void (board = new VgaBoard()));

describe('VGA registers', () => {
  it('are behind index and data ports, with the bits that exist', () => {
    board.sequencer({ 1: 0xff, 2: 0xff, 4: 0xff });
    expect([1, 2, 4, 7].map((index) => board.get(0x3c4, index))).toEqual([0x3d, 0x0f, 0x0e, 0]);
    board.graphics({ 0: 0xff, 5: 0xff, 8: 0xa5 });
    expect([0, 5, 8, 15].map((index) => board.get(0x3ce, index))).toEqual([0x0f, 0x7b, 0xa5, 0]);
    // A word writes index and data at once.
    void board.ports.write(0x3d4, 2, 0x123e);
    void board.ports.write(0x3d4, 2, 0x5a0f);
    expect([board.get(0x3d4, 0x0f), board.get(0x3d4, 0x3e), board.get(0x3d4, 0xff)]).toEqual([0x5a, 0, 0]);
    expect(board.in(0x3cc)).toBe(0x67);
  });

  it('protect the first eight of the CRT controller, but for bit 8 of the line compare', () => {
    board.set(0x3d4, { 0x11: 0x8e, 0: 0x11, 7: 0xff });
    expect([board.get(0x3d4, 0), board.get(0x3d4, 7)]).toEqual([0x5f, 0x1f]);
    board.set(0x3d4, { 7: 0x00 });
    expect(board.get(0x3d4, 7)).toBe(0x0f);
    board.crtc({ 0: 0x11 });
    expect(board.get(0x3d4, 0)).toBe(0x11);
  });

  it('answer at colour or monochrome addresses', () => {
    expect([board.in(0x3b5), board.get(0x3d4, 1)]).toEqual([0xff, 0x4f]);
    board.out(0x3c2, 0x66);
    expect([board.in(0x3d5), board.in(0x3da), board.get(0x3b4, 1)]).toEqual([0xff, 0xff, 0x4f]);
    board.out(0x3ba, 2);
    expect(board.in(0x3ca)).toBe(2);
  });

  it('take attribute index and data in turn; reading the status begins anew', () => {
    board.in(0x3da);
    board.out(0x3c0, 0x31);
    expect([board.in(0x3c0), board.in(0x3c1)]).toEqual([0x31, 0x00]);
    board.in(0x3da);
    board.out(0x3c0, 0x31);
    board.out(0x3c0, 0x2a);
    expect([board.in(0x3c0), board.in(0x3c1)]).toEqual([0x31, 0x2a]);
    board.out(0x3c0, 0x05);
    board.out(0x3c0, 0xff);
    expect(board.in(0x3c1)).toBe(0x3f);
  });

  it('load colours of six bits, three components at a time, and read them back', () => {
    expect(board.in(0x3c7)).toBe(0);
    board.out(0x3c8, 0xff);
    for (const value of [0x3f, 0x01, 0xff, 0x02, 0x03]) board.out(0x3c9, value);
    board.out(0x3c7, 0xff);
    expect(board.in(0x3c7)).toBe(3);
    // The second colour lacks a component: it is what the reset left.
    expect([1, 2, 3, 4, 5, 6].map(() => board.in(0x3c9))).toEqual([0x3f, 0x01, 0x3f, 0, 0, 0]);
    board.out(0x3c6, 0x0f);
    expect([board.in(0x3c6), board.in(0x3c8)]).toEqual([0x0f, 0]);
  });

  it('load colours of eight bits where Bochs VBE says so', () => {
    board.vbe({ 4: 0x20 });
    board.out(0x3c8, 1);
    for (const value of [0xff, 0x80, 0x7f]) board.out(0x3c9, value);
    board.out(0x3c7, 1);
    expect([1, 2, 3].map(() => board.in(0x3c9))).toEqual([0xff, 0x80, 0x7f]);
  });
});

describe('the beam', () => {
  /** Nanoseconds of a frame in mode 3: 449 lines of 100 characters of 9 dots, at 28.322 MHz. */
  const FRAME = (449 * 900 * 1000) / 28.322;

  /** Times at which a bit of the status is set, in a frame looked at every microsecond or so. */
  function timesOf(bit: number): number[] {
    const times: number[] = [];
    for (let now = 0; now < FRAME; now += 997) {
      board.clock.advanceTo(now);
      if ((board.in(0x3da) & bit) !== 0) times.push(now);
    }
    return times;
  }

  it('is in vertical retrace for two of 449 lines, from line 412 on', () => {
    const times = timesOf(0x08);
    expect(times[0]! / FRAME).toBeCloseTo(412 / 449, 4);
    expect(times.at(-1)! / FRAME).toBeCloseTo(414 / 449, 3);
    // The next frame is the same.
    board.clock.advanceTo(Math.ceil(times[0]! + FRAME - 2000));
    expect(board.in(0x3da) & 8).toBe(0);
    board.clock.advanceTo(Math.ceil(times[0]! + FRAME));
    expect(board.in(0x3da) & 9).toBe(9);
  });

  it('draws 80 of 100 characters in 400 of 449 lines', () => {
    expect(1 - (timesOf(0x01).length * 997) / FRAME).toBeCloseTo((80 / 100) * (400 / 449), 2);
  });
});
