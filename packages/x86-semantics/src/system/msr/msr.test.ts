import { cpuModel } from '@ringzero/x86';
import { describe, expect, test } from 'vitest';
import { CR4, EAX, ECX, EDX } from '../../vp/lanes.ts';
import { STATUS_FAULT, STATUS_OK } from '../../vp/status.ts';
import { InterruptBus } from '../apic/bus.ts';
import { APIC_LVT_PERFORMANCE, APIC_SVR } from '../apic/registers.ts';
import { Bench, TestClock } from '../fixture.ts';
import { unitsOf } from '../units.ts';
import { readSavedMsrs, writeSavedMsrs } from './saved.ts';

function benchOf(name: string): Bench {
  return new Bench(0, new InterruptBus(), new TestClock(), undefined, cpuModel(name)!);
}

function write(bench: Bench, msr: number, low: number, high: number = 0): boolean {
  const { R } = bench.vp;
  R[ECX] = msr;
  R[EAX] = low;
  R[EDX] = high;
  return bench.run('Wrmsr') === STATUS_OK;
}

function read(bench: Bench, msr: number, form: string = 'Rdmsr'): readonly [number, number] | undefined {
  const { R, U } = bench.vp;
  R[ECX] = msr;
  return bench.run(form) === STATUS_FAULT ? undefined : [U[EAX], U[EDX]];
}

describe('machine check', () => {
  test.each([
    ['pentium', undefined, 0, false],
    ['pentium3', [0x105, 0], 5, false],
    ['core2', [0x806, 0], 6, true],
    ['nehalem', [0x809, 0], 9, true],
  ])('%s', (name, capabilities, banks, hasMisc) => {
    const bench = benchOf(name);
    expect(read(bench, 0x179)).toEqual(capabilities);
    for (let bank = 0; bank < 10; bank++) {
      const exists = bank < banks;
      const first = 0x400 + 4 * bank;
      expect(write(bench, first, 0x55, 0xaa)).toBe(exists);
      expect(read(bench, first)).toEqual(exists ? [0x55, 0xaa] : undefined);
      expect([write(bench, first + 1, 1), write(bench, first + 1, 0, 1), write(bench, first + 1, 0)]).toEqual([false, false, exists]);
      expect(read(bench, first + 3)).toEqual(exists && hasMisc ? [0, 0] : undefined);
    }
    expect(read(bench, 0x17b) !== undefined).toBe(name === 'pentium3');
  });

  test('IA32_MCG_STATUS keeps its three bits', () => {
    const bench = benchOf('nehalem');
    expect([write(bench, 0x17a, 8), write(bench, 0x17a, 5), read(bench, 0x17a)]).toEqual([false, true, [5, 0]]);
  });
});

describe('MTRRs', () => {
  test.each([
    [0x200, 0x100, 0, false], [0x200, 2, 0, false], [0x200, 6, 0xf, true], [0x200, 6, 0x10, false],
    [0x201, 0x400, 0, false], [0x201, 0x800, 0xf, true], [0x201, 0x800, 0x10, false],
    [0x2ff, 0x1000, 0, false], [0x2ff, 0xc06, 0, true], [0x2ff, 2, 0, false], [0x2ff, 6, 1, false],
    [0x250, 0x0606_0602, 0, false], [0x250, 0x0606_0606, 0x0606_0606, true], [0xfe, 0x508, 0, false],
    [0x277, 0x0007_0406, 0x0007_0406, true], [0x277, 2, 0, false], [0x277, 0x0800_0000, 0, false],
  ])('WRMSR %s, %s:%s', (msr, low, high, accepted) => {
    expect(write(benchOf('nehalem'), msr, low, high)).toBe(accepted);
  });
});

describe('performance counters', () => {
  const ENABLED = 0x43_003c;

  test('hold what is written, sign-extended to their width, until they are enabled', () => {
    const bench = benchOf('nehalem');
    expect([write(bench, 0xc1, 0xabcd, 5), read(bench, 0xc1)]).toEqual([true, [0xabcd, 0]]);
    expect([write(bench, 0xc4, -2 | 0), read(bench, 0xc4)]).toEqual([true, [0xffff_fffe, 0xffff]]);
    bench.clock.to(1000);
    expect(read(bench, 0xc1)).toEqual([0xabcd, 0]);
    write(bench, 0x186, ENABLED);
    bench.clock.to(1500);
    expect([read(bench, 0xc1), read(bench, 0, 'Rdpmc'), read(bench, 0xc4)]).toEqual([[0xabcd + 500, 0], [0xabcd + 500, 0], [0xffff_fffe, 0xffff]]);
    write(bench, 0x38f, 0);
    bench.clock.to(9000);
    expect(read(bench, 0xc1)).toEqual([0xabcd + 500, 0]);
  });

  test('overflow sets the status, and interrupts where asked', () => {
    const bench = benchOf('nehalem');
    bench.apic.writeRegister(APIC_SVR, 0x1ff);
    bench.apic.writeRegister(APIC_LVT_PERFORMANCE, 0x71);
    write(bench, 0xc1, -300 | 0);
    write(bench, 0x186, ENABLED | (1 << 20));
    bench.clock.to(299);
    expect(bench.apic.hasInterrupt()).toBe(false);
    bench.clock.to(310);
    expect([bench.apic.acknowledge(), read(bench, 0x38e), read(bench, 0xc1)]).toEqual([0x71, [1, 0], [10, 0]]);
    expect([write(bench, 0x390, 1), read(bench, 0x38e), write(bench, 0x38e, 0)]).toEqual([true, [0, 0], false]);
  });

  test('instructions retired are counted as such, by general counters and by the first fixed one', () => {
    const bench = benchOf('nehalem');
    write(bench, 0x186, 0x43_00c0);
    write(bench, 0x187, ENABLED);
    write(bench, 0x38d, 0x33);
    write(bench, 0x38f, 3, 3);
    bench.vp.retired += 40;
    bench.clock.to(1000);
    expect([0xc1, 0xc2, 0x309, 0x30a].map((msr) => read(bench, msr))).toEqual([[40, 0], [1000, 0], [40, 0], [1000, 0]]);
  });

  test('fixed counters, by RDPMC too', () => {
    const bench = benchOf('core2');
    expect([write(bench, 0x30a, 7, 0x100), write(bench, 0x30a, 7, 0x1)]).toEqual([false, true]);
    expect([write(bench, 0x38d, 0x40), write(bench, 0x38d, 0x30)]).toEqual([false, true]);
    expect([write(bench, 0x38f, 0, 8), write(bench, 0x38f, 0, 2)]).toEqual([false, true]);
    bench.clock.to(100);
    expect([read(bench, 0x4000_0001, 'Rdpmc'), read(bench, 0x4000_0003, 'Rdpmc'), read(bench, 2, 'Rdpmc')]).toEqual([[107, 1], undefined, undefined]);
  });

  test('the P6 family has two, that the first enable bit starts', () => {
    const bench = benchOf('pentium3');
    expect([read(bench, 0xc3), read(bench, 0x38f), write(bench, 0x187, 0x3_0079)]).toEqual([undefined, undefined, true]);
    bench.clock.to(50);
    expect(read(bench, 1, 'Rdpmc')).toEqual([0, 0]);
    write(bench, 0x186, 1 << 22);
    bench.clock.to(150);
    expect([read(bench, 1, 'Rdpmc'), read(bench, 0, 'Rdpmc')]).toEqual([[100, 0], [0, 0]]);
  });
});

describe('IA32_MISC_ENABLE', () => {
  test('read-only and reserved bits', () => {
    const bench = benchOf('nehalem');
    expect(read(bench, 0x1a0)).toEqual([0x4_1881, 0]);
    expect([write(bench, 0x1a0, 2), write(bench, 0x1a0, 0, 1), write(bench, 0x1a0, 0x1), read(bench, 0x1a0)]).toEqual([false, false, true, [0x1881, 0]]);
    expect([write(bench, 0x1a0, 0xc5_1889 | 0, 4), read(bench, 0x1a0)]).toEqual([true, [0xc5_1889, 4]]);
  });

  test('limits CPUID, and hides execute-disable', () => {
    const bench = benchOf('nehalem');
    const cpuid = (leaf: number): readonly number[] => {
      const { R, U } = bench.vp;
      R[EAX] = leaf;
      R[ECX] = 0;
      bench.run('Cpuid');
      return [U[EAX], U[EDX]];
    };
    const third = cpuid(3);
    expect([cpuid(0)[0], (cpuid(0x8000_0001 | 0)[1]! >>> 20) & 1]).toEqual([0xb, 1]);
    write(bench, 0x1a0, 0x44_0001, 4);
    expect([cpuid(0)[0], (cpuid(0x8000_0001 | 0)[1]! >>> 20) & 1, cpuid(0xa), write(bench, 0xc000_0080, 0x800)]).toEqual([3, 0, third, false]);
  });
});

test('IA32_DEBUGCTL keeps the bits that the model has', () => {
  expect([write(benchOf('pentium3'), 0x1d9, 0x43), write(benchOf('pentium3'), 0x1d9, 0x80), write(benchOf('nehalem'), 0x1d9, 0x1fc3), write(benchOf('nehalem'), 0x1d9, 4)]).toEqual([true, false, true, false]);
});

test('a saved state names what differs from reset, and gives the rest its reset value', () => {
  const first = benchOf('nehalem');
  expect(readSavedMsrs(first.vp)).toEqual([]);
  write(first, 0x400, 1);
  write(first, 0x1a0, 1);
  write(first, 0x1d9, 2);
  const saved = readSavedMsrs(first.vp);
  expect(saved.map(({ index }) => index)).toEqual([0x1a0, 0x1d9, 0x400]);
  const second = benchOf('nehalem');
  write(second, 0x404, 1);
  expect(writeSavedMsrs(second.vp, saved)).toBeUndefined();
  unitsOf(second.vp).performance.restore();
  expect(readSavedMsrs(second.vp)).toEqual(saved);
  expect(writeSavedMsrs(second.vp, [{ index: 0x1234, value: 1n }])).toBe(0x1234);
  expect(second.vp.R[CR4]).toBe(0);
});

test('IA32_TSC_ADJUST counts what moved the time-stamp counter, and moves it', () => {
  const bench = benchOf('nehalem');
  bench.clock.time = 1000;
  expect(read(bench, 0x3b)).toEqual([0, 0]);
  write(bench, 0x10, 5000);
  expect(read(bench, 0x3b)).toEqual([4000, 0]);
  write(bench, 0x3b, 1000);
  expect([read(bench, 0x10), read(bench, 0x3b)]).toEqual([[2000, 0], [1000, 0]]);
  write(bench, 0x3b, -1, -1);
  expect([read(bench, 0x10), readSavedMsrs(bench.vp)]).toEqual([[999, 0], [{ index: 0x3b, value: 0xffff_ffff_ffff_ffffn }]]);
  expect(read(benchOf('core2'), 0x3b)).toBeUndefined();
});
