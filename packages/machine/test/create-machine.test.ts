import { createInterpreterHypervisor } from '@ringzero/backend-interpreter';
import { createJitHypervisor } from '@ringzero/backend-jit';
import { resolveEmbeddedGuest } from '@ringzero/guests';
import { describe, expect, it } from 'vitest';
import { createMachine, type Machine, type MachineExit, type MachineOptions } from '../src/index.ts';

const backends = { interpreter: createInterpreterHypervisor, jit: async () => Promise.resolve(createJitHypervisor({ threshold: 0 })) };
const OPTIONS: MachineOptions = { backend: 'interpreter', backends, memory: '32M', clock: 'virtual' };
/** jmp $ */
const LOOP = { kind: 'flat', image: Uint8Array.of(0xeb, 0xfe), address: 0x7c00 } as const;
/** mov dx, 3F8h; again: out dx, al; inc al; jmp again */
const CHATTER = { kind: 'flat', image: Uint8Array.of(0xba, 0xf8, 0x03, 0xee, 0xfe, 0xc0, 0xeb, 0xfb), address: 0x7c00 } as const;

describe('createMachine', () => {
  it('takes a hypervisor, what loads one, or a name', async () => {
    const interpreter = createInterpreterHypervisor();
    for (const backend of [interpreter, Promise.resolve(interpreter), () => interpreter, async () => Promise.resolve(interpreter), 'interpreter']) {
      await using machine = await createMachine({ ...OPTIONS, backend });
      expect(machine.hypervisor.name).toBe('interpreter');
      expect(machine.config).toMatchObject({ memoryBytes: 32 << 20, clock: 'virtual' });
      await machine.switchBackend('jit');
      expect(machine.hypervisor.name).toBe('jit');
    }
  });

  it('says in one line what is wrong', async () => {
    await expect(createMachine({ ...OPTIONS, memory: 'much' })).rejects.toThrow('memory size "much": expected a number with K, M or G, such as 256M');
    await expect(createMachine({ ...OPTIONS, memory: 1234 })).rejects.toThrow('memory 1234 bytes: expected a multiple of 4096');
    await expect(createMachine({ ...OPTIONS, backend: 'kvm' })).rejects.toThrow('backend "kvm": unknown; known are interpreter, jit');
    await expect(createMachine({ backend: 'jit', memory: '32M' })).rejects.toThrow('backend "jit": unknown; the machine was given no backends by name');
    await expect(createMachine({ ...OPTIONS, backend: (() => ({})) as never })).rejects.toThrow('backend (function): it gave no hypervisor, which has newPartition and cpuModels');
    await using machine = await createMachine(OPTIONS);
    await expect(machine.switchBackend('toString')).rejects.toThrow('backend "toString": unknown; known are interpreter, jit');
  });

  it('runs a guest whose output is iterated over, until the run ends', async () => {
    await using machine = await createMachine({ ...OPTIONS, clock: 'real', boot: resolveEmbeddedGuest('monitor') });
    let output = '';
    let isAsked = false;
    const run = machine.run();
    for await (const chunk of machine.serial) {
      output += Buffer.from(chunk).toString('latin1');
      if (isAsked || !output.endsWith('> ')) continue;
      isAsked = true;
      machine.serial.write('poweroff\n');
    }
    expect(output).toContain('Ringzero monitor');
    expect(await run).toEqual({ kind: 'powerOff' });
  });

  it('reads up to a text, and keeps what comes behind', async () => {
    await using machine = await createMachine({ ...OPTIONS, boot: resolveEmbeddedGuest('monitor') });
    const reader = machine.serial.read();
    void machine.run();
    expect(await reader.until('Ringzero')).toMatch(/Ringzero$/);
    expect(await reader.until('> ')).toMatch(/^ monitor[^]*> $/);
    machine.serial.write('poweroff\n');
    await expect(reader.until('never')).rejects.toThrow(/^the run ended before the guest sent "never"; its last output was ".*poweroff/);
  });

  it('ends its run when it is disposed of, and cannot run again', async () => {
    const machine = await createMachine({ ...OPTIONS, boot: LOOP });
    const run = machine.run();
    await machine.dispose();
    await machine.dispose();
    expect(await run).toEqual({ kind: 'stopped' });
    await expect(machine.run()).rejects.toThrow('the machine has been disposed of');
  });
});

describe('events', () => {
  it('tell what happens, in order', async () => {
    await using machine = await createMachine({ ...OPTIONS, boot: LOOP });
    const seen: unknown[] = [];
    for (const name of ['pause', 'resume', 'reset', 'backend', 'exit'] as const) machine.on(name, (value) => seen.push([name, value]));
    const exit = machine.once('exit');
    const run = machine.run();
    await machine.pause();
    await machine.switchBackend('jit');
    machine.resume();
    await machine.reset();
    machine.stop();
    expect(await run).toEqual(await exit);
    expect(seen).toEqual([
      ['pause', undefined],
      ['backend', { from: 'interpreter', to: 'jit' }],
      ['resume', undefined],
      ['reset', undefined],
      ['exit', { kind: 'stopped' }],
    ]);
  });

  it('stop when they are ended, and a listener that throws fails the run', async () => {
    await using machine = await createMachine({ ...OPTIONS, boot: CHATTER });
    let bytes = 0;
    const end = machine.on('serial', () => {
      if (++bytes === 3) end();
    });
    const error = new Error('not this byte');
    machine.on('serial', (byte) => {
      if (byte === 9) throw error;
    });
    expect(await machine.run()).toEqual({ kind: 'failed', error });
    expect(bytes).toBe(3);
  });
});

describe('the serial buffer', () => {
  async function chatter(): Promise<{ readonly machine: Machine; readonly run: Promise<MachineExit> }> {
    const machine = await createMachine({ ...OPTIONS, boot: CHATTER });
    return { machine, run: machine.run() };
  }
  const rest = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50));
  /** Waits until the guest has begun and stands still, however slow the host is: how many instructions it has executed then. */
  async function standstill(machine: Machine): Promise<number> {
    let before: number;
    do {
      before = machine.statistics().instructions;
      await rest();
    } while (before === 0 || machine.statistics().instructions !== before);
    return before;
  }

  it('holds the guest up when it is full, and loses nothing', async () => {
    const { machine } = await chatter();
    const reader = machine.serial.read({ bufferBytes: 100 });
    const before = await standstill(machine);
    await rest();
    expect(machine.statistics().instructions).toBe(before);
    let expected: number | undefined;
    for (let total = 0; total < 1000; ) {
      const { value } = await reader.next();
      expect(value.length).toBeLessThanOrEqual(120);
      for (const byte of value as Uint8Array) {
        expect(byte).toBe(expected ?? byte);
        expected = (byte + 1) & 0xff;
      }
      total += (value as Uint8Array).length;
    }
    // A reader that leaves does not hold the guest.
    const held = await standstill(machine);
    await reader.return();
    while (machine.statistics().instructions <= held) await rest();
    await machine.dispose();
  });

  it('can be stopped while it holds the guest', async () => {
    const { machine, run } = await chatter();
    machine.serial.read({ bufferBytes: 1 });
    await rest();
    machine.stop();
    expect(await run).toEqual({ kind: 'stopped' });
    await machine.dispose();
  });

  it('forgets the oldest bytes where it may', async () => {
    const { machine } = await chatter();
    const reader = machine.serial.read({ bufferBytes: 64, whenFull: 'drop' });
    // However slow the host is.
    while (reader.dropped <= 1000) await rest();
    await machine.pause();
    const { value } = await reader.next();
    expect(value).toHaveLength(64);
    expect(reader.dropped).toBeGreaterThan(1000);
    await machine.dispose();
  });

  it('has a size and a policy that exist', async () => {
    await using machine = await createMachine(OPTIONS);
    expect(() => machine.serial.read({ bufferBytes: 0 })).toThrow('serial buffer of 0 bytes: expected an integer of at least 1');
    expect(() => machine.serial.read({ whenFull: 'block' as never })).toThrow('serial buffer, when full "block": expected wait or drop');
  });
});

describe('statistics', () => {
  it('count on across engines', async () => {
    await using machine = await createMachine({ ...OPTIONS, boot: LOOP });
    void machine.run();
    await new Promise((resolve) => setTimeout(resolve, 20));
    await machine.switchBackend(createJitHypervisor({ threshold: 0, countTiers: true }));
    const first = machine.statistics();
    await new Promise((resolve) => setTimeout(resolve, 200));
    await machine.pause();
    const second = machine.statistics();
    expect(first.instructions).toBeGreaterThan(0);
    expect(second.instructions).toBeGreaterThan(first.instructions);
    // The virtual clock counts the same instructions.
    expect(second.nanoseconds).toBe(second.instructions * 10);
    expect(second.backend).toBe('jit');
    expect(second.code.compilations).toBeGreaterThan(0);
    expect(second.tiers?.compiled).toBeGreaterThan(0);
    await machine.switchBackend('interpreter');
    expect(machine.statistics()).toMatchObject({ instructions: second.instructions, backend: 'interpreter', tiers: undefined });
  });
});
