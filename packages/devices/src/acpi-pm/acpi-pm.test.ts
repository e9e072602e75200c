import { beforeEach, describe, expect, it } from 'vitest';
import { ManualClock, RecordingLine, throughJson } from '../../test/manual-clock.ts';
import { PortSpace } from '../bus/port-space.ts';
import { timeOfTick } from '../bus/ticks.ts';
import { AcpiPm, PM_TIMER_FREQUENCY } from './acpi-pm.ts';
import type { AcpiPmOptions } from './acpi-pm.ts';

const BASE = 0x600;
let clock: ManualClock;
let sci: RecordingLine;
let events: string[];
let space: PortSpace;
let pm: AcpiPm;

function options(): AcpiPmOptions {
  return {
    clock, sci, s5Type: 5, smi: { port: 0xb2, acpiEnable: 0xf1, acpiDisable: 0xf0 },
    onPowerOff: () => void events.push('off'), onSleep: (type) => void events.push(`sleep ${type}`),
  };
}

beforeEach(() => {
  clock = new ManualClock();
  sci = new RecordingLine();
  events = [];
  space = new PortSpace();
  pm = new AcpiPm(options());
  pm.attach(space);
});

describe('AcpiPm', () => {
  it('counts at 3.579545 MHz in 24 bits', () => {
    clock.advanceTo(1e9);
    expect(space.read(BASE + 8, 4)).toBe(PM_TIMER_FREQUENCY);
    clock.advanceTo(10e9);
    expect(space.read(BASE + 8, 4)).toBe((PM_TIMER_FREQUENCY * 10) % 2 ** 24);
    expect(space.read(BASE + 9, 1)).toBe((((PM_TIMER_FREQUENCY * 10) % 2 ** 24) >> 8) & 0xff);
  });

  it('enters ACPI mode through the SMI command port', () => {
    expect(space.read(BASE + 4, 2)).toBe(0);
    void space.write(0xb2, 1, 0xf1);
    expect(space.read(BASE + 4, 2)).toBe(1);
    void space.write(0xb2, 1, 0xf0);
    expect(space.read(BASE + 4, 2)).toBe(0);
  });

  it('raises the SCI when the timer carries, at the exact time', () => {
    void space.write(0xb2, 1, 0xf1);
    void space.write(BASE + 2, 2, 1);
    const carry = timeOfTick(2 ** 23, PM_TIMER_FREQUENCY);
    clock.advanceTo(carry - 1);
    expect(sci.level).toBe(false);
    clock.advanceTo(carry);
    expect([sci.level, space.read(BASE, 2)]).toEqual([true, 1]);
    void space.write(BASE, 2, 1);
    expect(sci.level).toBe(false);
    clock.advanceTo(2 * carry);
    expect(sci.level).toBe(true);
  });

  it('reports the power button and general-purpose events', () => {
    void space.write(0xb2, 1, 0xf1);
    void space.write(BASE + 2, 2, 0x0100);
    pm.pressPowerButton();
    expect(sci.level).toBe(true);
    void space.write(BASE + 1, 1, 0x01);
    expect(sci.level).toBe(false);
    void space.write(BASE + 0x0e, 2, 0x0004);
    pm.raiseGpe(2);
    expect([sci.level, space.read(BASE + 0x0c, 4)]).toEqual([true, 0x00040004]);
    void space.write(BASE + 0x0c, 2, 0x0004);
    expect(sci.level).toBe(false);
  });

  it('powers off for S5 and reports other sleep types', () => {
    void space.write(BASE + 4, 2, 0x2400);
    expect([...events, space.read(BASE, 2)]).toEqual(['sleep 1', 0x8000]);
    void space.write(BASE + 4, 2, 0x3400);
    expect(events).toEqual(['sleep 1', 'off']);
    expect(space.read(BASE + 4, 2)).toBe(0x1400);
  });

  it('moves, and saves and restores where it is', () => {
    pm.moveTo(0x80);
    expect(space.read(0xb2, 1)).toBe(0);
    pm.moveTo(0xb000);
    expect(space.read(BASE + 4, 2)).toBe(0xffff);
    void space.write(0xb2, 1, 0xf1);
    void space.write(0xb002, 2, 1);
    clock.advanceTo(1e9);
    const state = throughJson(pm.save());
    const copySpace = new PortSpace();
    const copy = new AcpiPm({ ...options(), sci: new RecordingLine() });
    copy.attach(copySpace);
    copy.restore(state);
    expect(copy.save()).toEqual(state);
    expect(copySpace.read(0xb004, 2)).toBe(1);
    copy.reset();
    expect(copySpace.read(0xb004, 2)).toBe(0);
  });
});
