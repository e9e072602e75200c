import { createInterpreterHypervisor } from '@ringzero/backend-interpreter';
import { createJitHypervisor } from '@ringzero/backend-jit';
import type { BlockBackend, Vga } from '@ringzero/devices';
import { fetchSeabios, GuestError, type Firmware } from '@ringzero/guests/node';
import type { Hypervisor } from '@ringzero/processor';
import { describe, expect, it } from 'vitest';
import { Machine, type MachineConfig, type MachineExit } from '../src/index.ts';
import { bootableCd, bootableDisk, mediumOf, SECTOR_TEXT } from './boot-media.ts';

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
async function runUntil(hypervisor: Hypervisor, text: string, config: MachineConfig = CONFIG): Promise<{ readonly log: string; readonly serial: string; readonly machine: Machine }> {
  let log = '';
  let serial = '';
  const machine: Machine = new Machine(config, hypervisor, {
    onDebugConsole(byte) {
      log += String.fromCharCode(byte);
      if (log.endsWith(text)) machine.stop();
    },
    onSerial: (byte) => void (serial += String.fromCharCode(byte)),
  });
  machine.load({ kind: 'bios', image: firmware!.bios256k, name: 'SeaBIOS' });
  // Half a minute of the guest's time is enough for everything that SeaBIOS waits for.
  machine.clock.schedule(30e9, () => machine.stop());
  await machine.run();
  return { log, serial, machine };
}

describe.skipIf(firmware === undefined).each(BACKENDS)('SeaBIOS on the %s', (_name, create) => {
  it('sets the machine up from what fw_cfg tells it, and tries to boot', async () => {
    const { log, serial, machine } = await runUntil(create(), 'No bootable device.', { ...CONFIG, processors: 2 });
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
    // There is no screen: the serial port has what would be on it.
    expect(serial).toContain('Booting from Hard Disk...');
    expect(machine.chipset.pm.port).toBe(0x600);
  });

  it('starts anew from its ROM when Ctrl+Alt+Del is pressed', async () => {
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

const DEBUG_EXIT_OF_0 = { kind: 'debugExit', status: 1 };

/** A machine with a screen that boots from media through SeaBIOS: how it ended, and what the screen showed. */
async function bootFrom(hypervisor: Hypervisor, config: Partial<MachineConfig>, media: Record<string, BlockBackend>): Promise<{ readonly exit: MachineExit; readonly screen: string; readonly log: string }> {
  let log = '';
  const devices = [{ type: 'vga', id: 'screen' }, ...(config.devices ?? [])];
  const machine: Machine = new Machine({ ...CONFIG, debugExitPort: 0xf4, ...config, devices }, hypervisor, { media, onDebugConsole: (byte) => void (log += String.fromCharCode(byte)) });
  machine.load({ kind: 'bios', image: firmware!.bios256k, vgaBios: firmware!.vgaBios });
  machine.clock.schedule(60e9, () => machine.stop());
  const exit = await machine.run();
  return { exit, screen: (machine.device('screen') as Vga).display.text(), log };
}

const IDE_DISK = { type: 'ide', disks: [{ kind: 'disk', medium: 'disk' }] };
const VIRTIO_DISK = { type: 'virtio-block', medium: 'disk' };
const IDE_CD = { type: 'ide', disks: [{ kind: 'cd', medium: 'cd', channel: 1 }] };

describe.skipIf(firmware === undefined).each(BACKENDS)('SeaBIOS with a screen on the %s', (_name, create) => {
  it.each([['an IDE disk', IDE_DISK], ['a virtio disk', VIRTIO_DISK]])('boots from %s, whose sectors INT 13h reads and writes', async (_disk, device) => {
    const disk = bootableDisk();
    const { exit, screen, log } = await bootFrom(create(), { devices: [device] }, { disk: mediumOf(disk, false) });
    expect({ exit, log: exit.kind === 'debugExit' ? '' : log }).toEqual({ exit: DEBUG_EXIT_OF_0, log: '' });
    expect(screen).toMatch(/SeaBIOS \(version/);
    expect(screen).toMatch(/Booting from Hard Disk\.\.\.\s+boot sector runs\s+text of a sector\s+!ext of a sector\s+text of a sector\s+written and read/);
    expect(String.fromCharCode(...disk.subarray(1024, 1024 + SECTOR_TEXT.length))).toBe(`!${SECTOR_TEXT.slice(1)}`);
  });

  it('boots from a CD, which cannot be written', async () => {
    const cd = bootableCd();
    const before = cd.slice();
    const { exit, screen } = await bootFrom(create(), { devices: [IDE_CD] }, { cd: mediumOf(cd, true) });
    expect(exit).toEqual(DEBUG_EXIT_OF_0);
    expect(screen).toMatch(/Booting from DVD\/CD\.\.\.\s+boot sector runs\s+text of a sector\s+not writable/);
    expect(Buffer.compare(cd, before)).toBe(0);
  });

  it('boots in the order of the configuration', async () => {
    const devices = [{ type: 'ide', disks: [...IDE_DISK.disks, ...IDE_CD.disks] }];
    const media = { disk: mediumOf(bootableDisk(), false), cd: mediumOf(bootableCd(), true) };
    const { screen } = await bootFrom(create(), { devices, bootOrder: ['cdrom', 'disk'] }, media);
    expect(screen).toContain('Booting from DVD/CD...');
    expect(screen).not.toContain('Booting from Hard Disk...');
  });
});

describe('a BIOS', () => {
  it("brings no VGA BIOS that is none", () => {
    const machine = new Machine(CONFIG, createInterpreterHypervisor());
    expect(() => machine.load({ kind: 'bios', image: new Uint8Array(0x1_0000), vgaBios: Uint8Array.of(1, 2) })).toThrow('VGA BIOS of 2 bytes, beginning with 0x1 0x2: expected 0x55 0xaa and at most 65536 bytes');
  });
});
