import type { BootSource } from '@ringzero/guests';
import { Machine } from '@ringzero/machine';
import type { Hypervisor, InspectResult } from '@ringzero/processor';
import { createConversation, explainEnd } from './conversation.ts';
import { engineDefinition } from './engines.ts';
import type { EngineName } from './engines.ts';
import type { RunDetails, Step, StepResult } from './measurement.ts';
import { startSampling } from './sampling.ts';

async function createHypervisor(engine: EngineName, countTiers: boolean): Promise<Hypervisor> {
  const definition = engineDefinition(engine);
  if (definition.kind === 'jit') return (await import('@ringzero/backend-jit')).createJitHypervisor({ ...definition.options, countTiers });
  return (await import('@ringzero/backend-interpreter')).createInterpreterHypervisor();
}

/** The first VP's counter, as of the last time that the engine looked at the clock. */
function readInstructions(machine: Machine): number {
  const result = machine.inspect('partition/vps/0/counters/instructionsRetired');
  if (result.kind !== 'value' || typeof result.value !== 'number') throw new Error(`the machine's instruction counter is ${JSON.stringify(result)}, not a number`);
  return result.value;
}

/** The first VP's counters that are numbers. */
function readCounters(machine: Machine): Record<string, number> {
  const counters: Record<string, number> = {};
  const visit = (result: InspectResult, path: string): void => {
    if (result.kind === 'value' && typeof result.value === 'number') counters[path] = result.value;
    if (result.kind === 'directory') for (const [name, entry] of Object.entries(result.entries)) visit(entry, path === '' ? name : `${path}/${name}`);
  };
  visit(machine.inspect('partition/vps/0/counters'), '');
  return counters;
}

/** Types into the serial port as fast as its queue takes it. */
function createTypist(machine: () => Machine): { send(text: string): void; go(): void } {
  let waiting = new Uint8Array(0);
  const go = (): void => {
    if (waiting.length > 0) waiting = waiting.slice(machine().sendSerial(waiting));
  };
  return {
    send(text) {
      waiting = Uint8Array.from([...waiting, ...Array.from(text, (character) => character.charCodeAt(0))]);
      go();
    },
    go,
  };
}

/** A run on a machine of ours. */
export interface MachineRun {
  readonly engine: EngineName;
  readonly source: BootSource;
  readonly steps: readonly Step[];
  readonly onStep: (step: StepResult) => void;
  /** Processor time of whatever runs this. */
  readonly cpuSeconds: () => number;
  /** Counts instructions by tier, and tells the counters. */
  readonly countTiers?: boolean;
  /** Wraps the run itself, without what is loaded before: a profiler, for instance. */
  readonly during?: <T>(run: () => Promise<T>) => Promise<T>;
}

/** Runs a guest on a machine of ours, with the clock of the host, until its last step is done. */
export async function runOnMachine({ countTiers = false, cpuSeconds, during = (run) => run(), engine, onStep, source, steps }: MachineRun): Promise<RunDetails> {
  const hypervisor = await createHypervisor(engine, countTiers);
  const typist = createTypist(() => machine);
  let done = false;
  const machine: Machine = new Machine({ memoryBytes: source.memoryBytes, clock: 'real', onReset: 'exit' }, hypervisor, {
    onSerial(byte) {
      if (done || !conversation.write(byte)) return;
      done = true;
      machine.stop();
    },
    onSerialSpace: () => typist.go(),
  });
  machine.load(source);
  const conversation = createConversation(steps, { send: typist.send, onStep, cpuSeconds, instructions: () => readInstructions(machine) });
  const sampling = startSampling(() => readInstructions(machine));
  const exit = await during(() => machine.run());
  const samples = sampling.stop();
  if (exit.kind === 'failed') throw exit.error;
  if (!done) throw explainEnd(`the machine ended (${JSON.stringify(exit)})`, conversation);
  return { samples, ...(countTiers && { counters: readCounters(machine) }) };
}
