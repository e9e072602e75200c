import { describe, expect, test } from 'vitest';
import { EAX, ECX, EDX } from '../../vp/lanes.ts';
import { STATUS_FAULT, STATUS_OK } from '../../vp/status.ts';
import { Bench, TestClock } from '../fixture.ts';
import { applyInit } from '../start-up.ts';
import { InterruptBus } from './bus.ts';
import { APIC_ICR_HIGH, APIC_ICR_LOW, APIC_ID, APIC_LDR, APIC_SVR, APIC_TPR } from './registers.ts';

const BASE = 0xfee0_0000;
const APIC_BASE = 0x1b;
const ENABLE = 0x800;
const X2APIC = 0x400;

function write(bench: Bench, msr: number, low: number, high: number = 0): boolean {
  const { R } = bench.vp;
  R[ECX] = msr;
  R[EAX] = low;
  R[EDX] = high;
  return bench.run('Wrmsr') === STATUS_OK;
}

function read(bench: Bench, msr: number): readonly [number, number] | undefined {
  const { R, U } = bench.vp;
  R[ECX] = msr;
  return bench.run('Rdmsr') === STATUS_FAULT ? undefined : [U[EAX], U[EDX]];
}

function inX2apic(id: number = 0, bus?: InterruptBus, clock?: TestClock): Bench {
  const bench = new Bench(id, bus, clock);
  expect(write(bench, APIC_BASE, BASE | ENABLE | X2APIC | (id === 0 ? 0x100 : 0))).toBe(true);
  expect(write(bench, 0x80f, 0x1ff)).toBe(true);
  return bench;
}

describe('IA32_APIC_BASE', () => {
  const states = { disabled: 0, xapic: ENABLE, x2apic: ENABLE | X2APIC, invalid: X2APIC } as const;
  type Name = keyof typeof states;
  const allowed: readonly (readonly [Name, Name])[] = [
    ['disabled', 'disabled'], ['disabled', 'xapic'], ['xapic', 'xapic'], ['xapic', 'x2apic'], ['xapic', 'disabled'], ['x2apic', 'x2apic'], ['x2apic', 'disabled'],
  ];
  for (const from of ['disabled', 'xapic', 'x2apic'] as const) {
    for (const to of Object.keys(states) as Name[]) {
      const isAllowed = allowed.some(([a, b]) => a === from && b === to);
      test(`${from} to ${to}: ${isAllowed ? 'allowed' : '#GP'}`, () => {
        const bench = new Bench();
        if (from === 'x2apic') write(bench, APIC_BASE, BASE | states.x2apic);
        else write(bench, APIC_BASE, BASE | states[from]);
        expect(write(bench, APIC_BASE, BASE | states[to])).toBe(isAllowed);
        expect(bench.apic.base.state).toBe(isAllowed ? to : from);
      });
    }
  }

  test('reserved bits and addresses beyond MAXPHYADDR are #GP', () => {
    const bench = new Bench();
    for (const bit of [0, 7, 9]) expect(write(bench, APIC_BASE, BASE | ENABLE | (1 << bit))).toBe(false);
    expect(write(bench, APIC_BASE, BASE | ENABLE, 0x10)).toBe(false);
    expect(write(bench, APIC_BASE, BASE | ENABLE, 0xf)).toBe(true);
  });
});

describe('registers as MSRs', () => {
  test('exist in x2APIC mode alone, and the page does then not', () => {
    const bench = new Bench();
    expect([read(bench, 0x802), write(bench, 0x808, 0), bench.apic.covers(BASE)]).toEqual([undefined, false, true]);
    const other = inX2apic();
    expect([read(other, 0x802), write(other, 0x808, 0), other.apic.covers(BASE)]).toEqual([[0, 0], true, false]);
  });

  test('ID, version, logical ID and reset values', () => {
    const bench = inX2apic(0x35);
    expect([read(bench, 0x802), read(bench, 0x803), read(bench, 0x80d), read(bench, 0x83f)]).toEqual([[0x35, 0], [0x0105_0014, 0], [0x0003_0020, 0], undefined]);
  });

  test.each([
    ['reserved registers', [0x800, 0x801, 0x804, 0x809, 0x80c, 0x80e, 0x829, 0x82f, 0x831, 0x83a, 0x83d], [], []],
    ['read-only ones', [], [0x802, 0x803, 0x80a, 0x80d, 0x810, 0x818, 0x827, 0x839], []],
    ['write-only ones', [], [], [0x80b, 0x83f]],
  ])('%s', (_name, neither, readOnly, writeOnly) => {
    const bench = inX2apic();
    for (const msr of neither) expect([read(bench, msr), write(bench, msr, 0)], msr.toString(16)).toEqual([undefined, false]);
    for (const msr of readOnly) expect([read(bench, msr) !== undefined, write(bench, msr, 0)], msr.toString(16)).toEqual([true, false]);
    for (const msr of writeOnly) expect(read(bench, msr), msr.toString(16)).toBeUndefined();
  });

  test.each([
    [0x808, 0x100, 0xff], [0x80b, 1, 0], [0x80f, 0x2000, 0x13ff], [0x828, 1, 0], [0x830, 0x1000, 0], [0x832, 0x100, 0x4_00ff], [0x835, 0x800, 0x700],
    [0x837, 0x100, 0x1_0040], [0x83e, 4, 0xb],
  ])('reserved bits of %s', (msr, bad, good) => {
    const bench = inX2apic();
    expect(write(bench, msr, bad)).toBe(false);
    expect(write(bench, msr, good, msr === 0x830 ? 0x1234 : 0)).toBe(true);
    if (msr !== 0x830) expect(write(bench, msr, good, 1)).toBe(false);
  });

  test('the ICR is one register of 64 bits', () => {
    const bench = inX2apic();
    expect(write(bench, 0x830, 0x41, 0x77)).toBe(true);
    expect(read(bench, 0x830)).toEqual([0x41, 0x77]);
  });

  test('SELF IPI, and its illegal vectors', () => {
    const bench = inX2apic();
    expect(write(bench, 0x83f, 0x151)).toBe(false);
    expect(write(bench, 0x83f, 0x51)).toBe(true);
    expect(bench.apic.acknowledge()).toBe(0x51);
    expect(write(bench, 0x83f, 0x0f)).toBe(true);
    write(bench, 0x828, 0);
    expect(read(bench, 0x828)).toEqual([0x20, 0]);
  });

  test('INIT keeps the mode and the ID', () => {
    const bench = inX2apic(3);
    applyInit(bench.vp);
    expect([bench.apic.base.state, read(bench, 0x802), read(bench, 0x80d), read(bench, 0x80f)]).toEqual(['x2apic', [3, 0], [8, 0], [0xff, 0]]);
  });

  test('on the way from xAPIC mode interrupts and priorities stay; ID and LDR do not', () => {
    const bench = new Bench(2);
    const { apic } = bench;
    apic.writeRegister(APIC_SVR, 0x1ff);
    apic.writeRegister(APIC_TPR, 0x30);
    apic.writeRegister(APIC_ID, 0x77 << 24);
    apic.writeRegister(APIC_LDR, 0x44 << 24);
    apic.writeRegister(APIC_ICR_HIGH, 0x55 << 24);
    apic.receive({ mode: 0, vector: 0x61, destination: 0, logical: false, levelTriggered: false, assert: true });
    write(bench, APIC_BASE, BASE | ENABLE | X2APIC);
    expect([read(bench, 0x802), read(bench, 0x80d), read(bench, 0x808), read(bench, 0x830), apic.acknowledge()]).toEqual([[2, 0], [4, 0], [0x30, 0], [0, 0], 0x61]);
    write(bench, APIC_BASE, BASE);
    write(bench, APIC_BASE, BASE | ENABLE);
    expect([apic.readRegister(APIC_ID), apic.readRegister(APIC_TPR), apic.readRegister(APIC_ICR_LOW)]).toEqual([2 << 24, 0, 0]);
  });
});

describe('destinations', () => {
  test.each([
    ['physical', 0x41, 0x11, [false, false, true]],
    ['physical broadcast', 0x41, 0xffff_ffff, [true, true, true]],
    ['the 8-bit broadcast is none', 0x41, 0xff, [false, false, false]],
    ['logical, cluster 0', 0x841, 0x0000_0003, [true, true, false]],
    ['logical, cluster 1', 0x841, 0x0001_0002, [false, false, true]],
    ['logical broadcast', 0x841, 0xffff_ffff, [true, true, true]],
    ['others', 0xc_0041, 0, [false, true, true]],
  ])('%s', (_name, low, high, expected) => {
    const bus = new InterruptBus();
    const clock = new TestClock();
    const benches = [0, 1, 0x11].map((id) => inX2apic(id, bus, clock));
    expect(write(benches[0]!, 0x830, low, high)).toBe(true);
    expect(benches.map(({ apic }) => apic.hasInterrupt())).toEqual(expected);
  });

  test('an MSI has 8 bits: all ones are everyone, logical ones are cluster 0', () => {
    const bus = new InterruptBus();
    const benches = [0, 1, 0x11].map((id) => inX2apic(id, bus));
    bus.deliverMsi(0xfee0_2004n, 0x51);
    expect(benches.map(({ apic }) => apic.acknowledge())).toEqual([-1, 0x51, -1]);
    bus.deliverMsi(0xfeef_f000n, 0x61);
    expect(benches.map(({ apic }) => apic.acknowledge())).toEqual([0x61, 0x61, 0x61]);
  });
});
