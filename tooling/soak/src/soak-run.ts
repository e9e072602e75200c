import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterpreterHypervisor } from '@ringzero/backend-interpreter';
import { createJitHypervisor } from '@ringzero/backend-jit';
import { Machine, restoreState, type MachineConfig } from '@ringzero/machine';
import { readStateFile, saveStateFile } from '@ringzero/machine/node';
import type { Hypervisor } from '@ringzero/processor';
import type { Load } from './load.ts';
import type { Disturbance } from './plan.ts';

/** How a run ended. Two runs of the same load to the same moment are equal in `output` and `state`. */
export interface SoakResult {
  readonly output: string;
  /** Hash of processors, devices and memory. */
  readonly state: string;
  readonly swaps: number;
  readonly saves: number;
  /** Bytes of all saved files. */
  readonly savedBytes: number;
}

/** A moment between a prompt and the line that is typed there, as a person would. */
const TYPING = 1e6;

const OTHER: Readonly<Record<string, () => Hypervisor>> = { jit: () => createInterpreterHypervisor(), interpreter: () => createJitHypervisor() };

/** A machine under load, on engines and in machines that change. */
export class SoakRun {
  readonly #load: Load;
  readonly #config: MachineConfig;
  readonly #folder = mkdtempSync(join(tmpdir(), 'ringzero-soak-'));
  #machine: Machine;
  #output = '';
  #line = 0;
  #typed: number | undefined;
  #swaps = 0;
  #saves = 0;
  #savedBytes = 0;

  constructor(load: Load) {
    this.#load = load;
    this.#config = { memoryBytes: load.memoryBytes, clock: 'virtual', devices: [{ type: 'vga' }, { type: 'virtio-rng' }] };
    this.#machine = this.#create(createJitHypervisor());
    this.#machine.load(() => load.read());
  }

  #create(hypervisor: Hypervisor): Machine {
    return new Machine(this.#config, hypervisor, { onSerial: (byte) => this.#receive(byte) });
  }

  #receive(byte: number): void {
    this.#output += String.fromCharCode(byte);
    if (!this.#output.endsWith(this.#load.prompt)) return;
    this.#typed = this.#machine.clock.now() + TYPING;
    this.#awaitTyping(this.#typed);
  }

  /** From a timer, so that the run repeats; a machine that goes on from a saved state is told again. */
  #awaitTyping(at: number): void {
    const { clock } = this.#machine;
    clock.schedule(at, () => {
      this.#typed = undefined;
      const line = this.#load.lines[Math.min(this.#line++, this.#load.lines.length - 1)]!;
      this.#machine.sendSerial(Buffer.from(`${line}\n`));
    });
  }

  /** Runs to `end`, with what `plan` says in between; `onDone` hears of each disturbance. */
  async run(plan: readonly Disturbance[], end: number, onDone: (disturbance: Disturbance) => void = () => undefined): Promise<SoakResult> {
    try {
      for (const disturbance of plan) {
        await this.#until(disturbance.at);
        await (disturbance.kind === 'swap' ? this.#swap() : this.#save());
        onDone(disturbance);
      }
      await this.#until(end);
      return { output: this.#output, state: hashState(this.#machine), swaps: this.#swaps, saves: this.#saves, savedBytes: this.#savedBytes };
    } finally {
      rmSync(this.#folder, { recursive: true, force: true });
    }
  }

  async #until(time: number): Promise<void> {
    this.#machine.clock.schedule(time, () => this.#machine.stop());
    const exit = await this.#machine.run();
    if (exit.kind !== 'stopped') throw new Error(`the machine ended at ${this.#machine.clock.now()} ns: ${JSON.stringify(exit)}`);
  }

  async #swap(): Promise<void> {
    await this.#machine.switchBackend(OTHER[this.#machine.hypervisor.name]!());
    this.#swaps++;
  }

  /** Goes on in another machine, on the same kind of engine, from a file. */
  async #save(): Promise<void> {
    const before = this.#machine;
    const path = join(this.#folder, 'state');
    await saveStateFile(before, path);
    const state = await readStateFile(path);
    this.#savedBytes += state.fileBytes;
    this.#machine = this.#create(before.hypervisor.name === 'jit' ? createJitHypervisor() : createInterpreterHypervisor());
    await restoreState(this.#machine, state);
    if (this.#typed !== undefined) this.#awaitTyping(this.#typed);
    this.#saves++;
  }
}

function hashState(machine: Machine): string {
  const { memory, ...state } = machine.save();
  const text = JSON.stringify(state, (_key, value: unknown) => (typeof value === 'bigint' ? `0x${value.toString(16)}` : value));
  return createHash('sha256').update(text).update(memory).digest('hex');
}
