import { expect, it } from 'vitest';
import { MmioSpace } from '../bus/mmio-space.ts';
import { PortSpace } from '../bus/port-space.ts';
import { TestDevice } from './test-device.ts';

function attached(): { device: TestDevice; ports: PortSpace; mmio: MmioSpace; lines: [number, boolean][] } {
  const [ports, mmio, lines] = [new PortSpace(), new MmioSpace(), [] as [number, boolean][]];
  const device = new TestDevice({ onLine: (line, level) => void lines.push([line, level]) });
  device.attach(ports, mmio);
  return { device, ports, mmio, lines };
}

it('has a register, interrupt lines and device memory, and keeps them over a restore', () => {
  const { device, ports, mmio, lines } = attached();
  ports.write(0xe0, 4, 0x8765_4321);
  ports.write(0xe1, 2, 0xabcd);
  expect([ports.read(0xe0, 4), ports.read(0xe2, 1), ports.read(0xe3, 1)]).toEqual([0x87ab_cd21, 0xab, 0x87]);
  ports.write(0x2005, 1, 1);
  ports.write(0x2005, 1, 0);
  expect(lines).toEqual([[5, true], [5, false]]);
  mmio.write(0xff00_0ffe, 4, 0x1122_3344);
  expect([mmio.read(0xff00_0fff, 2), mmio.read(0xff00_1001, 1)]).toEqual([0x2233, 0x11]);
  const other = attached();
  other.device.restore(JSON.parse(JSON.stringify(device.save())));
  expect([other.ports.read(0xe0, 4), other.mmio.read(0xff00_0ffe, 4)]).toEqual([0x87ab_cd21, 0x1122_3344]);
  other.device.reset();
  expect([other.ports.read(0xe0, 4), other.mmio.read(0xff00_0ffe, 4)]).toEqual([0, 0]);
});
