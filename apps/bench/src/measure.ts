// One measurement in a process of its own: the request comes, and the results go, by message.
import { resolveGuest, resolveLinuxBenchmarks } from '@ringzero/guests/node';
import { ownCpuSeconds } from './conversation.ts';
import { engineDefinition } from './engines.ts';
import type { MeasureRequest, Report, RunDetails, StepResult } from './measurement.ts';

async function measure(request: MeasureRequest, onStep: (step: StepResult) => void): Promise<RunDetails> {
  const { engine, guest, scale, steps, watch } = request;
  const { kind } = engineDefinition(engine);
  if (kind === 'native') return (await import('./run-native.ts')).runNative(request, onStep);
  const source = guest === 'linux' ? await resolveLinuxBenchmarks() : await resolveGuest(guest, { scale });
  if (kind === 'qemu') return (await import('./run-qemu.ts')).runOnQemu(source, steps, onStep);
  const peak = (): { peakMemoryBytes: number } => ({ peakMemoryBytes: process.resourceUsage().maxRSS * 1024 });
  if (kind === 'v86') return { ...(await (await import('./run-v86-in-node.ts')).runOnV86InNode(source, steps, onStep)), ...peak() };

  const { runOnMachine } = await import('./run-machine.ts');
  const run = { engine, source, steps, onStep, cpuSeconds: ownCpuSeconds };
  if (watch !== 'samples') return { ...(await runOnMachine({ ...run, countTiers: watch === 'deopts' })), ...peak() };
  const { profilePlaces } = await import('./profiler.ts');
  let tiers: Record<string, number> = {};
  const during = async <T>(run: () => Promise<T>): Promise<T> => {
    const profiler = await profilePlaces();
    const result = await run();
    tiers = await profiler.stop();
    return result;
  };
  const details = await runOnMachine({ ...run, during });
  return { ...details, tiers };
}

function report(message: Report, then?: () => void): void {
  process.send?.(message, then);
}

process.once('message', (request: MeasureRequest) => {
  measure(request, (step) => report({ step })).then(
    (done) => report({ done }, () => process.exit(0)),
    (error: unknown) => report({ failure: error instanceof Error ? error.message : String(error) }, () => process.exit(0)),
  );
});
