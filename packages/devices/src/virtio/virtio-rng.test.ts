import { expect, it } from 'vitest';
import { BenchMachine } from '../../test/bench-machine.ts';
import { throughJson } from '../../test/manual-clock.ts';
import { VirtioDriver } from '../../test/virtio-driver.ts';
import { hostEntropy, seededEntropy } from './entropy.ts';
import { VIRTIO_RNG } from './virtio-rng.ts';

function create(options: Record<string, unknown> = {}): { draw: (length: number) => Uint8Array; device: ReturnType<typeof VIRTIO_RNG.create>; machine: BenchMachine } {
  const machine = new BenchMachine();
  const device = VIRTIO_RNG.create(machine, options);
  const driver = new VirtioDriver(machine);
  driver.start();
  const queue = driver.queues[0]!;
  const draw = (length: number): Uint8Array => {
    const { addresses } = queue.add([length]);
    driver.notify(0);
    const [used] = queue.takeUsed();
    return queue.read(addresses[0]!, used!.length);
  };
  return { draw, device, machine };
}

it('repeats from its seed in virtual time, and goes on after a restore', () => {
  const [first, second, other] = [create(), create(), create({ seed: 5 })];
  expect(first.machine.endpoint.read(0, 4)).toBe(0x10051af4);
  const bytes = first.draw(64);
  expect(second.draw(64)).toEqual(bytes);
  expect(other.draw(64)).not.toEqual(bytes);
  expect(new Set(bytes).size).toBeGreaterThan(32);
  const state = throughJson(first.device.save());
  const next = first.draw(64);
  expect(next).not.toEqual(bytes);
  second.device.restore(state);
  expect(second.device.save()).toEqual(state);
  const drawn = second.draw(64);
  expect(drawn).toEqual(next);
});

it('fills at most 4096 bytes of a buffer', () => {
  expect(create().draw(10_000).length).toBe(4096);
});

it('takes the host’s random numbers in real time', () => {
  const source = hostEntropy();
  const [a, b] = [new Uint8Array(32), new Uint8Array(32)];
  source.fill(a);
  source.fill(b);
  expect(a).not.toEqual(b);
  expect(source.save()).toBeUndefined();
});

it('does not stand still after an empty state', () => {
  const source = seededEntropy(0);
  source.restore([]);
  const bytes = new Uint8Array(16);
  source.fill(bytes);
  expect(bytes.some((byte) => byte !== 0)).toBe(true);
});
