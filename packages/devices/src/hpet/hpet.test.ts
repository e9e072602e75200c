import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { ManualClock, RecordingLine, throughJson } from '../../test/manual-clock.ts';
import { IrqRouter } from '../bus/irq.ts';
import { Hpet } from './hpet.ts';

const LEVEL = 2;
const ENABLE = 4;
const PERIODIC = 8;
const SET_VALUE = 0x40;
const MODE_32 = 0x100;
const T0 = 0x100;
const T1 = 0x120;
const T2 = 0x140;

let clock: ManualClock;
let lines: IrqRouter;
let pins: Map<number, RecordingLine>;
let hpet: Hpet;
let isa: string[];

function create(): Hpet {
  lines = new IrqRouter({ pic: (input, level) => void isa.push(`${input}${level ? '+' : '-'}`) });
  pins = new Map();
  return new Hpet({
    clock,
    replacements: [lines.replacement(0), lines.replacement(8)],
    pin: (pin) => {
      const line = new RecordingLine();
      pins.set(pin, line);
      return line;
    },
  });
}

function route(pin: number): number {
  return pin << 9;
}
function ticks(count: number): void {
  clock.advanceBy(count * 10);
}

beforeEach(() => {
  clock = new ManualClock();
  isa = [];
  hpet = create();
});

describe('the main counter', () => {
  it('says what it is, and counts 100 MHz while it is enabled', () => {
    expect([hpet.read(0, 4), hpet.read(4, 4)]).toEqual([0x8086a201, 10_000_000]);
    expect([hpet.read(T0, 4), hpet.read(T0 + 4, 4)]).toEqual([0x30, 0xff0000]);
    ticks(100);
    expect(hpet.read(0xf0, 4)).toBe(0);
    hpet.write(0x10, 4, 1);
    ticks(250);
    expect(hpet.read(0xf0, 4)).toBe(250);
    hpet.write(0x10, 4, 0);
    ticks(100);
    expect(hpet.read(0xf0, 4)).toBe(250);
  });

  it('carries into its upper half', () => {
    hpet.write(0xf0, 4, 0xffff_fff0);
    hpet.write(0xf4, 4, 7);
    hpet.write(0x10, 4, 1);
    ticks(32);
    expect([hpet.read(0xf0, 4), hpet.read(0xf4, 4)]).toEqual([16, 8]);
    hpet.write(0x10, 4, 0);
    expect([hpet.read(0xf0, 4), hpet.read(0xf4, 4)]).toEqual([16, 8]);
  });
});

describe('a timer', () => {
  it('interrupts once at its comparator', () => {
    hpet.write(T2, 4, ENABLE | route(20));
    hpet.write(T2 + 8, 4, 5000);
    hpet.write(T2 + 12, 4, 0);
    hpet.write(0x10, 4, 1);
    ticks(4999);
    expect(pins.get(20)?.rises ?? 0).toBe(0);
    ticks(1);
    expect(pins.get(20)?.rises).toBe(1);
    ticks(100_000);
    expect(pins.get(20)?.rises).toBe(1);
  });

  it('interrupts again when 32 bits wrap', () => {
    hpet.write(T2, 4, ENABLE | MODE_32 | route(20));
    hpet.write(T2 + 8, 4, 5000);
    hpet.write(0x10, 4, 1);
    ticks(2 ** 32 + 4000);
    expect(pins.get(20)?.rises).toBe(1);
    ticks(1000);
    expect(pins.get(20)?.rises).toBe(2);
    expect(hpet.read(T2 + 12, 4)).toBe(0);
  });

  it('waits for the wrap when its comparator has passed', () => {
    hpet.write(0x10, 4, 1);
    ticks(10_000);
    hpet.write(T2, 4, ENABLE | MODE_32 | route(16));
    hpet.write(T2 + 8, 4, 9_000);
    ticks(2 ** 32 - 2000);
    expect(pins.get(16)?.rises).toBe(0);
    ticks(1000);
    expect(pins.get(16)?.rises).toBe(1);
  });

  it('is periodic, from an accumulator that is set', () => {
    hpet.write(T0, 4, ENABLE | PERIODIC | SET_VALUE | MODE_32 | route(16));
    hpet.write(T0 + 8, 4, 3000);
    expect(hpet.read(T0, 4) & SET_VALUE).toBe(0);
    hpet.write(T0 + 8, 4, 10_000);
    hpet.write(0x10, 4, 1);
    ticks(3000);
    expect([pins.get(16)?.rises, hpet.read(T0 + 8, 4)]).toEqual([1, 13_000]);
    ticks(20_000);
    expect([pins.get(16)?.rises, hpet.read(T0 + 8, 4)]).toEqual([3, 33_000]);
  });

  it('with a level-triggered interrupt holds its line until its status is cleared', () => {
    hpet.write(T1, 4, ENABLE | LEVEL | route(17));
    hpet.write(T1 + 8, 4, 100);
    hpet.write(T1 + 12, 4, 0);
    hpet.write(0x10, 4, 1);
    ticks(1000);
    expect([pins.get(17)?.level, hpet.read(0x20, 4)]).toEqual([true, 2]);
    hpet.write(0x20, 4, 1);
    expect(pins.get(17)?.level).toBe(true);
    hpet.write(0x20, 4, 2);
    expect([pins.get(17)?.level, hpet.read(0x20, 4)]).toEqual([false, 0]);
  });

  it('without its enable bit shows its status alone', () => {
    hpet.write(T1, 4, LEVEL | route(17));
    hpet.write(T1 + 8, 4, 100);
    hpet.write(T1 + 12, 4, 0);
    hpet.write(0x10, 4, 1);
    ticks(1000);
    expect([pins.get(17)?.level, hpet.read(0x20, 4)]).toEqual([false, 2]);
  });

  it('that interrupts nobody wakes nobody, and counts all the same', () => {
    hpet.write(T0, 4, ENABLE | PERIODIC | SET_VALUE | MODE_32 | route(16));
    hpet.write(T0 + 8, 4, 10_000);
    hpet.write(0x10, 4, 1);
    ticks(15_000);
    hpet.write(T0, 4, PERIODIC | MODE_32 | route(16));
    expect(clock.pending).toBe(0);
    ticks(100_000);
    expect(hpet.read(T0 + 8, 4)).toBe(120_000);
    hpet.write(T0, 4, ENABLE | PERIODIC | MODE_32 | route(16));
    ticks(5000);
    expect(pins.get(16)?.rises).toBe(2);
  });

  it('has no route but the pins that it names', () => {
    hpet.write(T1, 4, ENABLE | route(3));
    expect((hpet.read(T1, 4) >> 9) & 31).toBe(0);
    hpet.write(T1 + 8, 4, 100);
    hpet.write(0x10, 4, 1);
    ticks(1000);
    expect(isa).toEqual([]);
  });

  it('does not keep the host busy with a period of one tick', () => {
    hpet.write(T0, 4, ENABLE | PERIODIC | SET_VALUE | MODE_32 | route(16));
    hpet.write(T0 + 8, 4, 1);
    hpet.write(0x10, 4, 1);
    ticks(100_000);
    expect(pins.get(16)?.rises).toBeLessThanOrEqual(101);
    expect(pins.get(16)?.rises).toBeGreaterThan(90);
    hpet.write(T0 + 8, 4, 0);
    expect(clock.pending).toBeLessThanOrEqual(1);
    ticks(100_000);
    expect(clock.pending).toBe(0);
  });

  it('in real time has a tick wait until the guest took the one before', () => {
    clock.mode = 'real';
    hpet.write(T0, 4, ENABLE | PERIODIC | SET_VALUE | MODE_32 | route(16));
    hpet.write(T0 + 8, 4, 100_000);
    hpet.write(0x10, 4, 1);
    ticks(1);
    const line = pins.get(16)!;
    line.isTaken = false;
    clock.advanceBy(3_000_000);
    expect(line.rises).toBe(0);
    line.isTaken = true;
    clock.advanceBy(3_000_000);
    expect(line.rises).toBe(6);
  });
});

describe('the legacy replacement route', () => {
  it('takes IRQ 0 and IRQ 8 from their timers, and gives them back', () => {
    const [pit, rtc] = [lines.line(0), lines.line(8)];
    pit.set(true);
    expect(isa).toEqual(['0+']);
    hpet.write(T0, 4, ENABLE);
    hpet.write(T1, 4, ENABLE);
    for (const [timer, at] of [[T0, 2000], [T1, 3000]] as const) {
      hpet.write(timer + 8, 4, at);
      hpet.write(timer + 12, 4, 0);
    }
    hpet.write(0x10, 4, 3);
    expect(isa).toEqual(['0+', '0-']);
    pit.set(false);
    pit.set(true);
    rtc.set(true);
    ticks(2000);
    expect(isa).toEqual(['0+', '0-', '0+']);
    ticks(2000);
    expect(isa).toEqual(['0+', '0-', '0+', '8+']);
    hpet.write(0x10, 4, 0);
    expect(isa).toEqual(['0+', '0-', '0+', '8+', '0-', '8-', '0+', '8+']);
  });
});

it('goes on after a restore', () => {
  hpet.write(T0, 4, ENABLE | PERIODIC | SET_VALUE | MODE_32);
  hpet.write(T0 + 8, 4, 3000);
  hpet.write(T0 + 8, 4, 10_000);
  hpet.write(T1, 4, ENABLE | LEVEL | route(18));
  hpet.write(T1 + 8, 4, 10);
  hpet.write(T1 + 12, 4, 0);
  hpet.write(0x10, 4, 3);
  ticks(4000);
  const state = throughJson(hpet.save());
  hpet.reset();
  isa = [];
  const copy = create();
  copy.restore(state);
  expect(copy.save()).toEqual(state);
  expect(isa).toEqual(['0+', '8+']);
  ticks(8999);
  expect(isa).toEqual(['0+', '8+']);
  ticks(1);
  expect(isa).toEqual(['0+', '8+', '0-', '0+']);
  expect([copy.read(0xf0, 4), copy.read(0x20, 4)]).toEqual([13_000, 2]);
  copy.reset();
  expect(clock.pending).toBe(0);
  expect(copy.read(0xf0, 4)).toBe(0);
});

it('survives any registers, and is never busy with itself', () => {
  const write = fc.record({
    offset: fc.oneof(fc.constantFrom(0x10, 0x20, 0xf0, 0xf4, T0, T0 + 8, T0 + 12, T1, T1 + 8, T2, T2 + 8), fc.integer({ min: 0, max: 0x3fc })),
    size: fc.constantFrom<1 | 2 | 4>(4, 4, 4, 2, 1),
    value: fc.oneof(fc.integer({ min: 0, max: 0x200 }), fc.integer({ min: 0, max: 0xffffffff }), fc.integer({ min: 16, max: 23 }).map((pin) => route(pin) | ENABLE | PERIODIC | MODE_32)),
    pause: fc.integer({ min: 0, max: 100_000 }),
  });
  fc.assert(fc.property(fc.array(write, { maxLength: 30 }), (writes) => {
    clock = new ManualClock();
    hpet = create();
    for (const { offset, size, value, pause } of writes) {
      hpet.write(offset, size, value);
      hpet.read(offset, size);
      const before = isa.length;
      const rises = [...pins.values()].reduce((sum, line) => sum + line.rises, 0);
      clock.advanceBy(pause);
      // Three timers, 10 microseconds apart at least; each interrupt of the ISA lines is two changes.
      const most = 3 * (pause / 10_000 + 2);
      expect(isa.length - before).toBeLessThanOrEqual(2 * most);
      expect([...pins.values()].reduce((sum, line) => sum + line.rises, 0) - rises).toBeLessThanOrEqual(most);
      expect(clock.pending).toBeLessThanOrEqual(3);
    }
    const state = throughJson(hpet.save());
    hpet.restore(state);
    expect(hpet.save()).toEqual(state);
    hpet.reset();
    expect(clock.pending).toBe(0);
  }), { numRuns: 300, seed: 3 });
});
