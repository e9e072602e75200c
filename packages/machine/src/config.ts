import { MAX_RAM_BYTES, MIN_RAM_BYTES, PAGE_BYTES } from '@ringzero/guest-memory';
import type { BootDevice } from '@ringzero/devices';
import { MachineError } from './errors.ts';

/** A device that the configuration adds. Further fields are the device type's options. */
export interface DeviceConfig {
  /** A built-in type, or one that the machine's surroundings provide. */
  readonly type: string;
  /** Its name, unique in the machine; the type if left out. */
  readonly id?: string;
  readonly [option: string]: unknown;
}

/** A machine, described completely but for the guest it boots. */
export interface MachineConfig {
  /** RAM in bytes: a multiple of 4096 from 1 MB to 2 GB less 1 MB. */
  readonly memoryBytes: number;
  /** `virtual`: time is retired instructions, and runs repeat exactly. `real`: time is the host's. */
  readonly clock: 'real' | 'virtual';
  /** Virtual processors; 1 if left out. */
  readonly processors?: number;
  /** Model of the processors, one of the backend's `cpuModels`; the backend's default if left out. */
  readonly cpu?: string;
  /** Milliseconds since the epoch at which the guest's clock chip starts; a fixed date with the virtual clock, else now. */
  readonly startDate?: number;
  /** Port of the debug-exit device; none if left out. */
  readonly debugExitPort?: number;
  /** The device that kvm-unit-tests expects: a register, interrupt lines and device memory. */
  readonly testDevice?: boolean;
  /** High precision event timers; there are if left out. */
  readonly hpet?: boolean;
  /** Ports whose writes are reported to the host. */
  readonly logPorts?: readonly number[];
  /** What a guest's reset does; `reboot` if left out. */
  readonly onReset?: 'reboot' | 'exit';
  /** End the run when the only processor halts with interrupts off. */
  readonly haltExit?: boolean;
  /** What firmware tries to boot, in this order; disk, then CD-ROM if left out. */
  readonly bootOrder?: readonly BootDevice[];
  /** Milliseconds that firmware waits for a key that opens its boot menu; it has none if left out. */
  readonly bootMenuWait?: number;
  /** Devices besides the board's own. */
  readonly devices?: readonly DeviceConfig[];
}

/** 2026-01-01T00:00:00Z: where the clock chip of a repeatable machine starts. */
export const FIXED_START_DATE = 1_767_225_600_000;
const MAX_PROCESSORS = 8;
const BOOT_DEVICES: readonly BootDevice[] = ['disk', 'cdrom', 'floppy'];
const MOST_MENU_WAIT = 65_535;

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 0 && port <= 0xffff;
}

/** Checks a configuration; the message names the field, its value and what was expected. */
export function validateMachineConfig(config: MachineConfig): void {
  const fail = (field: string, value: unknown, expected: string): never => {
    throw new MachineError('invalid-config', `${field} ${String(value)}: expected ${expected}`);
  };
  const { memoryBytes, processors = 1 } = config;
  if (!Number.isInteger(memoryBytes) || memoryBytes < MIN_RAM_BYTES || memoryBytes > MAX_RAM_BYTES || memoryBytes % PAGE_BYTES !== 0) {
    fail('memory', `${memoryBytes} bytes`, `a multiple of ${PAGE_BYTES} from ${MIN_RAM_BYTES} (1 MB) to ${MAX_RAM_BYTES} (2047 MB)`);
  }
  if (config.clock !== 'real' && config.clock !== 'virtual') fail('clock', config.clock, 'real or virtual');
  if (!Number.isInteger(processors) || processors < 1 || processors > MAX_PROCESSORS) fail('processors', processors, `1 to ${MAX_PROCESSORS}`);
  if (config.startDate !== undefined && !Number.isFinite(config.startDate)) fail('startDate', config.startDate, 'milliseconds since 1970');
  if (config.debugExitPort !== undefined && !isPort(config.debugExitPort)) fail('debug-exit port', config.debugExitPort, '0 to 0xffff');
  for (const port of config.logPorts ?? []) if (!isPort(port)) fail('log port', port, '0 to 0xffff');
  for (const device of config.devices ?? []) {
    if (typeof device?.type !== 'string') fail('device', JSON.stringify(device), 'an object with a type');
    if (device.id !== undefined && !/^[A-Za-z][\w-]*$/.test(device.id)) fail('device id', JSON.stringify(device.id), 'a letter, then letters, digits, _ and -');
  }
  const { bootOrder, bootMenuWait } = config;
  if (bootOrder !== undefined && (!Array.isArray(bootOrder) || bootOrder.length > BOOT_DEVICES.length || bootOrder.some((device) => !BOOT_DEVICES.includes(device)) || new Set(bootOrder).size < bootOrder.length)) {
    fail('boot order', JSON.stringify(bootOrder), `some of ${BOOT_DEVICES.join(', ')}, each once`);
  }
  if (bootMenuWait !== undefined && !(Number.isInteger(bootMenuWait) && bootMenuWait >= 0 && bootMenuWait <= MOST_MENU_WAIT)) fail('bootMenuWait', bootMenuWait, `0 to ${MOST_MENU_WAIT} milliseconds`);
  if (config.onReset !== undefined && config.onReset !== 'reboot' && config.onReset !== 'exit') fail('onReset', config.onReset, 'reboot or exit');
}
