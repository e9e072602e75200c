import { createInterpreterHypervisor } from '@ringzero/backend-interpreter';
import { createJitHypervisor } from '@ringzero/backend-jit';
import { resolveGuest } from '@ringzero/guests/node';
import { Machine } from '@ringzero/machine';
import type { Hypervisor } from '@ringzero/processor';
import { describe, expect, it } from 'vitest';

/** Types each command when the prompt appears, until the monitor turns the machine off; returns all it wrote. */
async function converse(hypervisor: Hypervisor, commands: readonly string[]): Promise<string> {
  const { commandLine, image, memoryBytes } = await resolveGuest('monitor');
  const remaining = [...commands];
  let text = '';
  const machine: Machine = new Machine({ memoryBytes, clock: 'virtual' }, hypervisor, {
    onSerial(byte) {
      text += String.fromCharCode(byte);
      const command = text.endsWith('\r\n> ') ? remaining.shift() : undefined;
      if (command !== undefined) machine.sendSerial(Buffer.from(`${command}\r`));
    },
  });
  machine.load({ kind: 'multiboot', image, commandLine });
  expect(await machine.run()).toEqual({ kind: 'powerOff' });
  return text;
}

const COMMANDS = ['help', 'mem', 'cpuid', 'regs', 'nonsense', 'hlep\b\b\belp', 'tasks spin', 'tasks', 'fault de', 'fault pf', 'fault gp', 'fault ud', 'fault bp', 'fault null', 'tasks', 'poweroff'];

describe('the monitor', () => {
  it('answers the same on both engines with the virtual clock, and survives its own faults', async () => {
    const [interpreted, compiled] = [await converse(createInterpreterHypervisor(), COMMANDS), await converse(createJitHypervisor(), COMMANDS)];
    expect(compiled).toBe(interpreted);
    for (const fault of ['#DE, error code 0000', '#PF at address c0001234, error code 0002', '#GP, error code 07f0', '#UD, error code 0000', '#BP, error code 0000', '#PF at address 00000010, error code 0000']) {
      expect(interpreted).toMatch(new RegExp(`${fault}.*\r\nsurvived`));
    }
    expect(interpreted).toContain('Ringzero monitor');
    expect(interpreted).toContain('unknown command: nonsense');
    expect(interpreted.match(/poweroff {2}turn the machine off/g)).toHaveLength(2);
    expect(interpreted).toMatch(/\d+ +spin +ready/);
    expect(interpreted).toContain('power off through port 604 (from the ACPI tables)');
  });

  it('measures itself', async () => {
    const text = await converse(createJitHypervisor(), ['bench', 'poweroff']);
    expect(text).toMatch(/sieve +\d+ rounds\/s .* result 00000404/);
    expect(text).toMatch(/crc32 +\d+ rounds\/s .* result a2912082/);
    expect(text).toMatch(/copy +\d+ rounds\/s .* result 00000022/);
  });
});
