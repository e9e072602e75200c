import { createInterpreterHypervisor } from '@ringzero/backend-interpreter';
import { createJitHypervisor } from '@ringzero/backend-jit';
import { describe, expect, it } from 'vitest';
import { createMachine, type Machine, type MachineOptions } from '../src/index.ts';

const backends = { interpreter: createInterpreterHypervisor, jit: () => createJitHypervisor({ threshold: 0 }) };

/** 7C00h: mov cx, 5; 7C03h: inc word [600h]; 7C07h: loop 7C03h; 7C09h: mov al, 8; out F4h, al */
const COUNT = Uint8Array.of(0xb9, 0x05, 0x00, 0xff, 0x06, 0x00, 0x06, 0xe2, 0xfa, 0xb0, 0x08, 0xe6, 0xf4);

function countingMachine(backend: string, more: Partial<MachineOptions> = {}): Promise<Machine> {
  return createMachine({ backend, backends, memory: '2M', clock: 'virtual', debugExitPort: 0xf4, boot: { kind: 'flat', image: COUNT, address: 0x7c00 }, ...more });
}

function word(machine: Machine): number | undefined {
  return machine.debug.read(0x600, 1)[0];
}

describe.each(Object.keys(backends))('the debugger on the %s', (backend) => {
  it('stops before an instruction each time that it is reached', async () => {
    await using machine = await countingMachine(backend);
    const stops: unknown[] = [];
    machine.on('debug', (stop) => stops.push(stop.kind));
    const remove = await machine.debug.setBreakpoint({ address: 0x7c03 });
    for (let count = 0; count < 3; count++) {
      expect(await machine.debug.continue()).toMatchObject({ kind: 'breakpoint', vp: 0, breakpoint: { address: 0x7c03n } });
      expect(machine.debug.linearIp()).toBe(0x7c03n);
      expect(machine.debug.registers().rcx).toBe(BigInt(5 - count));
      expect(word(machine)).toBe(count);
    }
    await remove();
    expect(await machine.debug.continue()).toEqual({ kind: 'exit', exit: { kind: 'debugExit', status: 17 } });
    expect(stops).toEqual(['breakpoint', 'breakpoint', 'breakpoint', 'exit']);
  });

  it('steps one instruction, or several, over a breakpoint too', async () => {
    await using machine = await countingMachine(backend);
    expect(await machine.step()).toEqual({ kind: 'step', vp: 0 });
    expect(machine.debug.linearIp()).toBe(0x7c03n);
    await machine.debug.setBreakpoint({ address: 0x7c07n });
    expect(await machine.step(10)).toMatchObject({ kind: 'breakpoint' });
    expect(machine.debug.linearIp()).toBe(0x7c07n);
    expect(await machine.step(2)).toMatchObject({ kind: 'step' });
    expect(machine.debug.linearIp()).toBe(0x7c07n);
    expect(word(machine)).toBe(2);
    // A run in progress is the one that is debugged.
    machine.resume();
    expect(await machine.debug.continue()).toMatchObject({ kind: 'breakpoint' });
    machine.stop();
  });

  it('stops behind a write to data, and changes registers and memory', async () => {
    await using machine = await countingMachine(backend);
    const remove = await machine.debug.setBreakpoint({ address: 0x600, on: 'write', bytes: 2 });
    expect(await machine.debug.continue()).toMatchObject({ kind: 'breakpoint', breakpoint: { address: 0x600n } });
    expect(machine.debug.linearIp()).toBe(0x7c07n);
    expect(machine.debug.write(0x600, Uint8Array.of(40))).toBe(1);
    machine.debug.setRegisters({ rcx: 3n });
    await remove();
    expect(await machine.debug.continue()).toMatchObject({ kind: 'exit' });
    expect(word(machine)).toBe(42);
  });

  it('keeps its breakpoints when the engine changes, and stops once for each time', async () => {
    await using machine = await countingMachine(backend);
    await machine.debug.setBreakpoint({ address: 0x7c03 });
    for (let count = 0; count < 5; count++) {
      expect(await machine.debug.continue()).toMatchObject({ kind: 'breakpoint' });
      expect(word(machine)).toBe(count);
      await machine.switchBackend(machine.hypervisor.name === 'jit' ? 'interpreter' : 'jit');
    }
    expect(await machine.debug.continue()).toMatchObject({ kind: 'exit' });
  });

  it('is told when somebody pauses the machine', async () => {
    await using machine = await countingMachine(backend, { boot: { kind: 'flat', image: Uint8Array.of(0xeb, 0xfe), address: 0x7c00 } });
    const stop = machine.debug.continue();
    await new Promise((resolve) => setTimeout(resolve, 10));
    await machine.pause();
    expect(await stop).toEqual({ kind: 'pause' });
    expect(machine.isPaused).toBe(true);
  });
});

describe('the debugger', () => {
  it('says what it cannot do', async () => {
    await using machine = await countingMachine('interpreter');
    const { debug } = machine;
    await expect(debug.setBreakpoint({ address: 0x601, on: 'write', bytes: 2 })).rejects.toThrow('breakpoint at 0x601: expected a multiple of its 2 bytes');
    await expect(debug.setBreakpoint({ address: 0x601, bytes: 3 as never })).rejects.toThrow('breakpoint at 0x601: 3 bytes, expected 1, 2, 4 or 8');
    await expect(debug.setBreakpoint({ address: 0x602, bytes: 2 })).rejects.toThrow('breakpoint at 0x602: 2 bytes, expected 1 for an instruction');
    for (let i = 0; i < 4; i++) await debug.setBreakpoint({ address: 0x9000 + i });
    await expect(debug.setBreakpoint({ address: 0x9004 })).rejects.toThrow('breakpoint at 0x9004: there are 4 already');
    await expect(debug.step(0)).rejects.toThrow('0 steps: expected an integer of at least 1');
    await expect(debug.step(1, 1)).rejects.toThrow('processor 1: the machine has 1');
  });

  it('translates by the page tables of the guest', async () => {
    await using machine = await countingMachine('interpreter');
    const { debug, memory } = machine;
    const set = (at: number, ...words: number[]): void => memory.writeBytes(at, new Uint8Array(Uint32Array.from(words).buffer));
    // 32-bit: page 400000h at 5000h, 4 MB at 800000h identical.
    set(0x1000, 0, 0x2001, 0x0080_0081);
    set(0x2000, 0x5001, 0);
    debug.setRegisters({ cr0: 0x8000_0011n, cr3: 0x1000n, cr4: 0x10n });
    expect([0x40_0123, 0x40_1000, 0x81_2345, 0].map((linear) => debug.translate(linear))).toEqual([0x5123, undefined, 0x81_2345, undefined]);
    memory.writeBytes(0x5ffe, Uint8Array.of(1, 2));
    expect([...debug.read(0x40_0ffe, 10)]).toEqual([1, 2]);
    // PAE: 2 MB at C0200000h at 0, page C0400000h at 6000h.
    set(0x1018, 0x3001, 0);
    set(0x3008, 0x81, 0, 0x4001, 0);
    set(0x4000, 0x6001, 0);
    debug.setRegisters({ cr4: 0x20n });
    expect([0xc020_0456, 0xc040_0789, 0xc060_0000].map((linear) => debug.translate(linear))).toEqual([0x456, 0x6789, undefined]);
    // IA-32e: the same tables one level further down.
    set(0x7000, 0x1001, 0);
    debug.setRegisters({ cr3: 0x7000n, efer: 0x500n });
    expect(debug.translate(0xc040_0789)).toBe(0x6789);
  });
});
