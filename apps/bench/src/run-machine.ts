import type { BootSource } from '@ringzero/guests/node';
import { Machine } from '@ringzero/machine';
import type { Hypervisor } from '@ringzero/processor';
import type { EngineName, Measurement } from './measurement.ts';
import { createStopwatch } from './stopwatch.ts';

async function createHypervisor(engine: Exclude<EngineName, 'v86'>): Promise<Hypervisor> {
  if (engine === 'interpreter') return (await import('@ringzero/backend-interpreter')).createInterpreterHypervisor();
  return (await import('@ringzero/backend-jit')).createJitHypervisor();
}

/** The first VP's counter, as of the last time that the engine looked at the clock. */
function readInstructions(machine: Machine): number {
  const result = machine.inspect('partition/vps/0/counters/instructionsRetired');
  if (result.kind !== 'value' || typeof result.value !== 'number') throw new Error(`the machine's instruction counter is ${JSON.stringify(result)}, not a number`);
  return result.value;
}

/** Runs a guest on a machine of ours, with the clock of the host, until it has written `until`. */
export async function runOnMachine(engine: Exclude<EngineName, 'v86'>, source: BootSource, from: string, until: string): Promise<Measurement> {
  const stopwatch = createStopwatch(from, until, () => readInstructions(machine));
  let done = false;
  const machine: Machine = new Machine({ memoryBytes: source.memoryBytes, clock: 'real', onReset: 'exit' }, await createHypervisor(engine), {
    onSerial(byte) {
      if (done || !stopwatch.write(byte)) return;
      done = true;
      machine.stop();
    },
  });
  machine.load(source);
  const exit = await machine.run();
  if (exit.kind === 'failed') throw exit.error;
  if (!done) throw new Error(`the machine ended (${JSON.stringify(exit)}) before the guest had written ${JSON.stringify(until)}: ...${stopwatch.tail()}`);
  return stopwatch.result();
}
