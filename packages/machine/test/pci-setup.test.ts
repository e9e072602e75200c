import { Pic, PciBus, PciEndpoint, Piix3IsaBridge, Piix4Pm, MmioSpace, PortSpace } from '@ringzero/devices';
import { expect, it } from 'vitest';
import { setUpPci } from '../src/firmware/pci-setup.ts';

const handler = { read: () => 0x5a, write: () => undefined };

function endpoint(spaces: { ports: PortSpace; mmio: MmioSpace }): PciEndpoint {
  return new PciEndpoint(spaces, {
    vendor: 0x1234, device: 0x5678, classCode: 0xff0000, interruptPin: 1, rom: new Uint8Array(4096).fill(0xaa),
    bases: { 0: { kind: 'io', size: 64, handler }, 1: { kind: 'memory', size: 0x1000, handler }, 4: { kind: 'memory', size: 1 << 24, handler } },
  });
}

it('gives base addresses, interrupt lines and routes as firmware does', () => {
  const spaces = { ports: new PortSpace(), mmio: new MmioSpace() };
  const bus = new PciBus();
  const routes: string[] = [];
  const [first, second] = [endpoint(spaces), endpoint(spaces)];
  const pm = new Piix4Pm({ port: 0x600 });
  bus.add(1, 0, new Piix3IsaBridge({ onRoute: (pin, irq) => void routes.push(`${pin}>${irq}`) }));
  bus.add(1, 3, pm);
  bus.add(2, 0, first);
  bus.add(3, 0, second);
  const pic = new Pic({ onIntr: () => undefined });
  pic.attach(spaces.ports);
  setUpPci(bus, spaces.ports);

  expect([0, 1, 4].map((base) => first.addressOf(base))).toEqual([0xc000, 0xe0000000, 0xe1000000]);
  expect([0, 1, 4].map((base) => second.addressOf(base))).toEqual([0xc040, 0xe2001000, 0xe3000000]);
  expect(spaces.ports.read(0xc041, 1)).toBe(0x5a);
  expect(spaces.mmio.read(0xe3000000, 4)).toBe(0x5a);
  // The ROM has its place, and does not answer there.
  expect(second.read(0x30, 4)).toBe(0xe4000000);
  expect(spaces.mmio.has(0xe4000000)).toBe(false);
  expect([first, second, pm].map((pciFunction) => pciFunction.read(0x3c, 1))).toEqual([10, 11, 9]);
  expect(pm.port).toBe(0x600);
  expect(routes).toEqual(['0>10', '1>10', '2>11', '3>11']);
  expect([spaces.ports.read(0x4d0, 1), spaces.ports.read(0x4d1, 1)]).toEqual([0, 0x0c]);
});

it('leaves what finds no room without an address', () => {
  const spaces = { ports: new PortSpace(), mmio: new MmioSpace() };
  const bus = new PciBus();
  const large = new PciEndpoint(spaces, { vendor: 1, device: 2, classCode: 0, bases: { 0: { kind: 'memory', size: 2 ** 30, handler }, 1: { kind: 'memory', size: 16, handler } } });
  bus.add(2, 0, large);
  setUpPci(bus, spaces.ports);
  expect([large.addressOf(0), large.addressOf(1)]).toEqual([undefined, 0xe0000000]);
});
