import { GuestMemory } from '@ringzero/guest-memory';
import { beforeEach, describe, expect, it } from 'vitest';
import { throughJson } from '../../test/manual-clock.ts';
import { IrqRouter } from '../bus/irq.ts';
import { MmioSpace } from '../bus/mmio-space.ts';
import { PortSpace } from '../bus/port-space.ts';
import { PciInterruptRouter, wireOf } from './interrupt-router.ts';
import { PciBus } from './pci-bus.ts';
import { PciEndpoint } from './pci-endpoint.ts';

const IDENTITY = { vendor: 0x1234, device: 0x5678, classCode: 0x020000, interruptPin: 1 };
const COMMAND = 4;

let ports: PortSpace;
let mmio: MmioSpace;
let memory: GuestMemory;
let writes: string[];

function create(): PciEndpoint {
  return new PciEndpoint({ ports, mmio }, {
    ...IDENTITY,
    rom: Uint8Array.of(0x55, 0xaa, 1),
    bases: {
      0: { kind: 'io', size: 16, handler: { read: (offset, size) => offset * 16 + size, write: (offset, size, value) => void writes.push(`${offset}/${size}=${value}`) } },
      1: { kind: 'memory', size: 0x1000, handler: { read: (offset) => offset, write: () => undefined } },
      2: { kind: 'mapped', size: 0x2000, memory: memory.allocateDeviceMemory(0x2000) },
    },
  });
}

beforeEach(() => {
  ports = new PortSpace();
  mmio = new MmioSpace();
  memory = new GuestMemory(0x100000, { deviceBytes: 0x10000 });
  writes = [];
});

function place(endpoint: PciEndpoint): void {
  endpoint.write(0x10, 4, 0xc000);
  endpoint.write(0x14, 4, 0xe0000000);
  endpoint.write(0x18, 4, 0xe0010000);
}

describe('PciEndpoint', () => {
  it('tells the sizes of its base addresses, of every kind', () => {
    const endpoint = create();
    const sizes = [0x10, 0x14, 0x18, 0x1c, 0x30].map((register) => {
      endpoint.write(register, 4, 0xffffffff);
      return endpoint.read(register, 4).toString(16);
    });
    expect(sizes).toEqual(['fffffff1', 'fffff000', 'ffffe008', '0', 'fffff801']);
  });

  it('decodes what the command register enables, where the registers say', () => {
    const endpoint = create();
    place(endpoint);
    expect([ports.read(0xc004, 2), mmio.has(0xe0000000), memory.isMemory(0xe0010000)]).toEqual([0xffff, false, false]);
    endpoint.write(COMMAND, 2, 3);
    expect([ports.read(0xc004, 2), mmio.read(0xe0000ffc, 4), memory.isMemory(0xe0011fff), memory.isMemory(0xe0012000)]).toEqual([0x42, 0xffc, true, false]);
    void ports.write(0xc00f, 1, 7);
    expect(writes).toEqual(['15/1=7']);
    endpoint.write(0x10, 4, 0xd000);
    expect([ports.read(0xc004, 2), ports.read(0xd004, 2), endpoint.addressOf(0)]).toEqual([0xffff, 0x42, 0xd000]);
    endpoint.write(COMMAND, 2, 0);
    expect([ports.read(0xd004, 2), mmio.has(0xe0000000), memory.isMemory(0xe0010000), endpoint.addressOf(0)]).toEqual([0xffff, false, false, undefined]);
  });

  it('shows its ROM where both enable bits are set', () => {
    const endpoint = create();
    endpoint.write(0x30, 4, 0xe0100001);
    expect(mmio.has(0xe0100000)).toBe(false);
    endpoint.write(COMMAND, 2, 2);
    expect([mmio.read(0xe0100000, 2), mmio.read(0xe0100002, 2)]).toEqual([0xaa55, 0xff01]);
    endpoint.write(0x30, 1, 0);
    expect(mmio.has(0xe0100000)).toBe(false);
  });

  it('is not decoded over others, nor over RAM', () => {
    const claim = mmio.claim({ base: 0xfec00000, size: 0x1000 }, { read: () => 1, write: () => undefined });
    void ports.claim({ base: 0x60, count: 1 }, { read: () => 2, write: () => undefined });
    const endpoint = create();
    endpoint.write(COMMAND, 2, 3);
    endpoint.write(0x10, 4, 0x60);
    endpoint.write(0x14, 4, 0xfec00000);
    endpoint.write(0x18, 4, 0x10000);
    expect([ports.read(0x60, 1), mmio.read(0xfec00004, 4), memory.offsetOf(0x10000)]).toEqual([2, 1, 0x10000]);
    claim.release();
    endpoint.write(0x14, 4, 0xfec00000);
    expect(mmio.read(0xfec00004, 4)).toBe(4);
    endpoint.reset();
    expect([memory.offsetOf(0x10000), mmio.has(0xfec00000)]).toEqual([0x10000, false]);
  });

  it('lists capabilities', () => {
    const endpoint = create();
    const first = endpoint.addCapability(9, 0x11);
    const second = endpoint.addCapability(5, 0x0e);
    expect([endpoint.read(6, 1) & 0x10, endpoint.read(0x34, 1), endpoint.read(first, 2), endpoint.read(second, 2)]).toEqual([0x10, first, 9 | (second << 8), 5]);
    expect(second).toBe(first + 0x14);
    expect(() => endpoint.addCapability(1, 0xc0)).toThrow(/are left/);
  });

  it('decodes the same after a restore', () => {
    const endpoint = create();
    place(endpoint);
    endpoint.write(COMMAND, 2, 7);
    const state = throughJson(endpoint.save());
    endpoint.reset();
    expect(endpoint.isBusMaster).toBe(false);
    endpoint.restore(state);
    expect([ports.read(0xc004, 2), mmio.has(0xe0000000), memory.isMemory(0xe0010000), endpoint.isBusMaster]).toEqual([0x42, true, true, true]);
  });

  it('refuses sizes that no register can have', () => {
    expect(() => new PciEndpoint({ ports, mmio }, { ...IDENTITY, bases: { 0: { kind: 'memory', size: 0x1800, handler: { read: () => 0, write: () => undefined } } } })).toThrow(/power of two/);
  });
});

describe('functions on a bus', () => {
  function onBus(): { readonly bus: PciBus; readonly first: PciEndpoint; readonly second: PciEndpoint; write(device: number, register: number, value: number): void } {
    const bus = new PciBus();
    bus.attach(ports);
    const named = (name: number): PciEndpoint => new PciEndpoint({ ports, mmio }, { ...IDENTITY, bases: { 0: { kind: 'io', size: 16, handler: { read: () => name, write: () => undefined } } } });
    const [first, second] = [named(1), named(2)];
    bus.add(2, 0, first);
    bus.add(3, 0, second);
    const write = (device: number, register: number, value: number): void => {
      void ports.write(0xcf8, 4, (0x80000000 | (device << 11) | register) >>> 0);
      void ports.write(0xcfc, 4, value);
    };
    for (const device of [2, 3]) write(device, COMMAND, 1);
    return { bus, first, second, write };
  }

  it('answer where another has left', () => {
    const { write } = onBus();
    write(2, 0x10, 0xc000);
    write(3, 0x10, 0xc000);
    expect(ports.read(0xc000, 1)).toBe(1);
    write(2, 0x10, 0xd000);
    expect([ports.read(0xc000, 1), ports.read(0xd000, 1)]).toEqual([2, 1]);
  });

  it('are restored to addresses that they have from each other', () => {
    const { bus, write } = onBus();
    write(2, 0x10, 0xc000);
    write(3, 0x10, 0xd000);
    const state = throughJson(bus.save());
    write(2, 0x10, 0xe000);
    write(3, 0x10, 0xc000);
    write(2, 0x10, 0xd000);
    bus.restore(state);
    expect([ports.read(0xc000, 1), ports.read(0xd000, 1)]).toEqual([1, 2]);
  });
});

describe('PciInterruptRouter', () => {
  it('carries pins over shared wires to the routed lines, and moves them', () => {
    const log: string[] = [];
    const router = new PciInterruptRouter(new IrqRouter({ pic: (input, level) => void log.push(`${input}=${Number(level)}`) }));
    router.route(wireOf(3, 1), 10);
    const first = router.source(3, 1);
    const second = router.source(7, 1);
    expect(wireOf(7, 1)).toBe(wireOf(3, 1));
    first.set(true);
    second.set(true);
    first.set(false);
    router.route(wireOf(3, 1), 11);
    router.route(wireOf(3, 1), 0);
    router.route(wireOf(3, 1), 10);
    second.set(false);
    expect(log).toEqual(['10=1', '10=0', '11=1', '11=0', '10=1', '10=0']);
  });
});
