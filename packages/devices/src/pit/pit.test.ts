import { beforeEach, describe, expect, it } from 'vitest';
import { ManualClock, RecordingLine, throughJson } from '../../test/manual-clock.ts';
import { PortSpace } from '../bus/port-space.ts';
import { timeOfTick } from '../bus/ticks.ts';
import { Pit, PIT_FREQUENCY } from './pit.ts';

let clock: ManualClock;
let irq: RecordingLine;
let pit: Pit;
let space: PortSpace;

beforeEach(() => {
  clock = new ManualClock();
  irq = new RecordingLine();
  pit = new Pit({ clock, irq });
  space = new PortSpace();
  pit.attach(space);
});

function out(port: number, ...values: number[]): void {
  for (const value of values) void space.write(port, 1, value);
}

function toTick(tick: number): void {
  clock.advanceTo(timeOfTick(tick, PIT_FREQUENCY));
}

function count(counter: number): number {
  out(0x43, counter << 6);
  return (space.read(0x40 + counter, 1) as number) | ((space.read(0x40 + counter, 1) as number) << 8);
}

function status(counter: number): number {
  out(0x43, 0xe0 | (2 << counter));
  return space.read(0x40 + counter, 1) as number;
}

describe('Pit', () => {
  it('mode 2 interrupts 18.2 times a second for the largest count', () => {
    out(0x43, 0x34);
    out(0x40, 0, 0);
    const before = irq.rises;
    clock.advanceTo(10e9);
    expect(irq.rises - before).toBe(Math.floor((PIT_FREQUENCY * 10 - 1) / 65536));
  });

  it('mode 2 counts down, reloads, and takes a new count at the end of the period', () => {
    out(0x43, 0x34);
    out(0x40, 100, 0);
    toTick(1);
    expect(count(0)).toBe(100);
    toTick(31);
    expect(count(0)).toBe(70);
    out(0x40, 50, 0);
    expect(status(0) & 0x40).toBe(0x40);
    toTick(100);
    expect(count(0)).toBe(1);
    expect(status(0) & 0x80).toBe(0);
    toTick(101);
    expect(count(0)).toBe(50);
    expect(status(0)).toBe(0x80 | 0x34);
    const rises = irq.rises;
    toTick(151);
    expect(irq.rises).toBe(rises + 1);
  });

  it('mode 3 is a square wave that counts by two', () => {
    out(0x43, 0xb6);
    out(0x61, 1);
    out(0x42, 10, 0);
    const wave: string[] = [];
    for (let tick = 1; tick <= 11; tick++) {
      toTick(tick);
      wave.push(`${count(2)}${((space.read(0x61, 1) as number) & 0x20) === 0 ? '-' : '+'}`);
    }
    expect(wave).toEqual(['10+', '8+', '6+', '4+', '2+', '10-', '8-', '6-', '4-', '2-', '10+']);
  });

  it('mode 0 raises its output once, and its gate pauses it', () => {
    out(0x43, 0xb0);
    out(0x61, 1);
    out(0x42, 10, 0);
    toTick(5);
    expect(count(2)).toBe(6);
    out(0x61, 0);
    toTick(50);
    expect(count(2)).toBe(6);
    out(0x61, 1);
    toTick(55);
    expect((space.read(0x61, 1) as number) & 0x20).toBe(0);
    toTick(56);
    expect((space.read(0x61, 1) as number) & 0x20).toBe(0x20);
    toTick(57);
    expect(count(2)).toBe(0xffff);
  });

  it('mode 0 and mode 4 on counter 0 interrupt once', () => {
    out(0x43, 0x30);
    expect(irq.level).toBe(false);
    out(0x40, 100, 0);
    toTick(100);
    expect(irq.rises).toBe(0);
    toTick(101);
    expect(irq.rises).toBe(1);
    out(0x43, 0x38);
    out(0x40, 100, 0);
    toTick(201);
    expect(irq.rises).toBe(1);
    toTick(203);
    expect(irq.rises).toBe(2);
    clock.advanceBy(1e9);
    expect(irq.rises).toBe(2);
  });

  it('mode 1 is a retriggerable one-shot, mode 5 a triggered strobe', () => {
    out(0x43, 0xb2);
    out(0x42, 10, 0);
    expect((space.read(0x61, 1) as number) & 0x20).toBe(0x20);
    out(0x61, 1);
    toTick(1);
    expect((space.read(0x61, 1) as number) & 0x20).toBe(0);
    toTick(8);
    out(0x61, 0);
    out(0x61, 1);
    toTick(18);
    expect((space.read(0x61, 1) as number) & 0x20).toBe(0);
    toTick(19);
    expect((space.read(0x61, 1) as number) & 0x20).toBe(0x20);
    out(0x61, 0);
    out(0x43, 0xba);
    out(0x42, 4, 0);
    out(0x61, 1);
    toTick(24);
    expect((space.read(0x61, 1) as number) & 0x20).toBe(0);
    toTick(25);
    expect((space.read(0x61, 1) as number) & 0x20).toBe(0x20);
  });

  it('counts in BCD, by single bytes, and latches only once', () => {
    out(0x43, 0x35);
    out(0x40, 0x00, 0x10);
    toTick(2);
    expect(count(0)).toBe(0x0999);
    out(0x43, 0x14);
    out(0x40, 0x80);
    toTick(3);
    expect(space.read(0x40, 1)).toBe(0x80);
    out(0x43, 0x00);
    toTick(10);
    out(0x43, 0x00);
    expect([space.read(0x40, 1), space.read(0x40, 1)]).toEqual([0x80, 0x79]);
  });

  it('toggles the refresh bit', () => {
    const seen = new Set<number>();
    for (let i = 0; i < 4; i++) {
      seen.add((space.read(0x61, 1) as number) & 0x10);
      clock.advanceBy(15_100);
    }
    expect(seen).toEqual(new Set([0, 0x10]));
  });

  it('saves and restores a running timer', () => {
    out(0x43, 0x34);
    out(0x40, 0, 4);
    toTick(5000);
    const state = throughJson(pit.save());
    const line = new RecordingLine();
    const copy = new Pit({ clock, irq: line });
    copy.restore(state);
    expect(copy.save()).toEqual(state);
    const before = [irq.rises, line.rises];
    clock.advanceBy(100e6);
    expect(line.rises - before[1]!).toBe(irq.rises - before[0]!);
    expect(line.rises).toBeGreaterThan(100);
  });

  it('forgets its timer on reset', () => {
    out(0x43, 0x34);
    out(0x40, 0, 4);
    pit.reset();
    expect(clock.pending).toBe(0);
    expect(irq.level).toBe(false);
  });

  it('on a busy host, holds a tick back until the one before was taken, so that none is lost', () => {
    clock.mode = 'real';
    out(0x43, 0x34);
    out(0x40, 0x34, 0x12);
    const ticks = Math.floor(PIT_FREQUENCY / 0x1234);
    clock.advanceTo(100e6);
    irq.isTaken = false;
    clock.advanceTo(300e6);
    irq.isTaken = true;
    clock.advanceTo(1e9 + 1e6);
    expect(irq.rises).toBeCloseTo(ticks, -1);
  });

  it('does not wait for a guest that takes no tick', () => {
    clock.mode = 'real';
    irq.isTaken = false;
    out(0x43, 0x34);
    out(0x40, 0x34, 0x12);
    clock.advanceTo(3e9);
    irq.isTaken = true;
    clock.advanceTo(4e9);
    expect(irq.rises).toBeCloseTo(PIT_FREQUENCY / 0x1234, -1);
  });
});
