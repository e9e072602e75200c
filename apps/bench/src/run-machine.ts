import type { BootSource } from '@ringzero/guests/node';
import { Machine } from '@ringzero/machine';
import type { Hypervisor } from '@ringzero/processor';
import { createConversation, explainEnd, ownCpuSeconds } from './conversation.ts';
import { engineDefinition } from './engines.ts';
import type { EngineName } from './engines.ts';
import type { RunDetails, Step, StepResult } from './measurement.ts';
import { startSampling } from './sampling.ts';

async function createHypervisor(engine: EngineName): Promise<Hypervisor> {
  const definition = engineDefinition(engine);
  if (definition.kind === 'jit') return (await import('@ringzero/backend-jit')).createJitHypervisor(definition.options);
  return (await import('@ringzero/backend-interpreter')).createInterpreterHypervisor();
}

/** The first VP's counter, as of the last time that the engine looked at the clock. */
function readInstructions(machine: Machine): number {
  const result = machine.inspect('partition/vps/0/counters/instructionsRetired');
  if (result.kind !== 'value' || typeof result.value !== 'number') throw new Error(`the machine's instruction counter is ${JSON.stringify(result)}, not a number`);
  return result.value;
}

/** Types into the serial port as fast as its queue takes it. */
function createTypist(machine: () => Machine): { send(text: string): void; go(): void } {
  let waiting = new Uint8Array(0);
  const go = (): void => {
    if (waiting.length > 0) waiting = waiting.slice(machine().sendSerial(waiting));
  };
  return {
    send(text) {
      waiting = Uint8Array.from([...waiting, ...Buffer.from(text, 'latin1')]);
      go();
    },
    go,
  };
}

/**
 * Runs a guest on a machine of ours, with the clock of the host, until its last step is done.
 *
 * @param during wraps the run itself, without what is loaded before: a profiler, for instance.
 */
export async function runOnMachine(
  engine: EngineName,
  source: BootSource,
  steps: readonly Step[],
  onStep: (step: StepResult) => void,
  during: <T>(run: () => Promise<T>) => Promise<T> = (run) => run(),
): Promise<RunDetails> {
  const hypervisor = await createHypervisor(engine);
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
  const conversation = createConversation(steps, { send: typist.send, onStep, cpuSeconds: ownCpuSeconds, instructions: () => readInstructions(machine) });
  const sampling = startSampling(() => readInstructions(machine));
  const exit = await during(() => machine.run());
  const samples = sampling.stop();
  if (exit.kind === 'failed') throw exit.error;
  if (!done) throw explainEnd(`the machine ended (${JSON.stringify(exit)})`, conversation);
  return { samples };
}
