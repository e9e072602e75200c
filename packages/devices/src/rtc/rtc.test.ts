import { beforeEach, describe, expect, it } from 'vitest';
import { ManualClock, RecordingLine, throughJson } from '../../test/manual-clock.ts';
import { PortSpace } from '../bus/port-space.ts';
import { cmosContents } from './cmos-memory.ts';
import { Rtc } from './rtc.ts';

const START = Date.UTC(2024, 11, 31, 23, 59, 58);
let clock: ManualClock;
let irq: RecordingLine;
let space: PortSpace;
let rtc: Rtc;

beforeEach(() => {
  clock = new ManualClock();
  irq = new RecordingLine();
  space = new PortSpace();
  rtc = new Rtc({ clock, irq, startDate: START, memory: cmosContents({ memoryBelow4GiB: 128 << 20 }) });
  rtc.attach(space);
});

function get(index: number): number {
  void space.write(0x70, 1, index);
  return space.read(0x71, 1) as number;
}

function set(index: number, value: number): void {
  void space.write(0x70, 1, index);
  void space.write(0x71, 1, value);
}

function date(): string {
  return [0x32, 9, 8, 7, 4, 2, 0].map((index) => get(index).toString(16).padStart(2, '0')).join(' ');
}

describe('Rtc', () => {
  it('tells the time in BCD and rolls the year over', () => {
    expect(date()).toBe('20 24 12 31 23 59 58');
    expect(get(6)).toBe(3);
    clock.advanceTo(3e9);
    expect(date()).toBe('20 25 01 01 00 00 01');
  });

  it('starts within a second', () => {
    const line = new RecordingLine();
    const late = new Rtc({ clock, irq: line, startDate: START + 750 });
    clock.advanceTo(249_999_999);
    expect([late.read(0x71), late.peek(0)]).toEqual([0x58, 0x58]);
    clock.advanceTo(250_000_000);
    expect(late.read(0x71)).toBe(0x59);
  });

  it('tells it in binary and in 12 hours', () => {
    set(11, 0x06);
    expect([get(9), get(4)]).toEqual([24, 23]);
    set(11, 0x00);
    expect(get(4)).toBe(0x91);
    clock.advanceTo(2e9);
    expect(get(4)).toBe(0x12);
  });

  it('shows UIP before an update, and flags the update', () => {
    expect(get(10)).toBe(0x26);
    clock.advanceTo(999_800_000);
    expect(get(10)).toBe(0xa6);
    get(12);
    clock.advanceTo(1_000_000_000);
    expect(get(10)).toBe(0x26);
    expect(get(12) & 0x10).toBe(0x10);
    expect(get(12)).toBe(0);
  });

  it('stops for SET, and goes on from what was written', () => {
    set(11, 0x82);
    for (const [index, value] of [[0, 0x30], [2, 0x15], [4, 0x08], [7, 0x02], [8, 0x03], [9, 0x30]] as const) set(index, value);
    clock.advanceTo(5e9);
    expect(get(0)).toBe(0x30);
    set(11, 0x02);
    clock.advanceTo(6e9);
    expect(date()).toBe('20 30 03 02 08 15 31');
  });

  it('starts again half a second after divider reset', () => {
    set(10, 0x70);
    clock.advanceTo(10e9);
    expect(get(0)).toBe(0x58);
    set(10, 0x26);
    clock.advanceTo(10.5e9 - 1);
    expect(get(0)).toBe(0x58);
    clock.advanceTo(10.5e9);
    expect(get(0)).toBe(0x59);
  });

  it('interrupts periodically at 1024 Hz, once per read of register C', () => {
    set(11, 0x42);
    clock.advanceTo(2_000_000);
    expect(irq.level).toBe(true);
    expect(irq.rises).toBe(1);
    let count = 0;
    for (let time = 2e6; time <= 1e9; time += 250_000) {
      clock.advanceTo(time);
      if (irq.level && (get(12) & 0x40) !== 0) count++;
    }
    expect(count).toBe(1024 - 1);
  });

  it('interrupts for updates and alarms', () => {
    set(11, 0x12);
    clock.advanceTo(1e9);
    expect(irq.level).toBe(true);
    expect(get(12)).toBe(0xd0);
    expect(irq.level).toBe(false);
    set(1, 0x05);
    set(3, 0x00);
    set(5, 0xff);
    set(11, 0x22);
    clock.advanceTo(7e9 - 1);
    expect(irq.level).toBe(false);
    clock.advanceTo(7e9);
    expect(irq.level).toBe(true);
    expect(get(12) & 0xb0).toBe(0xb0);
  });

  it('keeps memory sizes for firmware', () => {
    expect([get(0x15) | (get(0x16) << 8), get(0x17) | (get(0x18) << 8)]).toEqual([640, 0xffff]);
    expect((get(0x34) | (get(0x35) << 8)) * 65536).toBe(112 << 20);
    expect([get(0x5f), get(13)]).toEqual([0, 0x80]);
    set(0x0f, 0x0a);
    expect(rtc.peek(0x0f)).toBe(0x0a);
  });

  it('saves and restores with an interrupt scheduled', () => {
    set(11, 0x52);
    clock.advanceTo(300_000);
    const state = throughJson(rtc.save());
    const line = new RecordingLine();
    const copy = new Rtc({ clock, irq: line, startDate: 0 });
    copy.restore(state);
    expect(copy.save()).toEqual(state);
    clock.advanceTo(1_000_000);
    expect([line.rises, irq.rises]).toEqual([1, 1]);
    copy.write(0x70, 1, 12);
    expect(copy.read(0x71)).toBe(get(12));
    copy.reset();
    expect(line.level).toBe(false);
  });
});
