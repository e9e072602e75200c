import { beforeEach, describe, expect, it } from 'vitest';
import { throughJson } from '../../test/manual-clock.ts';
import { Mouse } from './mouse.ts';

let mouse: Mouse;
beforeEach(() => void (mouse = new Mouse()));

function drain(from: Mouse = mouse): number[] {
  const bytes: number[] = [];
  while (from.hasOutput && bytes.length < 200) bytes.push(from.next());
  return bytes;
}

function send(...bytes: readonly number[]): number[] {
  return bytes.flatMap((byte) => (mouse.command(byte), drain()));
}

describe('a PS/2 mouse', () => {
  it('tests itself, and tells identity and status', () => {
    expect(send(0xff)).toEqual([0xfa, 0xaa, 0x00]);
    expect(send(0xf2)).toEqual([0xfa, 0x00]);
    expect(send(0xe9)).toEqual([0xfa, 0x00, 2, 100]);
    expect(send(0xe8, 3, 0xf3, 40, 0xe7, 0xf4)).toEqual([0xfa, 0xfa, 0xfa, 0xfa, 0xfa, 0xfa]);
    mouse.move({ buttons: 1 });
    expect(drain()).toEqual([0x09, 0, 0]);
    mouse.move({ buttons: 6 });
    drain();
    expect(send(0xe9)).toEqual([0xfa, 0x33, 3, 40]);
    expect(send(0xf6, 0xe9)).toEqual([0xfa, 0xfa, 0x03, 2, 100]);
  });

  it('refuses what it does not know', () => {
    expect(send(0x12)).toEqual([0xfe]);
    expect(send(0xe8, 4)).toEqual([0xfa, 0xfe]);
    expect(send(0xf3, 0xff)).toEqual([0xfa, 0xfe]);
  });

  it('says nothing until it is told to report', () => {
    expect(mouse.move({ dx: 5, buttons: 1 })).toBe(false);
    expect(drain()).toEqual([]);
    expect(send(0xf4)).toEqual([0xfa]);
    expect(drain()).toEqual([]);
    expect(mouse.move({ dx: 5, dy: 6 })).toBe(true);
    // The button is held still; down is negative.
    expect(drain()).toEqual([0x29, 5, 0xfa]);
    send(0xf5);
    expect(mouse.move({ dx: 5 })).toBe(false);
  });

  it('adds up movement while packets are not read, and splits it', () => {
    send(0xf4);
    mouse.move({ dx: 1 });
    mouse.move({ dx: 300, dy: -2 });
    mouse.move({ dx: -20 });
    expect(drain()).toEqual([0x08, 1, 0, 0x08, 255, 2, 0x08, 25, 0]);
    mouse.move({ dx: Number.NaN, dy: Infinity });
    expect(drain()).toEqual([]);
    mouse.move({ dx: 1e9 });
    expect(drain().length).toBeLessThan(200 + 1);
  });

  it('loses no click: each has a packet, as long as there is room', () => {
    send(0xf4);
    mouse.move({ buttons: 1 });
    mouse.move({ buttons: 0, dx: 2 });
    mouse.move({ buttons: 4 });
    expect(drain()).toEqual([0x09, 0, 0, 0x08, 2, 0, 0x0c, 0, 0]);
    let taken = 0;
    while (mouse.move({ buttons: taken % 2 === 0 ? 1 : 2 }) && taken < 100) taken++;
    expect(taken).toBeLessThan(30);
    expect(drain().at(-3)).toBe(taken % 2 === 0 ? 0x09 : 0x0a);
  });

  it('has a wheel after 200, 100, 80, and five buttons after 200, 200, 80', () => {
    expect(send(0xf3, 200, 0xf3, 100, 0xf3, 80, 0xf2).slice(-2)).toEqual([0xfa, 3]);
    send(0xf4);
    mouse.move({ wheel: -1 });
    mouse.move({ wheel: -9 });
    expect(drain()).toEqual([0x08, 0, 0, 0xff, 0x08, 0, 0, 0xf9, 0x08, 0, 0, 0xfe]);
    expect(send(0xf3, 200, 0xf3, 200, 0xf3, 80, 0xf2).slice(-2)).toEqual([0xfa, 4]);
    mouse.move({ wheel: 1, buttons: 0x19 });
    expect(drain()).toEqual([0x09, 0, 0, 0x31]);
    expect(send(0xff)).toEqual([0xfa, 0xaa, 0]);
    expect(send(0xf3, 200, 0xf3, 200, 0xf3, 80, 0xf2).slice(-2)).toEqual([0xfa, 0]);
  });

  it('scales small counts in stream mode, not when asked', () => {
    send(0xe7, 0xf4);
    for (const [counts, scaled] of [[1, 1], [2, 1], [3, 3], [4, 6], [5, 9], [6, 12], [-5, -9], [100, 200]] as const) {
      mouse.move({ dx: counts });
      expect(drain()[1]).toBe(scaled & 0xff);
    }
    send(0xf0);
    mouse.move({ dx: 5 });
    expect(send(0xeb)).toEqual([0xfa, 0x08, 5, 0]);
  });

  it('in remote mode waits to be asked', () => {
    expect(send(0xf0)).toEqual([0xfa]);
    expect(mouse.move({ dx: 3, buttons: 2 })).toBe(true);
    mouse.move({ dx: 4 });
    expect(drain()).toEqual([]);
    expect(send(0xeb)).toEqual([0xfa, 0x0a, 7, 0]);
    expect(send(0xeb)).toEqual([0xfa, 0x0a, 0, 0]);
    expect(send(0xe9)[1]).toBe(0x41);
    send(0xea, 0xf4);
    mouse.move({ dx: 1 });
    expect(drain()).toEqual([0x0a, 1, 0]);
  });

  it('in wrap mode echoes all but reset and its end', () => {
    expect(send(0xee, 0xf2, 0x00, 0xee)).toEqual([0xfa, 0xf2, 0x00, 0xee]);
    expect(mouse.move({ dx: 1 })).toBe(false);
    expect(send(0xec, 0xf2)).toEqual([0xfa, 0xfa, 0]);
    expect(send(0xee, 0xff)).toEqual([0xfa, 0xfa, 0xaa, 0]);
  });

  it('sends its last answer or packet again', () => {
    send(0xe9);
    expect(send(0xfe)).toEqual([0xfa, 0, 2, 100]);
    send(0xf4);
    mouse.move({ dx: 7 });
    drain();
    expect(send(0xfe)).toEqual([0x08, 7, 0]);
  });

  it('saves and restores in the middle of a knock, a parameter and a packet', () => {
    send(0xf3, 200, 0xf3, 100, 0xf3);
    const copy = new Mouse();
    copy.restore(throughJson(mouse.save()));
    copy.command(80);
    copy.command(0xf4);
    drain(copy);
    copy.move({ dx: 400, wheel: 2 });
    copy.next();
    const other = new Mouse();
    other.restore(throughJson(copy.save()));
    expect(other.save()).toEqual(copy.save());
    expect(drain(other)).toEqual([255, 0, 2, 0x08, 145, 0, 0]);
  });
});
