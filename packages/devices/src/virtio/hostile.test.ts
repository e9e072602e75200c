import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BenchDisk, BenchMachine } from '../../test/bench-machine.ts';
import { throughJson } from '../../test/manual-clock.ts';
import { VirtioDriver, type DriverQueue } from '../../test/virtio-driver.ts';
import { VIRTIO_BLOCK } from './virtio-block.ts';
import { VIRTIO_CONSOLE } from './virtio-console.ts';
import { VIRTIO_RNG } from './virtio-rng.ts';

const NEEDS_RESET = 0x40;
const INDIRECT = 28;
const EVENT_IDX = 29;

function start(features: readonly number[] = [INDIRECT]): { machine: BenchMachine; driver: VirtioDriver; queue: DriverQueue } {
  const machine = new BenchMachine({ disk: new BenchDisk(64 << 10) });
  VIRTIO_BLOCK.create(machine, { medium: 'disk' });
  const driver = new VirtioDriver(machine);
  driver.start(features);
  return { machine, driver, queue: driver.queues[0]! };
}

type Break = (queue: DriverQueue) => void;

describe('a driver that breaks the rules', () => {
  const rings = (queue: DriverQueue): DriverQueue['rings'] => queue.rings;
  it.each<[string, Break, string]>([
    ['a loop', (queue) => { queue.describe(rings(queue).descriptors, 0, 0x40000, 16, 1, 1); queue.describe(rings(queue).descriptors, 1, 0x40000, 16, 1, 0); queue.offer(0); }, 'a loop of descriptors from 0'],
    ['a descriptor that does not exist', (queue) => queue.offer(5000), 'descriptor 5000 in a table of 256'],
    ['a next one that does not exist', (queue) => { queue.describe(rings(queue).descriptors, 0, 0x40000, 16, 1, 300); queue.offer(0); }, 'descriptor 300 in a table of 256'],
    ['too many buffers', (queue) => queue.setU16(rings(queue).available + 2, 300), '300 buffers are available in a queue of 256'],
    ['an endless buffer', (queue) => { queue.describe(rings(queue).descriptors, 0, 0, 0xffffffff, 2, 0); queue.offer(0); }, 'a buffer of more than'],
    ['readable behind writable', (queue) => { queue.describe(rings(queue).descriptors, 0, 0, 16, 3, 1); queue.describe(rings(queue).descriptors, 1, 0, 16, 0, 0); queue.offer(0); }, 'a readable descriptor behind a writable one'],
    ['an indirect table with a next descriptor', (queue) => { queue.describe(rings(queue).descriptors, 0, 0x40000, 16, 5, 1); queue.offer(0); }, 'descriptor 0 is indirect, which it must not be'],
    ['an indirect table in one', (queue) => { queue.describe(rings(queue).descriptors, 0, 0x40000, 16, 4, 0); queue.describe(0x40000, 0, 0x40000, 16, 4, 0); queue.offer(0); }, 'descriptor 0 is indirect, which it must not be'],
    ['an indirect table of a strange size', (queue) => { queue.describe(rings(queue).descriptors, 0, 0x40000, 17, 4, 0); queue.offer(0); }, 'an indirect table of 17 bytes'],
    ['an indirect table of gigabytes', (queue) => { queue.describe(rings(queue).descriptors, 0, 0x40000, 0xfffffff0, 4, 0); queue.offer(0); }, 'an indirect table of 4294967280 bytes'],
    ['a request without a header', (queue) => void queue.add([1]), 'expected a header of 16 and room for a status'],
  ])('has to reset the device after %s', (_name, breakRules, message) => {
    const { machine, driver, queue } = start();
    breakRules(queue);
    driver.notify(0);
    driver.notify(0);
    expect(driver.status & NEEDS_RESET).toBe(NEEDS_RESET);
    expect(machine.logged).toHaveLength(1);
    expect(machine.logged[0]).toContain(message);
    expect(driver.takeInterruptStatus()).toBe(2);
    driver.status = 0;
    expect(driver.status).toBe(0);
  });

  it('finds no feature that it did not take, and none that was not offered', () => {
    const { driver, queue } = start([]);
    queue.add([new Uint8Array(16), 512, 1], true);
    driver.notify(0);
    expect(driver.status & NEEDS_RESET).toBe(NEEDS_RESET);
    driver.status = 0;
    driver.set(1, 8, 4, 1);
    driver.set(1, 12, 4, 0xff);
    driver.status = 11;
    expect(driver.status).toBe(3);
    driver.set(1, 12, 4, 0);
    driver.status = 11;
    expect(driver.status).toBe(3);
    driver.set(1, 12, 4, 1);
    driver.status = 11;
    expect(driver.status).toBe(11);
  });

  it('is told of in 100 lines at most, however often it resets the device', () => {
    const { machine, driver } = start();
    for (let round = 0; round < 300; round++) {
      driver.start();
      driver.queues[0]!.offer(5000);
      driver.notify(0);
      expect(driver.status & NEEDS_RESET).toBe(NEEDS_RESET);
    }
    expect(machine.logged.length).toBe(101);
  });

  it('keeps no more than a queue’s worth of requests pending, however often it offers one', () => {
    const { machine, driver, queue } = start();
    const { head } = queue.add([new Uint8Array(16), 1]);
    for (let round = 0; round < 20; round++) {
      for (let i = 0; i < 200; i++) queue.offer(head);
      driver.notify(0);
    }
    expect(machine.clock.pending).toBeLessThanOrEqual(256);
  });
});

const TYPES = [
  ['virtio-block', () => { const machine = new BenchMachine({ disk: new BenchDisk(64 << 10) }); return { machine, device: VIRTIO_BLOCK.create(machine, { medium: 'disk' }) }; }, 1],
  ['virtio-console', () => { const machine = new BenchMachine(); return { machine, device: VIRTIO_CONSOLE.create(machine, {}) }; }, 2],
  ['virtio-rng', () => { const machine = new BenchMachine(); return { machine, device: VIRTIO_RNG.create(machine, {}) }; }, 1],
] as const;

/** Descriptors and rings that are sometimes sensible. */
const descriptor = fc.record({
  address: fc.oneof(fc.integer({ min: 0x10000, max: 0x60000 }), fc.constantFrom(0, 0xa0000, 0xfffff, 0xffffffff, 2 ** 40)),
  length: fc.oneof(fc.integer({ min: 0, max: 64 }), fc.constantFrom(512, 4096, 0x10000, 0xffffffff)),
  flags: fc.integer({ min: 0, max: 7 }),
  next: fc.oneof(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 0, max: 0xffff })),
});
const access = fc.record({
  structure: fc.constantFrom(1, 1, 1, 2, 3, 4),
  offset: fc.integer({ min: 0, max: 0x40 }),
  size: fc.constantFrom<1 | 2 | 4>(1, 2, 4),
  value: fc.oneof(fc.integer({ min: 0, max: 15 }), fc.integer({ min: 0, max: 0x7fffffff })),
});

describe.each(TYPES)('%s', (_name, make, queues) => {
  it('survives any descriptors', () => {
    fc.assert(fc.property(fc.array(descriptor, { minLength: 1, maxLength: 8 }), fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 6 }), fc.boolean(), (descriptors, heads, hasEventIndex) => {
      const { machine, device } = make();
      const driver = new VirtioDriver(machine);
      driver.start(hasEventIndex ? [INDIRECT, EVENT_IDX] : [INDIRECT], queues, 8);
      for (const queue of driver.queues) {
        descriptors.forEach(({ address, length, flags, next }, i) => queue.describe(queue.rings.descriptors, i, address, length, flags, next));
        for (const head of heads) queue.offer(head);
        driver.notify(queue.index);
      }
      device.restore(throughJson(device.save()) as never);
      machine.clock.advanceBy(100_000);
      driver.status = 0;
      expect(driver.status).toBe(0);
    }), { numRuns: 150, seed: 1 });
  });

  it('survives any registers', () => {
    fc.assert(fc.property(fc.array(access, { maxLength: 40 }), (accesses) => {
      const { machine, device } = make();
      const driver = new VirtioDriver(machine);
      driver.start([], queues);
      for (const { structure, offset, size, value } of accesses) {
        driver.set(structure, offset, size, value);
        driver.get(structure, offset, size);
        driver.setPort(offset, size, value);
        driver.port(offset, size);
        machine.endpoint.write(0x40 + offset, size, value);
        machine.endpoint.read(0x60 + offset, size);
        machine.clock.advanceBy(100);
      }
      device.restore(throughJson(device.save()) as never);
      device.reset();
      machine.bus.reset();
      expect(machine.line.level).toBe(false);
    }), { numRuns: 150, seed: 2 });
  });
});

it('reaches the registers through configuration space', () => {
  const { machine, driver } = start();
  const { endpoint } = machine;
  let at = endpoint.read(0x34, 1);
  while (endpoint.read(at, 1) !== 9 || endpoint.read(at + 3, 1) !== 5) at = endpoint.read(at + 1, 1);
  endpoint.write(at + 4, 1, 4);
  endpoint.write(at + 8, 4, 0x14);
  endpoint.write(at + 12, 4, 1);
  expect(endpoint.read(at + 16, 1)).toBe(driver.status);
  endpoint.write(at + 16, 1, 0);
  expect(driver.status).toBe(0);
});
