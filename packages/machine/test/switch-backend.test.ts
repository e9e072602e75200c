import { createInterpreterHypervisor } from '@ringzero/backend-interpreter';
import { createJitHypervisor } from '@ringzero/backend-jit';
import type { DeviceType } from '@ringzero/devices';
import { GuestMemory, PAGE_CODE } from '@ringzero/guest-memory';
import { resolveEmbeddedGuest } from '@ringzero/guests';
import type { Hypervisor, Partition } from '@ringzero/processor';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Machine, type MachineConfig } from '../src/index.ts';

const CONFIG: MachineConfig = { memoryBytes: 32 << 20, clock: 'virtual', debugExitPort: 0xf4 };
const interpreter = createInterpreterHypervisor();
const jit = createJitHypervisor({ threshold: 0 });

function other(hypervisor: Hypervisor): Hypervisor {
  return hypervisor === jit ? interpreter : jit;
}

const SWITCHES = 100;

/** The monitor, typed at, on a machine that changes its engine every `period` nanoseconds of the guest's time. */
async function runMonitor(first: Hypervisor, period?: number): Promise<{ readonly outcome: string; readonly swaps: number }> {
  const lines = ['cpuid', 'fault de', 'fault pf', 'regs', 'poweroff'];
  let output = '';
  let swaps = 0;
  const machine: Machine = new Machine(CONFIG, first, {
    onSerial(byte) {
      output += String.fromCharCode(byte);
      const line = output.endsWith('> ') ? lines.shift() : undefined;
      if (line !== undefined) machine.clock.schedule(machine.clock.now() + 1e6, () => machine.sendSerial(Buffer.from(`${line}\n`)));
    },
  });
  machine.load(resolveEmbeddedGuest('monitor'));
  const again = (): void => {
    machine.clock.schedule(machine.clock.now() + period!, () => {
      void machine.switchBackend(other(machine.hypervisor)).then(() => swaps++);
      again();
    });
  };
  if (period !== undefined) again();
  expect(await machine.run()).toEqual({ kind: 'powerOff' });
  const { processors, now, chipset, memory } = machine.save();
  return { outcome: JSON.stringify({ output, processors, now, chipset, memory: sum(memory) }), swaps };
}

function sum(bytes: Uint8Array): number {
  let hash = 0;
  for (const byte of bytes) hash = (Math.imul(hash, 31) + byte) | 0;
  return hash;
}

describe('switching the engine of a running machine', () => {
  it.each([
    ['interpreter', 77_777, interpreter],
    ['interpreter', 123_450, interpreter],
    ['jit', 99_983, jit],
    ['jit', 33_330, jit],
  ] as const)('changes nothing in a run that begins on the %s, swapped every %d ns', async (_name, period, first) => {
    const plain = await runMonitor(first);
    const swapped = await runMonitor(first, period);
    expect(swapped.swaps).toBeGreaterThan(10);
    expect(swapped.outcome).toBe(plain.outcome);
  });

  it('keeps an access that a device answers later', async () => {
    let answer: (value: number) => void = () => {};
    const slow: DeviceType = {
      type: 'slow',
      create(slot) {
        slot.ports.claim({ base: 0x300, count: 4 }, { read: () => new Promise<number>((resolve) => (answer = resolve)), write: () => undefined });
        return { reset: () => undefined, save: () => null, restore: () => undefined };
      },
    };
    const machine = new Machine({ ...CONFIG, devices: [{ type: 'slow' }] }, interpreter, { deviceTypes: [slow] });
    // mov dx, 300h; in al, dx; out F4h, al
    machine.load({ kind: 'flat', image: Uint8Array.of(0xba, 0x00, 0x03, 0xec, 0xe6, 0xf4), address: 0x7c00 });
    const run = machine.run();
    await new Promise((resolve) => setTimeout(resolve, 20));
    const moved = machine.switchBackend(jit);
    expect(machine.hypervisor).toBe(interpreter);
    answer(0x21);
    await moved;
    expect(machine.hypervisor).toBe(jit);
    expect(await run).toEqual({ kind: 'debugExit', status: 0x43 });
  });

  it('works on a machine that is stopped, paused or just ending', async () => {
    const machine = new Machine(CONFIG, interpreter);
    // jmp $
    machine.load({ kind: 'flat', image: Uint8Array.of(0xeb, 0xfe), address: 0x7c00 });
    await machine.switchBackend(jit);
    const run = machine.run();
    await machine.pause();
    expect(machine.isPaused).toBe(true);
    await machine.switchBackend(interpreter);
    expect(machine.hypervisor).toBe(interpreter);
    machine.resume();
    const moved = machine.switchBackend(jit);
    machine.stop();
    expect(await run).toEqual({ kind: 'stopped' });
    await moved;
    expect(machine.hypervisor).toBe(jit);
  });

  it('refuses an engine without the CPU model or with other abilities, and goes on', async () => {
    const machine = new Machine({ ...CONFIG, cpu: 'core2' }, interpreter);
    machine.load({ kind: 'flat', image: Uint8Array.of(0xeb, 0xfe), address: 0x7c00 });
    const run = machine.run();
    const { partition } = machine;
    const without: Hypervisor = { ...jit, name: 'small', cpuModels: jit.cpuModels.filter(({ name }) => name === '486') };
    await expect(machine.switchBackend(without)).rejects.toThrow('backend small: it has no CPU model core2, which the machine has on interpreter; its models are 486');
    const disposed: Partition[] = [];
    const different: Hypervisor = {
      ...jit,
      name: 'other',
      newPartition: (config) => {
        const proto = jit.newPartition(config);
        return {
          ...proto,
          build(partitionConfig) {
            const built = proto.build({ ...partitionConfig, cpuid: [{ function: 0x80000008, result: [32, 0, 0, 0], mask: [0xff, 0, 0, 0] }] });
            vi.spyOn(built.partition, 'dispose').mockImplementation(() => void disposed.push(built.partition));
            return built;
          },
        };
      },
    };
    await expect(machine.switchBackend(different)).rejects.toThrow(/^backend other: its processors have physicalAddressWidth 32, expected \d+ as on interpreter$/);
    expect(disposed).toHaveLength(1);
    expect(machine.partition).toBe(partition);
    machine.stop();
    expect(await run).toEqual({ kind: 'stopped' });
  });
});

describe('many switches', () => {
  afterEach(() => vi.restoreAllMocks());

  it('leave no listener, code page, timer or partition behind', async () => {
    let listeners = 0;
    for (const name of ['onCodeWrite', 'onCodePage', 'onMapChange', 'onWritesVoid'] as const) {
      const original = GuestMemory.prototype[name] as (listener: never) => () => void;
      vi.spyOn(GuestMemory.prototype, name).mockImplementation(function (this: GuestMemory, listener: never) {
        const end = original.call(this, listener);
        listeners++;
        return () => {
          listeners--;
          end();
        };
      } as never);
    }
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const machine = new Machine({ ...CONFIG, memoryBytes: 1 << 20 }, interpreter);
    machine.load({ kind: 'flat', image: Uint8Array.of(0x40, 0xeb, 0xfd), address: 0x7c00 });
    const before = listeners;
    const run = machine.run();
    const partitions: WeakRef<Partition>[] = [];
    for (let i = 0; i < SWITCHES; i++) {
      partitions.push(new WeakRef(machine.partition));
      await machine.switchBackend(other(machine.hypervisor));
      if (i % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(listeners).toBe(before);
    // The page of the loop, decoded by the engine of now.
    expect(machine.memory.pageFlags.filter((flags) => (flags & PAGE_CODE) !== 0).length).toBeLessThanOrEqual(1);
    const alive = (): number => partitions.filter((partition) => partition.deref() !== undefined).length;
    // A busy host comes late to what still refers to them.
    for (let i = 0; i < 100 && alive() >= 5; i++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      collect();
    }
    expect(alive()).toBeLessThan(5);
    machine.stop();
    expect(await run).toEqual({ kind: 'stopped' });
    machine.partition.dispose();
    expect(listeners).toBe(0);
    expect(machine.memory.pageFlags.some((flags) => (flags & PAGE_CODE) !== 0)).toBe(false);
  });
});
