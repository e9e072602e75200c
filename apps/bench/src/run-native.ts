import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createConversation, explainEnd } from './conversation.ts';
import type { MeasureRequest, RunDetails, Step, StepResult } from './measurement.ts';

/** A benchmark guest's work as a program of the host, which measures itself: checksum, seconds, seconds of the processor, KB. */
async function runProgram(name: string, { nativeFolder, scale }: MeasureRequest, onStep: (step: StepResult) => void): Promise<RunDetails> {
  const { stdout } = await promisify(execFile)(join(nativeFolder, name), [String(scale)]);
  const [output = '', seconds, cpuSeconds, kilobytes] = stdout.trim().split(' ');
  onStep({ workload: name, seconds: Number(seconds), cpuSeconds: Number(cpuSeconds), output });
  return { peakMemoryBytes: Number(kilobytes) * 1024 };
}

/**
 * One of the Linux benchmarks, in the same busybox. Its time is that of the whole process, a few milliseconds of start
 * included: a pipe may deliver BEGIN and END together.
 */
function runScript(step: Step, { nativeFolder, scale }: MeasureRequest, onStep: (step: StepResult) => void): Promise<void> {
  const folder = join(nativeFolder, 'linux');
  const env = { BUSYBOX: join(folder, 'busybox'), BENCH: folder, DATA: join(folder, 'data.bin'), WORK: join(folder, 'out') };
  return new Promise((resolve, reject) => {
    const start = performance.now();
    let result: StepResult | undefined;
    const child = spawn(env.BUSYBOX, ['sh', join(folder, 'run'), step.workload, String(scale)], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    // No terminal ends these lines as a guest's does.
    const conversation = createConversation([{ ...step, prompt: '', send: '' }], { send: () => undefined, onStep: (step) => (result = step) });
    child.once('error', reject);
    child.once('close', () => {
      if (result === undefined) return reject(explainEnd(`${step.workload} ended`, conversation));
      onStep({ ...result, seconds: (performance.now() - start) / 1000 });
      resolve();
    });
    child.stdout.on('data', (bytes: Buffer) => {
      for (const byte of bytes) {
        if (byte === 10) conversation.write(13);
        conversation.write(byte);
      }
    });
  });
}

/** Runs without a machine; a boot is left out. */
export async function runNative(request: MeasureRequest, onStep: (step: StepResult) => void): Promise<RunDetails> {
  if (request.guest !== 'linux') return runProgram(request.guest, request, onStep);
  for (const step of request.steps) if (step.prompt !== '') await runScript(step, request, onStep);
  return {};
}
