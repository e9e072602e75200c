import { createInterpreterHypervisor } from '@ringzero/backend-interpreter';
import { describe, expect, it } from 'vitest';
import { Machine, type BootSource, type MachineConfig } from '../src/index.ts';

const CONFIG: MachineConfig = { memoryBytes: 1 << 20, clock: 'virtual' };

function flat(...bytes: readonly number[]): BootSource {
  return { kind: 'flat', image: Uint8Array.from(bytes), address: 0x7c00 };
}

/** jmp $ */
const LOOP = flat(0xeb, 0xfe);
/** mov al, 6; mov dx, CF9h; out dx, al: a reset as soon as it starts */
const RESET = flat(0xb0, 0x06, 0xba, 0xf9, 0x0c, 0xee);
/** mov dx, 3F8h; again: out dx, al; jmp again */
const CHATTER = flat(0xba, 0xf8, 0x03, 0xee, 0xeb, 0xfd);

function machine(boot: BootSource, config: Partial<MachineConfig> = {}): Machine {
  const made = new Machine({ ...CONFIG, ...config }, createInterpreterHypervisor());
  made.load(boot);
  return made;
}

describe('a stop', () => {
  it('while the guest resets ends the run', async () => {
    const subject = machine(RESET);
    let resets = 0;
    subject.on('reset', () => {
      if (++resets === 3) subject.stop();
    });
    expect(await subject.run()).toEqual({ kind: 'stopped' });
    expect(resets).toBe(3);
  });

  it('by a timer of the host reaches a guest that only resets', async () => {
    const subject = machine(RESET);
    setTimeout(() => subject.stop(), 50);
    expect(await subject.run()).toEqual({ kind: 'stopped' });
  });

  it('of a run whose output nobody reads leaves the next run free', async () => {
    const subject = machine(CHATTER);
    const reader = subject.serial.read({ bufferBytes: 16 });
    const run = subject.run();
    while (subject.clock.now() === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    subject.stop();
    await run;
    const time = subject.clock.now();
    subject.clock.schedule(time + 1e6, () => subject.stop());
    expect(await subject.run()).toEqual({ kind: 'stopped' });
    expect(subject.clock.now()).toBeGreaterThan(time);
    await reader.return();
  });
});

describe('a pause', () => {
  it('is over for everyone who asked when the machine is at rest', async () => {
    const subject = machine(LOOP);
    const run = subject.run();
    await new Promise((resolve) => setTimeout(resolve, 10));
    void subject.pause();
    await subject.pause();
    expect(subject.debug.linearIp()).toBe(0x7c00n);
    subject.stop();
    expect(await run).toEqual({ kind: 'stopped' });
  });
});
