import { Machine, restoreState, type MachineConfig, type SavedState } from '@ringzero/machine';
import { saveStateFile } from '@ringzero/machine/node';
import type { Hypervisor } from '@ringzero/processor';
import { backendName, loadBackend } from '../backends.ts';
import { cpuName } from '../cpu.ts';
import { resolveBoot, type Boot, type BootOptions } from '../boot.ts';
import { parseBootOrder, parseMemory, parseNumber, parsePort, parseSeconds } from '../config/parse.ts';
import { exitStatusOf, type RunEnd } from '../exit-status.ts';
import { openByteOutput } from '../output/byte-output.ts';
import { loadConfig, type Config } from '../config/config-file.ts';
import { openMedia, parseMedia, type Media } from '../media.ts';
import { stateReport, statsReport } from '../output/reports.ts';
import { describeProcessor } from '../output/triple-fault.ts';
import { writeWhole } from '../output/write-whole.ts';
import { loadedConfig, readStates, saveFromConsole } from '../saved-states.ts';
import { Console, type ConsoleCommand } from '../terminal/console.ts';
import { switchToNextBackend } from '../terminal/switch-backend.ts';
import { UsageError } from '../usage-error.ts';

/** What ends a run early: reports are still written, and the terminal is given back. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Options of `ringzero run`, as commander gives them. */
export interface RunOptions extends BootOptions {
  readonly guest?: string;
  readonly backend?: string;
  readonly cpu?: string;
  readonly memory?: string;
  readonly processors?: string;
  readonly clock?: string;
  readonly serial?: string;
  readonly exitOn?: string;
  readonly timeout?: string;
  readonly debugExit?: string;
  readonly testDevice?: boolean;
  readonly logPort?: readonly string[];
  readonly haltExit?: boolean;
  readonly debugConsole?: string;
  readonly disk?: readonly string[];
  readonly cdrom?: readonly string[];
  readonly load?: readonly string[];
  readonly save?: string;
  readonly state?: string;
  readonly stats?: string;
  readonly config?: string;
}

/** Runs a guest: the command's exit status. */
export async function run(guestArgument: string | undefined, options: RunOptions): Promise<number> {
  if (guestArgument !== undefined && options.guest !== undefined) throw new UsageError(`guest ${guestArgument} and --guest ${options.guest}: only one guest can be run`);
  const settings = await loadConfig(options.config);
  const parsed = parseOptions(options, settings);
  // The command line's disks replace those of the configuration.
  const named = parseMedia(options.disk?.length ? options.disk : (settings.disks ?? []), options.cdrom?.length ? options.cdrom : (settings.cdroms ?? []));
  const states = await readStates(options.load ?? [], options);
  const hasBootFile = options.kernel ?? options.multiboot ?? options.elf ?? options.image ?? options.bios;
  const guest = guestArgument ?? options.guest ?? (hasBootFile === undefined && states.length === 0 ? settings.guest : undefined);
  // Before a guest is fetched, which may take long, the backend must be there.
  const hypervisor = await loadBackend(backendName(options.backend, settings), settings.backendOptions);
  const cpu = cpuName(options.cpu, settings, hypervisor);
  // Beside a saved state, a guest is what a reset boots again.
  const boot = states.length === 0 || (guest ?? hasBootFile) !== undefined ? await resolveBoot(guest, options, named.length > 0) : undefined;
  const media = await openMedia([...(boot?.media ?? []), ...named]);
  const devices = [...(boot?.devices ?? []), ...media.devices, ...(settings.devices ?? [])];
  const loaded = states.at(-1);
  const config: MachineConfig =
    loaded === undefined ? { ...parsed.config, memoryBytes: parsed.memoryBytes ?? boot!.memoryBytes, devices, ...cpu } : loadedConfig(loaded, parsed.config, boot !== undefined);
  const notes = { ...loaded?.header.notes, ...(guest === undefined ? {} : { guest }) };
  try {
    return await runMachine({ options, settings, config, timeout: parsed.timeout, hypervisor, boot, media, states, notes });
  } finally {
    await media.close();
  }
}

/** What the options say that needs nothing but them. */
function parseOptions(options: RunOptions, settings: Config): { readonly config: Omit<MachineConfig, 'memoryBytes'>; readonly memoryBytes: number | undefined; readonly timeout: number | undefined } {
  const clock = options.clock ?? settings.clock ?? 'real';
  if (clock !== 'real' && clock !== 'virtual') throw new UsageError(`clock "${clock}": expected real or virtual`);
  const memory = options.memory ?? settings.memory;
  const memoryBytes = memory === undefined ? undefined : parseMemory(memory);
  const processors = options.processors === undefined ? undefined : parseNumber('processors', options.processors, 0xff);
  const timeout = options.timeout === undefined ? undefined : parseSeconds(options.timeout);
  const debugExitPort = options.debugExit === undefined ? undefined : parsePort('debug-exit port', options.debugExit);
  const logPorts = (options.logPort ?? []).map((port) => parsePort('log port', port));
  if (options.exitOn === '') throw new UsageError('--exit-on: expected a text');
  const config = {
    clock,
    logPorts,
    haltExit: options.haltExit ?? false,
    testDevice: options.testDevice ?? false,
    ...(options.boot === undefined ? {} : { bootOrder: parseBootOrder(options.boot) }),
    ...(processors === undefined ? {} : { processors }),
    ...(debugExitPort === undefined ? {} : { debugExitPort }),
  } as const;
  return { config, memoryBytes, timeout };
}

/** All that a run needs. */
interface Run {
  readonly options: RunOptions;
  readonly settings: Config;
  readonly config: MachineConfig;
  readonly timeout: number | undefined;
  readonly hypervisor: Hypervisor;
  /** What a reset boots; undefined with a saved state alone. */
  readonly boot: Boot | undefined;
  readonly media: Media;
  /** What to go on from: a state and its increments, or nothing. */
  readonly states: readonly SavedState[];
  readonly notes: Readonly<Record<string, unknown>>;
}

async function runMachine({ options, settings, config, timeout, hypervisor, boot, media, states, notes }: Run): Promise<number> {
  const matcher = createMatcher(options.exitOn);
  let end: RunEnd | undefined;
  const machine: Machine = new Machine(config, hypervisor, {
    onSerial(byte) {
      serial.write(byte);
      if (matcher(byte)) finish({ kind: 'matched' });
    },
    onDebugConsole: (byte) => debugConsole?.write(byte),
    onSerialSpace: () => terminal?.drain(),
    onLog: (port, value) => process.stderr.write(`port 0x${port.toString(16)}: 0x${value.toString(16)}\n`),
    onDeviceLog: (message) => process.stderr.write(`ringzero: ${message}\n`),
    media: media.backends,
  });
  const finish = (reason: RunEnd): void => {
    end ??= reason;
    machine.stop();
  };
  if (boot !== undefined) machine.load(boot.read);
  if (states.length > 0) await restoreState(machine, states);
  // Only now: a run that cannot begin leaves an existing file alone.
  const onFailure = (): void => finish({ kind: 'stopped' });
  const serial = await openByteOutput('serial output', options.serial ?? 'stdio', onFailure);
  const debugConsole = options.debugConsole === undefined ? undefined : await openByteOutput('debug console', options.debugConsole, onFailure);

  const commands: Readonly<Record<string, ConsoleCommand>> = {
    x: { description: 'quit', run: () => finish({ kind: 'stopped' }) },
    s: { description: 'save the state', run: () => void saveFromConsole(machine, options.save, notes) },
    w: { description: 'switch to the next engine', run: () => void switchToNextBackend(machine, settings.backendOptions) },
  };
  const terminal = serial.isStdio ? new Console(machine, commands, states.length > 0 ? 'there' : boot?.kind === 'linux' ? 'driver' : 'program') : undefined;
  const timer = timeout === undefined ? undefined : setTimeout(() => finish({ kind: 'timeout' }), timeout * 1000);
  const interrupted = (_name: NodeJS.Signals, number: number): void => finish({ kind: 'signal', number });
  for (const signal of SIGNALS) process.once(signal, interrupted);
  terminal?.attach();
  const started = performance.now();
  try {
    const exit = await machine.run();
    end ??= exit;
  } finally {
    clearTimeout(timer);
    terminal?.detach();
    for (const signal of SIGNALS) process.off(signal, interrupted);
    await serial.close();
    await debugConsole?.close();
  }
  const wallSeconds = (performance.now() - started) / 1000;
  if (options.state !== undefined) await writeWhole(options.state, stateReport(machine));
  if (options.stats !== undefined) await writeWhole(options.stats, statsReport(machine, wallSeconds));
  if (options.save !== undefined && end.kind !== 'failed') await saveStateFile(machine, options.save, { notes });
  explain(end, machine, timeout);
  return exitStatusOf(end);
}

function explain(end: RunEnd, machine: Machine, timeout: number | undefined): void {
  const { stderr } = process;
  if (end.kind === 'tripleFault') stderr.write(`\nringzero: triple fault\n${describeProcessor(machine)}`);
  else if (end.kind === 'timeout') stderr.write(`\nringzero: timeout after ${timeout} s\n`);
  else if (end.kind === 'failed') stderr.write(`\nringzero: ${end.error instanceof Error ? (end.error.stack ?? end.error.message) : String(end.error)}\n`);
}

/** Tells when the text has been seen. */
function createMatcher(text: string | undefined): (byte: number) => boolean {
  if (text === undefined) return () => false;
  const wanted = Buffer.from(text, 'utf8').toString('latin1');
  let seen = '';
  return (byte) => {
    seen = (seen + String.fromCharCode(byte)).slice(-wanted.length);
    return seen === wanted;
  };
}
