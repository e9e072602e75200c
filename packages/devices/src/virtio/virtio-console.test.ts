import { beforeEach, expect, it } from 'vitest';
import { BenchMachine } from '../../test/bench-machine.ts';
import { throughJson } from '../../test/manual-clock.ts';
import { VirtioDriver, type DriverQueue } from '../../test/virtio-driver.ts';
import { VIRTIO_CONSOLE, type VirtioConsole } from './virtio-console.ts';

const SIZE = 0;
let machine: BenchMachine;
let device: VirtioConsole;
let driver: VirtioDriver;
let receive: DriverQueue;
let transmit: DriverQueue;
let output: string;

function text(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
function bytes(characters: string): Uint8Array {
  return Uint8Array.from(characters, (character) => character.charCodeAt(0));
}

beforeEach(() => {
  machine = new BenchMachine();
  device = VIRTIO_CONSOLE.create(machine, { columns: 100, rows: 30 });
  output = '';
  device.onOutput = (written) => void (output += text(written));
  driver = new VirtioDriver(machine);
  driver.start([SIZE], 2);
  [receive, transmit] = driver.queues as [DriverQueue, DriverQueue];
});

it('tells what the guest writes', () => {
  const { head } = transmit.add([bytes('hello, '), bytes('host\n')]);
  driver.notify(1);
  expect(output).toBe('hello, host\n');
  expect(transmit.takeUsed()).toEqual([{ id: head, length: 0 }]);
  driver.set(4, 8, 4, 0x21);
  expect(output).toBe('hello, host\n!');
});

it('gives the guest what is typed, when it has room', () => {
  expect(device.input(bytes('abc'))).toBe(3);
  const first = receive.add([2]);
  const second = receive.add([64]);
  driver.notify(0);
  expect(receive.takeUsed()).toEqual([{ id: first.head, length: 2 }, { id: second.head, length: 1 }]);
  expect(text(receive.read(first.addresses[0]!, 2)) + text(receive.read(second.addresses[0]!, 1))).toBe('abc');
  const third = receive.add([64]);
  driver.notify(0);
  expect(receive.takeUsed()).toEqual([]);
  device.input(bytes('d'));
  expect(receive.takeUsed()).toEqual([{ id: third.head, length: 1 }]);
});

it('takes no more input than it can keep, and tells when it can again', () => {
  let spaces = 0;
  device.onInputSpace = () => void spaces++;
  expect(device.input(new Uint8Array(5000))).toBe(4096);
  expect(device.input(bytes('x'))).toBe(0);
  receive.add([1000]);
  driver.notify(0);
  expect(spaces).toBe(1);
  expect(device.input(bytes('x'))).toBe(1);
  receive.add([100]);
  driver.notify(0);
  expect(spaces).toBe(1);
});

it('tells of a new size', () => {
  expect([driver.config(0, 2), driver.config(2, 2)]).toEqual([100, 30]);
  const generation = driver.get(1, 0x15, 1);
  device.resize(132, 43);
  expect([driver.config(0, 2), driver.config(2, 2), driver.get(1, 0x15, 1)]).toEqual([132, 43, generation + 1]);
  expect([machine.line.level, driver.takeInterruptStatus()]).toEqual([true, 2]);
});

it('keeps what was typed over a restore', () => {
  device.input(bytes('typed'));
  device.resize(90, 20);
  const state = throughJson(device.save());
  const bus = throughJson(machine.bus.save());
  const { memory } = machine;
  const { head, addresses } = receive.add([16]);
  machine = new BenchMachine();
  const copy = VIRTIO_CONSOLE.create(machine, {});
  machine.memory.writeBytes(0, memory.readBytes(0, 1 << 20));
  machine.bus.restore(bus);
  copy.restore(state);
  expect(copy.save()).toEqual(state);
  expect(machine.line.level).toBe(true);
  void machine.mmio.write(0xe0003000, 2, 0);
  expect(text(machine.memory.readBytes(addresses[0]!, 5))).toBe('typed');
  expect(machine.memory.readBytes(receive.rings.used + 4, 1)[0]).toBe(head);
});
