import { beforeEach, describe, expect, it } from 'vitest';
import { throughJson } from '../../test/manual-clock.ts';
import { PortSpace } from '../bus/port-space.ts';
import { Pic } from './pic.ts';

let space: PortSpace;
let pic: Pic;
let intr: boolean[];

function out(port: number, ...values: number[]): void {
  for (const value of values) void space.write(port, 1, value);
}

function initialize(word4 = 1): void {
  out(0x20, 0x11);
  out(0x21, 0x20, 4, word4);
  out(0xa0, 0x11);
  out(0xa1, 0x28, 2, word4);
}

beforeEach(() => {
  intr = [];
  pic = new Pic({ onIntr: (level) => void intr.push(level) });
  space = new PortSpace();
  pic.attach(space);
  initialize();
});

describe('Pic', () => {
  it('delivers edges once, by priority, and nests', () => {
    pic.setInput(4, true);
    pic.setInput(1, true);
    expect(pic.acknowledge()).toBe(0x21);
    expect(pic.intr).toBe(false);
    pic.setInput(0, true);
    expect(pic.acknowledge()).toBe(0x20);
    out(0x20, 0x0b);
    expect(space.read(0x20, 1)).toBe(0x03);
    out(0x20, 0x20, 0x20);
    expect(pic.acknowledge()).toBe(0x24);
    out(0x20, 0x20);
    expect(pic.intr).toBe(false);
    expect(intr).toEqual([true, false, true, false, true, false]);
  });

  it('cascades, and raises INTR again for a second request of the slave', () => {
    pic.setInput(12, true);
    pic.setInput(8, true);
    expect(pic.acknowledge()).toBe(0x28);
    out(0xa0, 0x20);
    out(0x20, 0x20);
    expect(pic.acknowledge()).toBe(0x2c);
  });

  it('gives the spurious vector when the request is withdrawn', () => {
    pic.setInput(3, true);
    pic.setInput(3, false);
    expect(intr).toEqual([true, false]);
    expect(pic.acknowledge()).toBeUndefined();
    expect(pic.acknowledgeCycles()).toBe(0x27);
    out(0x20, 0x0b);
    expect(space.read(0x20, 1)).toBe(0);
  });

  it('masks, and shows requests and mask', () => {
    out(0x21, 0x08);
    pic.setInput(3, true);
    expect(pic.intr).toBe(false);
    expect([space.read(0x20, 1), space.read(0x21, 1)]).toEqual([0x08, 0x08]);
    out(0x21, 0);
    expect(pic.acknowledge()).toBe(0x23);
  });

  it('repeats level-triggered requests until the line is released', () => {
    out(0x4d1, 0xff);
    expect(space.read(0x4d0, 2)).toBe(0xde00);
    pic.setInput(10, true);
    expect(pic.acknowledge()).toBe(0x2a);
    out(0xa0, 0x62);
    out(0x20, 0x62);
    expect(pic.acknowledge()).toBe(0x2a);
    pic.setInput(10, false);
    out(0xa0, 0x20);
    out(0x20, 0x20);
    expect(pic.intr).toBe(false);
  });

  it('ends interrupts automatically in AEOI mode, with rotation', () => {
    initialize(3);
    out(0x20, 0x80);
    pic.setInput(0, true);
    expect(pic.acknowledge()).toBe(0x20);
    pic.setInput(0, false);
    pic.setInput(0, true);
    pic.setInput(1, true);
    expect(pic.acknowledge()).toBe(0x21);
    expect(pic.acknowledge()).toBe(0x20);
  });

  it('rotates by command', () => {
    out(0x20, 0xc3);
    pic.setInput(0, true);
    pic.setInput(4, true);
    expect(pic.acknowledge()).toBe(0x24);
    out(0x20, 0xa0);
    pic.setInput(5, true);
    expect(pic.acknowledge()).toBe(0x25);
  });

  it('lets lower requests through under special mask mode', () => {
    pic.setInput(1, true);
    pic.acknowledge();
    pic.setInput(6, true);
    expect(pic.intr).toBe(false);
    out(0x20, 0x68);
    out(0x21, 0x02);
    expect(pic.acknowledge()).toBe(0x26);
  });

  it('polls', () => {
    out(0x20, 0x0c);
    expect(space.read(0x20, 1)).toBe(0);
    pic.setInput(5, true);
    out(0x20, 0x0c);
    expect(space.read(0x20, 1)).toBe(0x85);
    out(0x20, 0x0b);
    expect(space.read(0x20, 1)).toBe(0x20);
  });

  it('special fully nested mode lets the slave interrupt itself', () => {
    out(0x20, 0x11);
    out(0x21, 0x20, 4, 0x11);
    pic.setInput(12, true);
    expect(pic.acknowledge()).toBe(0x2c);
    pic.setInput(9, true);
    expect(pic.acknowledge()).toBe(0x29);
  });

  it('special fully nested mode keeps lower inputs of the master waiting', () => {
    out(0x20, 0x11);
    out(0x21, 0x20, 4, 0x11);
    pic.setInput(12, true);
    expect(pic.acknowledge()).toBe(0x2c);
    pic.setInput(3, true);
    expect(pic.intr).toBe(false);
    pic.setInput(0, true);
    expect(pic.acknowledge()).toBe(0x20);
  });

  it('without it the slave waits for the end of its interrupt at the master', () => {
    pic.setInput(12, true);
    expect(pic.acknowledge()).toBe(0x2c);
    pic.setInput(9, true);
    expect(pic.intr).toBe(false);
    out(0x20, 0x62);
    expect(pic.acknowledge()).toBe(0x29);
  });

  it('in single mode there is no third word and no slave', () => {
    out(0x20, 0x13);
    out(0x21, 0x40, 1);
    expect(space.read(0x21, 1)).toBe(0);
    pic.setInput(12, true);
    expect(pic.acknowledge()).toBe(0x42);
  });

  it('asks the slave only if the master has one there, and only the slave of that identity answers', () => {
    out(0x20, 0x11);
    out(0x21, 0x20, 0, 1);
    pic.setInput(12, true);
    expect(pic.acknowledge()).toBe(0x22);
    pic.setInput(12, false);
    initialize();
    out(0xa0, 0x11);
    out(0xa1, 0x28, 3, 1);
    pic.setInput(12, true);
    expect(pic.acknowledge()).toBe(0xff);
  });

  it('initialization without a fourth word ends AEOI and special fully nested mode', () => {
    initialize(0x13);
    out(0x20, 0x10);
    out(0x21, 0x20, 4);
    pic.setInput(1, true);
    // 8 bytes apart: the address's low byte. Its high byte is the third pulse, which the next acknowledge sends.
    expect(pic.acknowledge()).toBe(0x08);
    out(0x20, 0x0b);
    expect(space.read(0x20, 1)).toBe(2);
  });

  describe('in MCS-80/85 mode', () => {
    const acknowledge = (controllers: Pic, times: number): number[] => Array.from({ length: times }, () => controllers.acknowledgeCycles());

    it('answers three INTA pulses with a CALL, of which a processor that sends two reads every other byte', () => {
      // Entries 4 bytes apart, from 12A0h.
      out(0x20, 0xb5);
      out(0x21, 0x12, 0, 0);
      pic.setInput(3, true);
      pic.setInput(1, true);
      expect(acknowledge(pic, 1)).toEqual([0xa4]);
      const copy = new Pic({ onIntr: () => undefined });
      copy.restore(throughJson(pic.save()));
      for (const controllers of [pic, copy]) {
        controllers.write(0x20, 1, 0x20);
        expect(acknowledge(controllers, 3)).toEqual([0xcd, 0x12, 0xbc]);
      }
    });

    it('is told by the fourth word, has entries 8 bytes apart too, and ends services at the third pulse under AEOI', () => {
      out(0x20, 0xb1);
      out(0x21, 0x12, 0, 2);
      const inService = (): number => (out(0x20, 0x0b), space.read(0x20, 1) as number);
      pic.setInput(3, true);
      expect([acknowledge(pic, 1), inService()]).toEqual([[0x98], 0x08]);
      // Nothing else asks: input 7 is answered for.
      expect([acknowledge(pic, 1), inService()]).toEqual([[0xcd], 0]);
      expect(acknowledge(pic, 2)).toEqual([0x12, 0xb8]);
    });

    it('the CALL is the master’s, its address the slave’s', () => {
      out(0x20, 0x15);
      out(0x21, 0x12, 4, 0);
      out(0xa0, 0x55);
      out(0xa1, 0x34, 2, 0);
      pic.setInput(14, true);
      pic.setInput(8, true);
      expect(acknowledge(pic, 1)).toEqual([0x40]);
      out(0xa0, 0x20);
      out(0x20, 0x20);
      expect(acknowledge(pic, 2)).toEqual([0xcd, 0x34]);
    });

    it('is left by initialization, in the middle of an answer too', () => {
      out(0x20, 0x15);
      out(0x21, 0x12, 4, 0);
      pic.setInput(0, true);
      expect(acknowledge(pic, 1)).toEqual([0]);
      pic.setInput(0, false);
      initialize();
      pic.setInput(1, true);
      expect(acknowledge(pic, 1)).toEqual([0x21]);
    });
  });

  it('initialization forgets edges that were there before it, and reads requests', () => {
    pic.setInput(4, true);
    out(0x20, 0x0b);
    initialize();
    expect([pic.intr, space.read(0x20, 1)]).toEqual([false, 0]);
    pic.setInput(4, false);
    pic.setInput(4, true);
    expect(pic.acknowledge()).toBe(0x24);
  });

  it('with all inputs level-triggered, a line that stays asserted asks again after EOI', () => {
    out(0x20, 0x19);
    out(0x21, 0x20, 4, 1);
    pic.setInput(3, true);
    expect(pic.acknowledge()).toBe(0x23);
    out(0x20, 0x20);
    expect(pic.acknowledge()).toBe(0x23);
    pic.setInput(3, false);
    out(0x20, 0x20);
    expect(pic.intr).toBe(false);
  });

  it('a specific EOI ends that input, with rotation makes it the last', () => {
    pic.setInput(5, true);
    pic.acknowledge();
    pic.setInput(3, true);
    pic.acknowledge();
    out(0x20, 0xe5);
    out(0x20, 0x0b);
    expect(space.read(0x20, 1)).toBe(0x08);
    out(0x20, 0x63);
    pic.setInput(6, true);
    pic.setInput(0, true);
    // After input 5 come 6, 7, 0 …
    expect(pic.acknowledge()).toBe(0x26);
  });

  it('rotation on automatic EOI is turned off by its own command', () => {
    initialize(3);
    out(0x20, 0x80);
    out(0x20, 0x00);
    pic.setInput(0, true);
    expect(pic.acknowledge()).toBe(0x20);
    pic.setInput(0, false);
    pic.setInput(0, true);
    pic.setInput(1, true);
    expect(pic.acknowledge()).toBe(0x20);
  });

  it('under special mask mode a non-specific EOI passes over masked inputs, and its own command ends the mode', () => {
    pic.setInput(1, true);
    pic.acknowledge();
    out(0x21, 0x02);
    out(0x20, 0x68);
    pic.setInput(6, true);
    pic.acknowledge();
    out(0x20, 0x20, 0x0b);
    expect(space.read(0x20, 1)).toBe(0x02);
    out(0x20, 0x48);
    pic.setInput(4, true);
    expect(pic.intr).toBe(false);
  });

  it('a poll takes one read, at either port, and the read after it is the mask again', () => {
    pic.setInput(10, true);
    out(0x20, 0x0c);
    expect(space.read(0x21, 1)).toBe(0x82);
    expect(space.read(0x21, 1)).toBe(0);
    out(0xa0, 0x0c);
    expect([space.read(0xa0, 1), space.read(0xa0, 1)]).toEqual([0x82, 0]);
  });

  it('a request that the slave takes back is gone at the master, and its input cannot be driven', () => {
    pic.setInput(9, true);
    out(0xa1, 0x02);
    pic.setInput(2, true);
    expect(pic.intr).toBe(false);
    expect(pic.acknowledgeCycles()).toBe(0x27);
  });

  it('saves and restores in the middle of a service', () => {
    pic.setInput(1, true);
    pic.acknowledge();
    pic.setInput(4, true);
    const state = throughJson(pic.save());
    const levels: boolean[] = [];
    const copy = new Pic({ onIntr: (level) => void levels.push(level) });
    copy.restore(state);
    expect(copy.save()).toEqual(state);
    expect(copy.intr).toBe(false);
    copy.write(0x20, 1, 0x20);
    expect(levels).toEqual([true]);
    expect(copy.acknowledge()).toBe(0x24);
  });
});
