import { loadBackend, type BackendSource } from './backends.ts';
import type { MachineConfig } from './config.ts';
import type { BootSource } from './loaders/boot-source.ts';
import { Machine } from './machine.ts';
import type { MachineHost } from './machine-host.ts';
import { parseMemorySize } from './memory-size.ts';

/** A machine and its surroundings. What is not described here is a field of {@link MachineConfig} or {@link MachineHost}. */
export interface MachineOptions extends Omit<MachineConfig, 'memoryBytes' | 'clock'>, MachineHost {
  /** What executes the guest's code: a hypervisor, what loads one, or a name in `backends`. */
  readonly backend: BackendSource | string;
  /** RAM: bytes, or a text such as `256M`. */
  readonly memory: number | string;
  /** `real` if left out. */
  readonly clock?: MachineConfig['clock'];
  /** The guest, or what reads it at each start. */
  readonly boot?: BootSource | (() => BootSource);
}

/**
 * Makes a machine.
 *
 * ```ts
 * await using machine = await createMachine({ backend: createJitHypervisor, memory: '64M', boot: resolveEmbeddedGuest('monitor') });
 * void machine.run();
 * for await (const chunk of machine.serial) process.stdout.write(chunk);
 * ```
 *
 * Rejects with a `MachineError`, or a contract error, that names what is wrong with the options. Machines share nothing: any number may
 * live in one process.
 */
export async function createMachine(options: MachineOptions): Promise<Machine> {
  const { backend, backends = {}, memory, clock = 'real', boot, deviceTypes, media, ...rest } = options;
  const { monotonicNanoseconds, date, onSerial, onSerialSpace, onLog, onDebugConsole, onDeviceLog, ...config } = rest;
  const memoryBytes = typeof memory === 'string' ? parseMemorySize(memory) : memory;
  const host = defined({ backends, deviceTypes, media, onSerial, onSerialSpace, onLog, onDebugConsole, onDeviceLog, monotonicNanoseconds, date });
  const machine = new Machine({ ...defined(config), memoryBytes, clock }, await loadBackend(backend, backends), host);
  if (boot !== undefined) machine.load(boot);
  return machine;
}

/** Without the fields that are undefined. */
function defined<Fields extends object>(fields: Fields): { [Name in keyof Fields]: Exclude<Fields[Name], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as { [Name in keyof Fields]: Exclude<Fields[Name], undefined> };
}
