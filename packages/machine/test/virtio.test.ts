import { createInterpreterHypervisor } from '@ringzero/backend-interpreter';
import { createJitHypervisor } from '@ringzero/backend-jit';
import type { BlockBackend } from '@ringzero/devices';
import type { Hypervisor } from '@ringzero/processor';
import { describe, expect, it } from 'vitest';
import { Machine, type MachineConfig } from '../src/index.ts';

/**
 * A driver in real-address mode, at 7C00h: sets up the 8259s; makes device 2 a bus master; puts queue 0 at 10000h; asks for
 * sector 3 (header at 14000h, data at 15000h, status at 16000h), waits for IRQ 10 in HLT until the used index is 1, and ends with
 * status + first byte at the debug exit. IRQ 10's handler reads the interrupt status.
 */
const DRIVER = Buffer.from(
  '+rAR5iDmoLAI5iGwcOahsATmIbAC5qGwAeYh5qGw++Yh5qHHBsgB43zHBsoBAABmuAQQAIC6+Axm77r8DOwMBO5muBAQAIC6+Axm77r8DGbtJPyJw41XCGa4EAAAAGbvjVcSsAfu' +
    'uAAQjsC/AABmuABAAQBmq2YxwGarsBBmq2a4AQABAGarZrgAUAEAZqtmMcBmq7gAAmarZrgDAAIAZqtmuABgAQBmq2YxwGarsAFmq7ACZqsmxgYIQAMmxgYAYP8mxgYCEAGNVxAx' +
    'wO/79CaAPgIgAXX3JqAAYCYCBgBQ5vRSjVcT7FqwIOag5iDP',
  'base64',
);
const BACKENDS: readonly (readonly [string, () => Hypervisor])[] = [
  ['interpreter', () => createInterpreterHypervisor()],
  ['jit', () => createJitHypervisor({ threshold: 0 })],
];

/** Sector n is full of n + 0x20. `wait` delays what it reads. */
function disk(wait?: () => Promise<void>, failure?: Error): BlockBackend {
  const fill = (offset: number, target: Uint8Array): void => {
    if (failure !== undefined) throw failure;
    for (let i = 0; i < target.length; i++) target[i] = ((offset + i) >> 9) + 0x20;
  };
  return {
    byteLength: 16 << 9,
    isReadOnly: false,
    read: (offset, target) => (wait === undefined ? fill(offset, target) : wait().then(() => fill(offset, target))),
    write: () => undefined,
    flush: () => undefined,
  };
}

const log: string[] = [];

function machine(create: () => Hypervisor, medium: BlockBackend, clock: MachineConfig['clock'] = 'virtual'): Machine {
  const devices = [{ type: 'virtio-block', medium: 'disk', id: 'root' }];
  log.length = 0;
  return new Machine({ memoryBytes: 1 << 20, clock, debugExitPort: 0xf4, devices }, create(), { media: { disk: medium }, onDeviceLog: (message) => void log.push(message) });
}

const READ = { kind: 'debugExit', status: (0x23 << 1) | 1 };
const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

describe.each(BACKENDS)('virtio-block on the %s', (_name, create) => {
  it.each([
    ['a disk in memory', disk(), 'virtual'],
    ['a slow disk', disk(soon), 'virtual'],
    ['a slow disk in real time', disk(soon), 'real'],
  ] as const)('is found where firmware put it, reads and interrupts: %s', async (_disk, medium, clock) => {
    const subject = machine(create, medium, clock);
    subject.load({ kind: 'flat', image: DRIVER, address: 0x7c00 });
    expect(await subject.run()).toEqual(READ);
    expect(subject.memory.readBytes(0x15000, 512).every((byte) => byte === 0x23)).toBe(true);
    // It is there again after a reset.
    subject.reset();
    expect(await subject.run()).toEqual(READ);
  });

  it('tells the guest and the log that the disk failed', async () => {
    const subject = machine(create, disk(undefined, new Error('head crash')));
    subject.load({ kind: 'flat', image: DRIVER, address: 0x7c00 });
    expect(await subject.run()).toEqual({ kind: 'debugExit', status: (1 << 1) | 1 });
    expect(log).toEqual(['root: read of 512 bytes at 1536 failed: head crash']);
  });

  it('goes on elsewhere with its request in flight', async () => {
    const original = machine(create, disk());
    original.load({ kind: 'flat', image: DRIVER, address: 0x7c00 });
    const look = (): void => {
      const { pending } = original.device('root')!.save() as { readonly pending: readonly unknown[] };
      if (pending.length > 0) original.stop();
      else original.clock.schedule(original.clock.now() + 100, look);
    };
    look();
    expect(await original.run()).toEqual({ kind: 'stopped' });
    const snapshot = structuredClone(original.save());
    const ends = await Promise.all(BACKENDS.map(async ([, other]) => {
      const copy = machine(other, disk(soon));
      copy.restore(snapshot);
      expect(await copy.run()).toEqual(READ);
      const { chipset, now } = copy.save();
      return JSON.stringify({ chipset, now });
    }));
    expect(await original.run()).toEqual(READ);
    const { chipset, now } = original.save();
    expect(ends).toEqual([JSON.stringify({ chipset, now }), JSON.stringify({ chipset, now })]);
  });
});

it('tells the guest of its power button', () => {
  const subject = new Machine({ memoryBytes: 1 << 20, clock: 'virtual' }, createInterpreterHypervisor());
  const { ports } = subject.chipset;
  void ports.write(0x602, 2, 0x100);
  expect(ports.read(0x600, 2)).toBe(0);
  // The slave's interrupt requests: the system control interrupt is line 9.
  void ports.write(0xa0, 1, 0x0a);
  expect((ports.read(0xa0, 1) as number) & 2).toBe(0);
  subject.pressPowerButton();
  expect(ports.read(0x600, 2)).toBe(0x100);
  expect((ports.read(0xa0, 1) as number) & 2).toBe(2);
});

it('has event timers unless it is told not to', () => {
  const without = new Machine({ memoryBytes: 1 << 20, clock: 'virtual', hpet: false }, createInterpreterHypervisor());
  const signature = (subject: Machine): boolean => {
    subject.load({ kind: 'flat', image: DRIVER, address: 0x7c00 });
    return Buffer.from(subject.memory.readBytes(0xe0000, 0x10000)).includes('HPET');
  };
  expect([without.device('hpet'), signature(without)]).toEqual([undefined, false]);
  const withTimers = new Machine({ memoryBytes: 1 << 20, clock: 'virtual' }, createInterpreterHypervisor());
  expect([withTimers.device('hpet') !== undefined, signature(withTimers)]).toEqual([true, true]);
  expect(withTimers.chipset.mmio.read(0xfed00000, 4)).toBe(0x8086a201);
});
