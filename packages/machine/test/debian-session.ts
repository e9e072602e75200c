import type { Hypervisor } from '@ringzero/processor';
import { addFilesToInitrd, type InitrdFile } from '@ringzero/guests';
import { fetchDebianModules, resolveGuest } from '@ringzero/guests/node';
import { Machine, type BootSource, type MachineConfig, type MachineHost } from '../src/index.ts';

/** Kernel modules in an order in which they can be loaded. */
const MODULES = [
  'crc16', 'mbcache', 'jbd2', 'crc32c_generic', 'ext4', 'virtio', 'virtio_ring', 'virtio_pci_legacy_dev', 'virtio_pci_modern_dev', 'virtio_pci',
  'virtio_blk', 'virtio_console', 'virtio-rng', 'button', 'evdev',
];
const LOAD = `#!/bin/sh\nfor module in ${MODULES.join(' ')}; do insmod /lib/modules/$module.ko || echo "cannot load $module"; done\n`;

/** Debian's kernel and a shell, with the modules for virtio disks and ext4, which `load` loads. */
export async function debianWithModules(append?: string): Promise<BootSource> {
  const { image, initrd, commandLine } = await resolveGuest('debian', append === undefined ? {} : { append });
  const load: InitrdFile = { path: '/bin/load', mode: 0o755, content: new Uint8Array(Buffer.from(LOAD)) };
  return { kind: 'linux', image, commandLine, initrd: addFilesToInitrd(initrd, [...(await fetchDebianModules(MODULES)), load]) };
}

/** A step of a session: a line for the shell, or something that the host does, with a line behind it. */
export type Step = string | { readonly host: () => void; readonly line: string };

/** Nanoseconds of the guest's time in which every session is done. */
const LONGEST = 120e9;

/** Debian at its shell on the first serial port, which is given a line at each prompt. */
export class DebianSession {
  output = '';
  readonly logged: string[] = [];
  readonly machine: Machine;
  readonly steps: Step[];

  constructor(config: MachineConfig, hypervisor: Hypervisor, host: MachineHost, steps: readonly Step[]) {
    this.steps = [...steps];
    this.machine = new Machine(config, hypervisor, { ...host, onSerial: (byte) => this.#receive(byte), onDeviceLog: (message) => void this.logged.push(message) });
    this.machine.clock.schedule(LONGEST, () => this.machine.stop());
  }

  /** From a timer, so that runs repeat. */
  #receive(byte: number): void {
    this.output += String.fromCharCode(byte);
    if (!this.output.endsWith('# ')) return;
    const step = this.steps.shift();
    if (step === undefined) return;
    const { clock } = this.machine;
    clock.schedule(clock.now() + 1e6, () => {
      if (typeof step !== 'string') step.host();
      this.machine.sendSerial(Buffer.from(`${typeof step === 'string' ? step : step.line}\n`));
    });
  }
}
