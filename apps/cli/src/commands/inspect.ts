import { Machine } from '@ringzero/machine';
import { formatInspect } from '@ringzero/processor';
import { backendName, loadBackend } from '../backends.ts';
import { cpuName } from '../cpu.ts';
import { resolveBoot, type BootOptions } from '../boot.ts';
import { openMedia } from '../media.ts';
import { loadConfig } from '../config/config-file.ts';
import { parseMemory, parseNumber, parseSeconds } from '../config/parse.ts';

/** Options of `ringzero inspect`. */
export interface InspectOptions extends BootOptions {
  readonly guest?: string;
  readonly backend?: string;
  readonly cpu?: string;
  readonly memory?: string;
  readonly processors?: string;
  readonly depth?: string;
  readonly for?: string;
  readonly config?: string;
}

/** Builds a machine, lets it run for a while of virtual time if asked, and prints its inspect tree. */
export async function inspect(path: string | undefined, options: InspectOptions): Promise<number> {
  const settings = await loadConfig(options.config);
  const depth = options.depth === undefined ? Infinity : parseNumber('depth', options.depth, 1000);
  const seconds = options.for === undefined ? undefined : parseSeconds(options.for);
  const hypervisor = await loadBackend(backendName(options.backend, settings), settings.backendOptions);
  const cpu = cpuName(options.cpu, settings, hypervisor);
  const boot = await resolveBoot(options.guest, options);
  const memory = options.memory ?? settings.memory;
  const processors = options.processors === undefined ? {} : { processors: parseNumber('processors', options.processors, 0xff) };
  const media = await openMedia(boot.media);
  try {
    const devices = [...boot.devices, ...media.devices];
    const machine = new Machine({ memoryBytes: memory === undefined ? boot.memoryBytes : parseMemory(memory), clock: 'virtual', devices, ...cpu, ...processors }, hypervisor, { media: media.backends });
    machine.load(boot.read);
    if (seconds !== undefined) {
      machine.clock.schedule(seconds * 1e9, () => machine.stop());
      await machine.run();
    }
    process.stdout.write(formatInspect(machine.inspect(path ?? '', depth)));
    return 0;
  } finally {
    await media.close();
  }
}
