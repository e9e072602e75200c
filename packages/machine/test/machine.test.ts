import { createInterpreterHypervisor } from '@ringzero/backend-interpreter';
import { createJitHypervisor } from '@ringzero/backend-jit';
import { resolveEmbeddedGuest } from '@ringzero/guests';
import type { Hypervisor } from '@ringzero/processor';
import { describe, expect, it } from 'vitest';
import { Machine, type MachineConfig } from '../src/index.ts';

const CONFIG: MachineConfig = { memoryBytes: 32 << 20, clock: 'virtual', debugExitPort: 0xf4 };
const BACKENDS: readonly (readonly [string, () => Hypervisor])[] = [
  ['interpreter', () => createInterpreterHypervisor()],
  ['jit', () => createJitHypervisor({ threshold: 0 })],
];

/** A machine whose serial output is kept, and which is told what to type at each prompt. */
class Session {
  output = '';
  readonly machine: Machine;
  readonly #lines: string[];

  constructor(hypervisor: Hypervisor, lines: readonly string[], config: MachineConfig = CONFIG) {
    this.#lines = [...lines];
    this.machine = new Machine(config, hypervisor, { onSerial: (byte) => this.#receive(byte) });
  }

  #receive(byte: number): void {
    this.output += String.fromCharCode(byte);
    if (!this.output.endsWith('> ')) return;
    const line = this.#lines.shift();
    // A moment later, as a person would: from a timer, so that the run repeats.
    if (line !== undefined) this.machine.clock.schedule(this.machine.clock.now() + 1e6, () => this.machine.sendSerial(Buffer.from(`${line}\n`)));
  }
}

const LINES = ['help', 'fault de', 'fault pf', 'regs', 'poweroff'];

describe.each(BACKENDS)('a machine on the %s', (_name, create) => {
  it('runs the monitor until it turns the machine off', async () => {
    const session = new Session(create(), LINES);
    session.machine.load(resolveEmbeddedGuest('monitor'));
    expect(await session.machine.run()).toEqual({ kind: 'powerOff' });
    expect(session.output).toContain('Ringzero monitor');
    expect(session.output.match(/survived/g)?.length).toBe(2);
  });

  it.each(createInterpreterHypervisor().cpuModels)('runs the monitor on a $name', async ({ name }) => {
    const session = new Session(create(), ['cpuid', 'regs', 'fault ud', 'poweroff'], { ...CONFIG, cpu: name });
    session.machine.load(resolveEmbeddedGuest('monitor'));
    expect(await session.machine.run()).toEqual({ kind: 'powerOff' });
    expect(session.output).toContain('GenuineIntel');
    expect(session.output.match(/#UD/g)).toHaveLength(1);
  });

  it('takes no snapshot of another CPU model', () => {
    const snapshot = new Machine({ ...CONFIG, cpu: 'nehalem' }, create()).save();
    expect(() => new Machine({ ...CONFIG, cpu: 'core2' }, create()).restore(snapshot)).toThrow("snapshot of CPU model nehalem: the machine's is core2");
    // The default has a name as well.
    const machine = new Machine(CONFIG, create());
    machine.restore(snapshot);
    expect(machine.config.cpu).toBe('nehalem');
  });

  it('refuses a CPU model that its backend does not have', () => {
    expect(() => new Machine({ ...CONFIG, cpu: '8086' }, create())).toThrow('CPU model "8086": unknown; known are 486');
  });

  it.each([
    ['debug exit', [0xb0, 0x15, 0xe6, 0xf4], { kind: 'debugExit', status: 0x2b }],
    ['triple fault', [0x0f, 0x01, 0x1e, 0x00, 0x06, 0xcd, 0x03], { kind: 'tripleFault' }],
    ['reset', [0xb0, 0xfe, 0xe6, 0x64], { kind: 'reset' }],
    ['halt', [0xfa, 0xf4], { kind: 'halted' }],
  ] as const)('ends with %s', async (_what, code, exit) => {
    const machine = new Machine({ ...CONFIG, onReset: 'exit', haltExit: true }, create());
    machine.load({ kind: 'flat', image: Uint8Array.from(code), address: 0x7c00 });
    expect(await machine.run()).toEqual(exit);
  });

  it('reboots when the guest resets it', async () => {
    // inc byte [600h]; cmp byte [600h], 3; jae done; mov al, FEh; out 64h, al; hlt; done: xor al, al; out F4h, al
    const code = Uint8Array.of(0xfe, 0x06, 0x00, 0x06, 0x80, 0x3e, 0x00, 0x06, 0x03, 0x73, 0x05, 0xb0, 0xfe, 0xe6, 0x64, 0xf4, 0x30, 0xc0, 0xe6, 0xf4);
    const machine = new Machine(CONFIG, create());
    machine.load({ kind: 'flat', image: code, address: 0x7c00 });
    expect(await machine.run()).toEqual({ kind: 'debugExit', status: 1 });
    expect(machine.memory.readBytes(0x600, 1)[0]).toBe(3);
  });
});

describe('repeatability', () => {
  it('gives the same serial output and state on both engines, and twice', async () => {
    const outcomes: string[] = [];
    for (const create of [BACKENDS[0]![1], BACKENDS[1]![1], BACKENDS[1]![1]]) {
      const session = new Session(create(), LINES);
      session.machine.load(resolveEmbeddedGuest('monitor'));
      await session.machine.run();
      const { processors, now, chipset } = session.machine.save();
      outcomes.push(JSON.stringify({ output: session.output, processors, now, chipset }));
    }
    expect(outcomes[1]).toBe(outcomes[0]);
    expect(outcomes[2]).toBe(outcomes[0]);
  });

  it('goes on from a snapshot on another engine, beside the original', async () => {
    const original = new Session(createInterpreterHypervisor(), ['help']);
    original.machine.load(resolveEmbeddedGuest('monitor'));
    original.machine.clock.schedule(30e6, () => original.machine.stop());
    expect(await original.machine.run()).toEqual({ kind: 'stopped' });
    const snapshot = structuredClone(original.machine.save());
    const before = original.output;
    const copies = BACKENDS.map(([, create]) => {
      const copy = new Session(create(), ['mem', 'poweroff']);
      copy.machine.restore(snapshot);
      copy.machine.clock.schedule(snapshot.now + 5e6, () => copy.machine.sendSerial(Buffer.from('cpuid\n')));
      return copy;
    });
    await Promise.all(copies.map((copy) => copy.machine.run()));
    expect(before).toContain('Ringzero monitor');
    expect(copies[0]!.output).toContain('GenuineIntel');
    expect(copies[1]!.output).toBe(copies[0]!.output);
  });
});
