import { createHash } from 'node:crypto';
import { createInterpreterHypervisor } from '@ringzero/backend-interpreter';
import { createJitHypervisor } from '@ringzero/backend-jit';
import type { Hypervisor } from '@ringzero/processor';
import { Machine, readState, restoreState, saveState, type MachineConfig, type MachineExit, type MachineHost, type SavedState, type SaveStateOptions, type StateReference } from '../../src/index.ts';

export const ENGINES: Readonly<Record<'interpreter' | 'jit', () => Hypervisor>> = {
  interpreter: () => createInterpreterHypervisor(),
  jit: () => createJitHypervisor({ threshold: 0 }),
};
export type EngineName = keyof typeof ENGINES;

/** What is typed into the serial port, and when. */
export interface Typed {
  readonly at: number;
  readonly text: string;
}

/** A machine with the virtual clock whose input comes at given times, so that a run repeats from anywhere. */
export class ScriptedMachine {
  output = '';
  readonly machine: Machine;

  constructor(engine: EngineName, config: Omit<MachineConfig, 'clock'>, host: MachineHost = {}) {
    this.machine = new Machine({ ...config, clock: 'virtual' }, ENGINES[engine](), { ...host, onSerial: (byte) => void (this.output += String.fromCharCode(byte)) });
  }

  /** Types what comes after the present. */
  schedule(script: readonly Typed[]): void {
    const { clock } = this.machine;
    for (const { at, text } of script) if (at > clock.now()) clock.schedule(at, () => this.machine.sendSerial(Buffer.from(text)));
  }

  /** Runs until the guest ends it, or until `time`. */
  async run(time?: number): Promise<MachineExit> {
    const timer = time === undefined ? undefined : this.machine.clock.schedule(time, () => this.machine.stop());
    const exit = await this.machine.run();
    timer?.cancel();
    return exit;
  }

  /** All of the state that can be compared, as a text. */
  final(): string {
    const { memory, ...state } = this.machine.save();
    return JSON.stringify({ ...state, config: null, memory: createHash('sha256').update(memory).digest('hex') });
  }
}

/** The bytes of a saved state. */
export async function bytesOfState(machine: Machine, options: SaveStateOptions = {}): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of saveState(machine, options)) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** The same with its reference for increments. */
export async function saved(machine: Machine, options: SaveStateOptions = {}): Promise<{ readonly bytes: Uint8Array; readonly reference: StateReference }> {
  let reference: StateReference | undefined;
  const bytes = await bytesOfState(machine, { ...options, onSaved: (value) => void (reference = value) });
  return { bytes, reference: reference! };
}

/** Reads states and puts them into a machine. */
export async function restoreBytes(machine: Machine, ...files: readonly Uint8Array[]): Promise<StateReference> {
  const states: SavedState[] = [];
  for (const file of files) states.push(await readState(file));
  return await restoreState(machine, states);
}
