import { createInterpreterHypervisor } from '@ringzero/backend-interpreter';
import { createJitHypervisor } from '@ringzero/backend-jit';
import { fetchSeabios, GuestError, type Firmware } from '@ringzero/guests/node';
import type { Hypervisor } from '@ringzero/processor';
import { describe, expect, it } from 'vitest';
import { Machine, type MachineConfig } from '../src/index.ts';

const BACKENDS: readonly (readonly [string, () => Hypervisor])[] = [
  ['interpreter', () => createInterpreterHypervisor()],
  ['jit', () => createJitHypervisor()],
];
const CONFIG: MachineConfig = { memoryBytes: 64 << 20, clock: 'virtual' };

/** Set 1: the left Ctrl and Alt keys and Del go down. */
const CTRL_ALT_DEL = [0x1d, 0x38, 0xe0, 0x53];

/** SeaBIOS where it is installed or can be fetched; else the reason why these tests are skipped. */
async function findFirmware(): Promise<Firmware | string> {
  try {
    return await fetchSeabios();
  } catch (error) {
    if (GuestError.isInstance(error)) return error.message;
    throw error;
  }
}

const found = await findFirmware();
const firmware = typeof found === 'string' ? undefined : found;
if (typeof found === 'string') console.warn(`SeaBIOS is not tested: ${found}`);

/** Runs until the debug console shows `text`, or the guest ends it. */
async function runUntil(hypervisor: Hypervisor, text: string, config: MachineConfig = CONFIG): Promise<{ readonly log: string; readonly machine: Machine }> {
  let log = '';
  const machine: Machine = new Machine(config, hypervisor, {
    onDebugConsole(byte) {
      log += String.fromCharCode(byte);
      if (log.endsWith(text)) machine.stop();
    },
  });
  machine.load({ kind: 'bios', image: firmware!.bios256k, name: 'SeaBIOS' });
  // Half a minute of the guest's time is enough for everything that SeaBIOS waits for.
  machine.clock.schedule(30e9, () => machine.stop());
  await machine.run();
  return { log, machine };
}

describe.skipIf(firmware === undefined).each(BACKENDS)('SeaBIOS on the %s', (_name, create) => {
  it('sets the machine up from what fw_cfg tells it, and tries to boot', { timeout: 60_000 }, async () => {
    const { log, machine } = await runUntil(create(), 'No bootable device.', { ...CONFIG, processors: 2 });
    expect(log).toContain('QEMU fw_cfg DMA interface supported');
    expect(log).toContain('qemu/e820: addr 0x0000000000000000 len 0x0000000004000000 [RAM]');
    expect(log).toContain('Found 2 cpu(s) max supported 2 cpu(s)');
    // The FADT is found by way of the RSDP, and the DSDT by way of the FADT: both were relocated.
    expect(log).toMatch(/table\(50434146\)=0x03ff[0-9a-f]{4} \(via rsdt\)/);
    expect(log).toMatch(/ACPI: parse DSDT at 0x03ff[0-9a-f]{4}/);
    expect(log).toContain('PS2 keyboard initialized');
    expect(log).toContain('Found 1 serial ports');
    expect(log).toContain('Booting from Hard Disk...');
    expect(log.endsWith('No bootable device.')).toBe(true);
    expect(machine.chipset.pm.port).toBe(0x600);
  });

  it('starts anew from its ROM when Ctrl+Alt+Del is pressed', { timeout: 60_000 }, async () => {
    let log = '';
    let isPressed = false;
    const machine: Machine = new Machine(CONFIG, create(), {
      onDebugConsole(byte) {
        log += String.fromCharCode(byte);
        if (!log.endsWith('No bootable device.')) return;
        if (isPressed) machine.stop();
        else machine.clock.schedule(machine.clock.now() + 1e8, () => void machine.sendScancodes(CTRL_ALT_DEL));
        isPressed = true;
      },
    });
    machine.load({ kind: 'bios', image: firmware!.bios256k });
    machine.clock.schedule(60e9, () => machine.stop());
    await machine.run();
    expect(log.match(/SeaBIOS \(version[^]*?enter handle_19/g)).toHaveLength(2);
    const [first, second] = log.split('No bootable device.');
    expect(second!.slice(second!.indexOf('SeaBIOS (version'))).toBe(first);
  });
});

describe('a BIOS', () => {
  it("brings no VGA BIOS that is none", () => {
    const machine = new Machine(CONFIG, createInterpreterHypervisor());
    expect(() => machine.load({ kind: 'bios', image: new Uint8Array(0x1_0000), vgaBios: Uint8Array.of(1, 2) })).toThrow('VGA BIOS of 2 bytes, beginning with 0x1 0x2: expected 0x55 0xaa and at most 65536 bytes');
  });
});
