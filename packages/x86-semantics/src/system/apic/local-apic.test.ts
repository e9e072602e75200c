import { describe, expect, test } from 'vitest';
import { MP_STATE, NMI_PENDING, RIP, SEG_BASE } from '../../vp/lanes.ts';
import { InterruptBus } from './bus.ts';
import {
  APIC_EOI,
  APIC_ESR,
  APIC_ICR_HIGH,
  APIC_ICR_LOW,
  APIC_IRR,
  APIC_LDR,
  APIC_LVT_ERROR,
  APIC_LVT_LINT0,
  APIC_LVT_LINT1,
  APIC_LVT_TIMER,
  APIC_PPR,
  APIC_SVR,
  APIC_TIMER_CURRENT,
  APIC_TIMER_DIVIDE,
  APIC_TIMER_INITIAL,
  APIC_TPR,
} from './registers.ts';
import { Bench, TestClock } from '../fixture.ts';
import { applyStartRequests } from '../start-up.ts';

const PAGE = 0xfee0_0000;

function enabled(): Bench {
  const bench = new Bench();
  bench.apic.writeRegister(APIC_SVR, 0x1ff);
  return bench;
}

function message(vector: number, levelTriggered: boolean = false): Parameters<Bench['apic']['receive']>[0] {
  return { mode: 0, vector, destination: 0, logical: false, levelTriggered, assert: true };
}

describe('interrupts', () => {
  test('the higher priority class goes first and holds back lower ones until EOI', () => {
    const { apic } = enabled();
    apic.receive(message(0x31));
    apic.receive(message(0x52));
    expect(apic.acknowledge()).toBe(0x52);
    expect([apic.hasInterrupt(), apic.readRegister(APIC_PPR)]).toEqual([false, 0x50]);
    apic.receive(message(0x5f));
    expect(apic.hasInterrupt()).toBe(false);
    apic.receive(message(0x61));
    expect(apic.acknowledge()).toBe(0x61);
    apic.writeRegister(APIC_EOI, 0);
    apic.writeRegister(APIC_EOI, 0);
    expect([apic.acknowledge(), apic.readRegister(APIC_PPR)]).toEqual([0x5f, 0x50]);
    apic.writeRegister(APIC_EOI, 0);
    expect(apic.acknowledge()).toBe(0x31);
  });

  test('TPR holds back its class and those below', () => {
    const { apic } = enabled();
    apic.writeRegister(APIC_TPR, 0x40);
    apic.receive(message(0x4f));
    expect(apic.hasInterrupt()).toBe(false);
    apic.writeRegister(APIC_TPR, 0x3f);
    expect(apic.acknowledge()).toBe(0x4f);
  });

  test('EOI of a level-triggered interrupt goes to the IO-APIC', () => {
    const { apic, io } = enabled();
    apic.receive(message(0x41, true));
    apic.acknowledge();
    apic.writeRegister(APIC_EOI, 0);
    apic.receive(message(0x41));
    apic.acknowledge();
    apic.writeRegister(APIC_EOI, 0);
    expect(io.log).toEqual(['eoi 65']);
  });

  test('a software-disabled APIC accepts no fixed interrupts and masks its table', () => {
    const { apic } = new Bench();
    apic.receive(message(0x41));
    apic.writeRegister(APIC_LVT_TIMER, 0x31);
    expect([apic.hasInterrupt(), apic.readRegister(APIC_LVT_TIMER)]).toEqual([false, 0x1_0031]);
  });

  test('vectors below 16 are errors', () => {
    const { apic } = enabled();
    apic.writeRegister(APIC_LVT_ERROR, 0x45);
    apic.receive(message(5));
    apic.writeRegister(APIC_ESR, 0);
    expect([apic.readRegister(APIC_ESR), apic.acknowledge()]).toEqual([0x40, 0x45]);
    apic.writeRegister(APIC_ESR, 0);
    expect(apic.readRegister(APIC_ESR)).toBe(0);
  });

  test('LINT0 in ExtINT mode asks the 8259 pair, LINT1 is NMI', () => {
    const bench = enabled();
    const { apic } = bench;
    bench.io.picVector = 0x08;
    apic.pulse(0);
    expect(apic.hasInterrupt()).toBe(false);
    apic.writeRegister(APIC_LVT_LINT0, 0x700);
    expect([apic.hasInterrupt(), apic.acknowledge(), apic.hasInterrupt()]).toEqual([true, 0x08, false]);
    apic.writeRegister(APIC_LVT_LINT1, 0x400);
    apic.pulse(1);
    expect(bench.vp.R[NMI_PENDING]).toBe(1);
    bench.io.picVector = undefined;
    apic.pulse(0);
    expect(apic.acknowledge()).toBe(-1);
  });

  test('with the APIC disabled, LINT0 is the INTR pin', () => {
    const bench = enabled();
    bench.apic.setBase(0xfee0_0100, 0);
    bench.io.picVector = 0x20;
    bench.apic.pulse(0);
    expect([bench.apic.covers(PAGE), bench.apic.acknowledge()]).toEqual([false, 0x20]);
  });
});

describe('the timer', () => {
  test('one-shot: counts down by the clock and fires once', () => {
    const { apic, clock } = enabled();
    apic.writeRegister(APIC_LVT_TIMER, 0x31);
    apic.writeRegister(APIC_TIMER_DIVIDE, 0xb);
    apic.writeRegister(APIC_TIMER_INITIAL, 100);
    clock.to(400);
    expect([apic.readRegister(APIC_TIMER_CURRENT), apic.hasInterrupt()]).toEqual([60, false]);
    clock.to(1000);
    expect([apic.readRegister(APIC_TIMER_CURRENT), apic.acknowledge()]).toEqual([0, 0x31]);
    apic.writeRegister(APIC_EOI, 0);
    clock.to(5000);
    expect(apic.hasInterrupt()).toBe(false);
  });

  test('periodic, divided by 2; missed periods merge', () => {
    const { apic, clock } = enabled();
    apic.writeRegister(APIC_LVT_TIMER, 0x2_0031);
    apic.writeRegister(APIC_TIMER_INITIAL, 50);
    for (const time of [1000, 2000, 7500]) {
      clock.to(time);
      expect(apic.acknowledge()).toBe(0x31);
      apic.writeRegister(APIC_EOI, 0);
    }
    expect(apic.readRegister(APIC_TIMER_CURRENT)).toBe(25);
    clock.to(7999);
    expect(apic.hasInterrupt()).toBe(false);
    clock.to(8000);
    expect(apic.hasInterrupt()).toBe(true);
  });

  test('goes on after save and restore', () => {
    const first = enabled();
    first.apic.writeRegister(APIC_LVT_TIMER, 0x31);
    first.apic.writeRegister(APIC_TIMER_DIVIDE, 0xb);
    first.apic.writeRegister(APIC_TIMER_INITIAL, 100);
    first.clock.to(400);
    first.apic.save();
    const second = new Bench();
    second.vp.B.set(first.vp.B);
    second.apic.restore();
    second.clock.to(599);
    expect(second.apic.hasInterrupt()).toBe(false);
    second.clock.to(600);
    expect(second.apic.hasInterrupt()).toBe(true);
  });
});

describe('messages', () => {
  function three(): Bench[] {
    const bus = new InterruptBus();
    const clock = new TestClock();
    return [0, 1, 2].map((id) => {
      const bench = new Bench(id, bus, clock);
      bench.apic.writeRegister(APIC_SVR, 0x1ff);
      bench.apic.writeRegister(APIC_LDR, (1 << id) << 24);
      return bench;
    });
  }
  const waiting = (benches: Bench[]): boolean[] => benches.map((bench) => bench.apic.hasInterrupt());

  test.each([
    ['physical', 0x0000_0041, 1, [false, true, false]],
    ['logical', 0x0000_0841, 6, [false, true, true]],
    ['broadcast', 0x0000_0041, 0xff, [true, true, true]],
    ['self', 0x0004_0041, 0, [true, false, false]],
    ['all', 0x0008_0041, 0, [true, true, true]],
    ['others', 0x000c_0041, 0, [false, true, true]],
    ['lowest priority', 0x0000_0941, 6, [false, true, false]],
  ])('IPI: %s', (_name, low, destination, expected) => {
    const benches = three();
    benches[0].apic.writeRegister(APIC_ICR_HIGH, destination << 24);
    benches[0].apic.writeRegister(APIC_ICR_LOW, low);
    expect(waiting(benches)).toEqual(expected);
  });

  test('INIT and start-up IPIs start an application processor', () => {
    const benches = three();
    const { vp } = benches[1];
    expect(vp.R[MP_STATE]).toBe(1);
    const send = (low: number): void => {
      benches[0].apic.writeRegister(APIC_ICR_HIGH, 1 << 24);
      benches[0].apic.writeRegister(APIC_ICR_LOW, low);
    };
    send(0xc500);
    send(0x8500);
    expect(applyStartRequests(vp)).toBe(true);
    send(0x0612);
    expect(applyStartRequests(vp)).toBe(true);
    expect([vp.R[MP_STATE], vp.R[SEG_BASE + 2], vp.R[RIP]]).toEqual([0, 0x12000, 0]);
    send(0x0634);
    applyStartRequests(vp);
    expect(vp.R[SEG_BASE + 2]).toBe(0x12000);
  });

  test('an MSI', () => {
    const bus = new InterruptBus();
    const bench = new Bench(0, bus);
    bench.apic.writeRegister(APIC_SVR, 0x1ff);
    bus.deliverMsi(0xfed0_0000n, 0x51);
    expect(bench.apic.hasInterrupt()).toBe(false);
    bus.deliverMsi(0xfee0_0000n, 0x8051);
    expect(bench.apic.acknowledge()).toBe(0x51);
  });

  test('an MSI that merges with the same one says so', () => {
    const bus = new InterruptBus();
    const [first, second] = [new Bench(0, bus), new Bench(1, bus)];
    for (const { apic } of [first, second]) apic.writeRegister(APIC_SVR, 0x1ff);
    expect([0, 1, 2].map(() => bus.deliverMsi(0xfee0_0000n, 0x51))).toEqual([true, false, false]);
    expect(first.apic.acknowledge()).toBe(0x51);
    expect(bus.deliverMsi(0xfee0_0000n, 0x51)).toBe(true);
    // Every processor: new to the second one.
    expect([0, 1].map(() => bus.deliverMsi(0xfeef_f000n, 0x51))).toEqual([true, false]);
  });
});

test('the register page answers through memory accesses', () => {
  const bench = enabled();
  const { vp } = bench;
  vp.storeAs(PAGE + 16 * APIC_TPR, 4, 0x20, false);
  expect(vp.loadAs(PAGE + 16 * APIC_TPR, 4, false)).toBe(0x20);
  expect([vp.loadAs(PAGE + 0x30, 4, false), vp.loadAs(PAGE + 0x32, 1, false)]).toEqual([0x105_0014, 5]);
  bench.apic.receive(message(0x29));
  expect(vp.loadAs(PAGE + 16 * (APIC_IRR + 1), 4, false)).toBe(1 << 9);
});
