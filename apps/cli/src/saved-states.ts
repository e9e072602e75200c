import type { Machine, MachineConfig, SavedState } from '@ringzero/machine';
import { readStateFile, saveStateFile } from '@ringzero/machine/node';
import { tellOnTerminal } from './terminal/console.ts';
import { UsageError } from './usage-error.ts';

/** Where a state goes that is saved from the console without `--save`. */
const DEFAULT_FILE = 'ringzero.state';
const MEGABYTE = 2 ** 20;

/** Options that a saved state answers by itself. */
const ANSWERED = { memory: '--memory', processors: '--processors', cpu: '--cpu', clock: '--clock', debugExit: '--debug-exit', testDevice: '--test-device' } as const;

/** Reads what `--load` names: a state, and increments of it. */
export async function readStates(files: readonly string[], options: { readonly [Name in keyof typeof ANSWERED]?: unknown }): Promise<readonly SavedState[]> {
  if (files.length === 0) return [];
  for (const [name, flag] of Object.entries(ANSWERED)) {
    if (options[name as keyof typeof ANSWERED] !== undefined) throw new UsageError(`${flag} with --load: the saved state says so itself`);
  }
  const states: SavedState[] = [];
  for (const file of files) states.push(await readStateFile(file));
  return states;
}

/** The machine that a state is of. What the host watches for is said anew. */
export function loadedConfig(state: SavedState, { logPorts, haltExit }: Pick<MachineConfig, 'logPorts' | 'haltExit'>, canReboot: boolean): MachineConfig {
  const { config } = state.header;
  return { ...config, logPorts: logPorts ?? [], haltExit: haltExit ?? false, ...(canReboot ? {} : { onReset: 'exit' }) };
}

/** Saves a running machine's state, from the console, and says so. The guest goes on afterwards. */
export async function saveFromConsole(machine: Machine, file: string = DEFAULT_FILE, notes: Readonly<Record<string, unknown>> = {}): Promise<void> {
  tellOnTerminal(`saving to ${file} …`);
  const started = performance.now();
  try {
    await machine.atBoundary(() => saveStateFile(machine, file, { notes }));
    tellOnTerminal(`saved in ${((performance.now() - started) / 1000).toFixed(1)} s; ringzero run --load ${file} goes on from here`);
  } catch (error) {
    tellOnTerminal(`not saved: ${(error as Error).message}`);
  }
}

/** What a file is, for a person. */
export function describeState({ header, index, fileBytes, checksum }: SavedState): string {
  const { config } = header;
  const lines: [string, string][] = [
    ['format', `version ${header.version}, written by ${header.writer}`],
    ['id', `${header.id}, checksum ${checksum}`],
    ...(header.date === undefined ? [] : [['saved', header.date] as [string, string]]),
    ...(header.base === undefined ? [] : [['base', `${header.base.id}, checksum ${header.base.checksum}`] as [string, string]]),
    ...Object.entries(header.notes ?? {}).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)] as [string, string]),
    ['machine', `${config.memoryBytes / MEGABYTE} MB, ${config.processors ?? 1} × ${config.cpu ?? 'the default CPU'}, ${config.clock} clock at ${(header.now / 1e9).toFixed(3)} s`],
    ['devices', Object.entries(header.devices).map(([name, version]) => (version === 1 ? name : `${name} (state version ${version})`)).join(', ')],
    ['media', header.media.map(({ name, byteLength, blocks }) => `${name}: ${(byteLength / MEGABYTE).toFixed(1)} MB, ${blocks} changed blocks`).join('; ') || 'none'],
    ...index.sections.map(({ name, bytes, storedBytes, chunks, checksum: sum }): [string, string] => [name, `${bytes} bytes in ${storedBytes}, ${chunks} chunks, checksum ${sum}`]),
    ['file', `${fileBytes} bytes, all of it verified`],
  ];
  return lines.map(([name, text]) => `${`${name}:`.padEnd(12)}${text}\n`).join('');
}
