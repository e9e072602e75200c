import { cpuModel } from '@ringzero/x86';
import { describe, expect, test } from 'vitest';
import { Bench, TestClock } from '../fixture.ts';
import { writeTsc } from '../time-stamp.ts';
import { InterruptBus } from './bus.ts';
import { APIC_EOI, APIC_LVT_LINT0, APIC_LVT_PERFORMANCE, APIC_LVT_TIMER, APIC_SVR, APIC_TIMER_CURRENT, APIC_TIMER_INITIAL } from './registers.ts';

const DEADLINE = 0x4_0031;

function enabled(): Bench {
  const bench = new Bench();
  bench.apic.writeRegister(APIC_SVR, 0x1ff);
  return bench;
}

describe('TSC-deadline mode', () => {
  test('fires once when the counter is there, and reads 0 then', () => {
    const { apic, clock } = enabled();
    apic.writeRegister(APIC_LVT_TIMER, DEADLINE);
    apic.vectors.tscDeadline = 5000n;
    clock.to(4999);
    expect([apic.hasInterrupt(), apic.vectors.tscDeadline]).toEqual([false, 5000n]);
    clock.to(5000);
    expect([apic.acknowledge(), apic.vectors.tscDeadline]).toEqual([0x31, 0n]);
  });

  test('a deadline in the past fires at once; 0 disarms', () => {
    const { apic, clock } = enabled();
    clock.to(1000);
    apic.writeRegister(APIC_LVT_TIMER, DEADLINE);
    apic.vectors.tscDeadline = 1000n;
    expect(apic.acknowledge()).toBe(0x31);
    apic.writeRegister(APIC_EOI, 0);
    apic.vectors.tscDeadline = 2000n;
    apic.vectors.tscDeadline = 0n;
    clock.to(3000);
    expect(apic.hasInterrupt()).toBe(false);
  });

  test('follows writes of the time-stamp counter', () => {
    const { apic, clock, vp } = enabled();
    apic.writeRegister(APIC_LVT_TIMER, DEADLINE);
    apic.vectors.tscDeadline = 10_000n;
    clock.to(100);
    writeTsc(vp, 9_000n);
    apic.vectors.tscWritten();
    clock.to(1099);
    expect(apic.hasInterrupt()).toBe(false);
    clock.to(1100);
    expect(apic.hasInterrupt()).toBe(true);
  });

  test('the other modes ignore it, and it them; a change of mode disarms', () => {
    const { apic, clock } = enabled();
    apic.writeRegister(APIC_LVT_TIMER, 0x31);
    apic.vectors.tscDeadline = 500n;
    expect(apic.vectors.tscDeadline).toBe(0n);
    apic.writeRegister(APIC_TIMER_INITIAL, 1000);
    apic.writeRegister(APIC_LVT_TIMER, DEADLINE);
    expect(apic.readRegister(APIC_TIMER_CURRENT)).toBe(0);
    apic.writeRegister(APIC_TIMER_INITIAL, 5);
    expect(apic.readRegister(APIC_TIMER_INITIAL)).toBe(1000);
    apic.vectors.tscDeadline = 9000n;
    apic.writeRegister(APIC_LVT_TIMER, 0x31);
    clock.to(100_000);
    expect(apic.hasInterrupt()).toBe(false);
  });

  test('goes on after save and restore', () => {
    const first = enabled();
    first.apic.writeRegister(APIC_LVT_TIMER, DEADLINE);
    first.apic.vectors.tscDeadline = 600n;
    first.apic.save();
    const second = new Bench();
    second.vp.B.set(first.vp.B);
    second.apic.restore();
    second.clock.to(599);
    expect(second.apic.hasInterrupt()).toBe(false);
    second.clock.to(600);
    expect(second.apic.hasInterrupt()).toBe(true);
  });

  test('a model without it has no such bit', () => {
    const bench = new Bench(0, new InterruptBus(), new TestClock(), undefined, cpuModel('nehalem')!);
    bench.apic.writeRegister(APIC_SVR, 0x1ff);
    bench.apic.writeRegister(APIC_LVT_TIMER, DEADLINE);
    expect(bench.apic.readRegister(APIC_LVT_TIMER)).toBe(0x31);
  });
});

describe('the other entries', () => {
  test('LINT0, fixed and level-triggered: remote IRR holds back the next until EOI', () => {
    const { apic } = enabled();
    apic.writeRegister(APIC_LVT_LINT0, 0x8041);
    apic.pulse(0);
    apic.pulse(0);
    expect([apic.readRegister(APIC_LVT_LINT0), apic.acknowledge(), apic.hasInterrupt()]).toEqual([0xc041, 0x41, false]);
    apic.writeRegister(APIC_EOI, 0);
    expect(apic.readRegister(APIC_LVT_LINT0)).toBe(0x8041);
    apic.pulse(0);
    expect(apic.acknowledge()).toBe(0x41);
  });

  test('a performance interrupt masks its entry', () => {
    const { apic } = enabled();
    apic.writeRegister(APIC_LVT_PERFORMANCE, 0x71);
    apic.performanceInterrupt();
    expect([apic.readRegister(APIC_LVT_PERFORMANCE), apic.acknowledge()]).toEqual([0x1_0071, 0x71]);
  });

  test('reserved delivery modes deliver nothing', () => {
    const { apic } = enabled();
    for (const mode of [1, 2, 3, 6]) {
      apic.writeRegister(APIC_LVT_PERFORMANCE, (mode << 8) | 0x71);
      apic.performanceInterrupt();
    }
    expect(apic.hasInterrupt()).toBe(false);
  });
});

describe('the spurious-interrupt vector register', () => {
  test('EOI broadcasts can be suppressed where the version says so', () => {
    const { apic, io } = enabled();
    const level = { mode: 0, vector: 0x41, destination: 0, logical: false, levelTriggered: true, assert: true };
    for (const svr of [0x1ff, 0x11ff]) {
      apic.writeRegister(APIC_SVR, svr);
      apic.receive(level);
      apic.acknowledge();
      apic.writeRegister(APIC_EOI, 0);
    }
    expect([io.log, apic.readRegister(APIC_SVR)]).toEqual([['eoi 65'], 0x11ff]);
    const nehalem = new Bench(0, new InterruptBus(), new TestClock(), undefined, cpuModel('nehalem')!);
    nehalem.apic.writeRegister(APIC_SVR, 0x11ff);
    expect(nehalem.apic.readRegister(APIC_SVR)).toBe(0x1ff);
  });

  test('the P6 family: the vector ends in ones, and lowest priority goes to the focus processor', () => {
    const bus = new InterruptBus();
    const benches = [0, 1].map((id) => new Bench(id, bus, new TestClock(), undefined, cpuModel('pentium3')!));
    for (const { apic } of benches) apic.writeRegister(APIC_SVR, 0x1c0);
    const [first, second] = benches;
    expect(first!.apic.readRegister(APIC_SVR)).toBe(0x1cf);
    const lowest = { mode: 1, vector: 0x51, destination: 0xffff_ffff, logical: false, levelTriggered: false, assert: true };
    second!.apic.receive({ ...lowest, mode: 0 });
    second!.apic.acknowledge();
    bus.route(lowest);
    expect(benches.map(({ apic }) => apic.readRegister(0x22))).toEqual([0, 1 << 17]);
    second!.apic.writeRegister(APIC_SVR, 0x3cf);
    bus.route({ ...lowest, vector: 0x51 });
    expect(first!.apic.readRegister(0x22)).toBe(1 << 17);
  });
});

describe('ticks of a periodic timer', () => {
  const MS = 1_000_000;
  const PERIOD = 4 * MS;

  function ticking(mode: 'real' | 'virtual'): Bench {
    const bench = enabled();
    bench.clock.mode = mode;
    bench.apic.writeRegister(APIC_LVT_TIMER, 0x2_0031);
    bench.apic.writeRegister(APIC_TIMER_INITIAL, PERIOD / 20);
    return bench;
  }

  /** Ticks that a guest with interrupts on sees until `end`. */
  function taken({ apic, clock }: Bench, end: number): number {
    let count = 0;
    while (clock.time < end) {
      clock.to(clock.time + MS / 10);
      if (apic.hasInterrupt() && apic.acknowledge() >= 0) {
        count++;
        apic.writeRegister(APIC_EOI, 0);
      }
    }
    return count;
  }

  test('wait on a busy host for the guest to take the one before', () => {
    const bench = ticking('real');
    expect(taken(bench, 9 * MS)).toBe(2);
    for (let time = 10; time < 30; time++) bench.clock.to(time * MS);
    expect(taken(bench, 41 * MS)).toBe(8);
  });

  test('merge in time that is the guest’s own', () => {
    const bench = ticking('virtual');
    expect(taken(bench, 9 * MS)).toBe(2);
    for (let time = 10; time < 30; time++) bench.clock.to(time * MS);
    expect(taken(bench, 41 * MS)).toBe(4);
  });

  test('do not wait for a guest that takes none', () => {
    const bench = ticking('real');
    expect(taken(bench, 9 * MS)).toBe(2);
    for (let time = 10; time < 1500; time++) bench.clock.to(time * MS);
    expect(taken(bench, 1541 * MS)).toBeLessThan(13);
  });
});
