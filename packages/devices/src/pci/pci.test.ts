import { beforeEach, describe, expect, it } from 'vitest';
import { throughJson } from '../../test/manual-clock.ts';
import { PortSpace } from '../bus/port-space.ts';
import { I440Fx } from './i440fx.ts';
import type { ShadowRange } from './i440fx.ts';
import { PciBus } from './pci-bus.ts';
import { Piix3IsaBridge, Piix4Pm } from './piix.ts';

let space: PortSpace;
let bus: PciBus;
let shadows: ShadowRange[];
let moves: number[];
let routes: string[];

function create(): PciBus {
  const created = new PciBus();
  created.add(0, 0, new I440Fx({ onShadowChange: (range) => void shadows.push(range) }));
  created.add(1, 0, new Piix3IsaBridge({ onRoute: (pin, irq) => void routes.push(`${pin}>${irq}`) }));
  created.add(1, 3, new Piix4Pm({ port: 0x600, onMove: (port) => void moves.push(port) }));
  return created;
}

beforeEach(() => {
  space = new PortSpace();
  shadows = [];
  moves = [];
  routes = [];
  bus = create();
  bus.attach(space);
});

function select(device: number, number: number, offset: number): number {
  void space.write(0xcf8, 4, (0x80000000 | (device << 11) | (number << 8) | (offset & 0xfc)) >>> 0);
  return 0xcfc + (offset & 3);
}

function get(device: number, number: number, offset: number, size: 1 | 2 | 4): number {
  return space.read(select(device, number, offset), size) as number;
}

function set(device: number, number: number, offset: number, size: 1 | 2 | 4, value: number): void {
  void space.write(select(device, number, offset), size, value);
}

describe('PciBus', () => {
  it('answers mechanism 1 probing and enumerates three functions', () => {
    void space.write(0xcf8, 4, 0x80000000);
    expect(space.read(0xcf8, 4)).toBe(0x80000000);
    const found: string[] = [];
    for (let device = 0; device < 32; device++) {
      for (let number = 0; number < 8; number++) {
        const id = get(device, number, 0, 4);
        if (id !== 0xffffffff) found.push(`${device}.${number} ${id.toString(16)} ${(get(device, number, 8, 4) >>> 8).toString(16)}`);
      }
    }
    expect(found).toEqual(['0.0 12378086 60000', '1.0 70008086 60100', '1.3 71138086 68000']);
    expect([get(1, 0, 0x0e, 1), get(0, 0, 0x0e, 1)]).toEqual([0x80, 0]);
  });

  it('gives all ones when disabled and on other buses, and refuses a taken slot', () => {
    void space.write(0xcf8, 4, 0);
    expect(space.read(0xcfc, 4)).toBe(0xffffffff);
    void space.write(0xcf8, 4, 0x80010000);
    expect(space.read(0xcfc, 2)).toBe(0xffff);
    expect(() => bus.add(1, 0, new I440Fx())).toThrow(/0:1.0/);
  });

  it('keeps read-only bits and clears status bits written with 1', () => {
    set(0, 0, 0, 4, 0);
    expect(get(0, 0, 0, 4)).toBe(0x12378086);
    set(0, 0, 4, 2, 0xffff);
    expect(get(0, 0, 4, 2)).toBe(0x0107);
    set(1, 3, 0x3c, 1, 11);
    expect(get(1, 3, 0x3c, 2)).toBe(0x010b);
  });

  it('reports changes of shadow RAM', () => {
    set(0, 0, 0x59, 1, 0x30);
    set(0, 0, 0x5a, 1, 0x12);
    expect(shadows).toEqual([
      { start: 0xf0000, end: 0x100000, readRam: true, writeRam: true },
      { start: 0xc0000, end: 0xc4000, readRam: false, writeRam: true },
      { start: 0xc4000, end: 0xc8000, readRam: true, writeRam: false },
    ]);
    expect(get(0, 0, 0x59, 2)).toBe(0x1230);
    bus.reset();
    expect(shadows.at(-1)).toMatchObject({ start: 0xc4000, readRam: false, writeRam: false });
    expect(new I440Fx().shadowRanges().length).toBe(13);
  });

  it('routes PCI interrupts and moves the PM registers', () => {
    set(1, 0, 0x60, 4, 0x800b800a);
    expect(routes).toEqual(['0>10', '2>11']);
    set(1, 3, 0x40, 4, 0xb001);
    set(1, 3, 0x80, 1, 0);
    set(1, 3, 0x80, 1, 1);
    expect(moves).toEqual([0xb000, -1, 0xb000]);
    expect(get(1, 3, 0x40, 4)).toBe(0xb001);
  });

  it('saves and restores, announcing what differs', () => {
    set(0, 0, 0x59, 1, 0x10);
    set(1, 3, 0x40, 4, 0xb001);
    const state = throughJson(bus.save());
    shadows = [];
    moves = [];
    const copy = create();
    copy.restore(state);
    expect(copy.save()).toEqual(state);
    expect([shadows, moves]).toEqual([[{ start: 0xf0000, end: 0x100000, readRam: true, writeRam: false }], [0xb000]]);
  });
});
