// One measurement in a process of its own: the request comes, and the results go, by message.
import { resolveGuest, resolveLinuxBenchmarks } from '@ringzero/guests/node';
import { engineDefinition } from './engines.ts';
import type { MeasureRequest, Report, RunDetails, StepResult } from './measurement.ts';

async function run(request: MeasureRequest, onStep: (step: StepResult) => void): Promise<RunDetails> {
  const { engine, guest, scale, steps } = request;
  const { kind } = engineDefinition(engine);
  if (kind === 'native') return (await import('./run-native.ts')).runNative(request, onStep);
  const source = guest === 'linux' ? await resolveLinuxBenchmarks() : await resolveGuest(guest, { scale });
  if (kind === 'qemu') return (await import('./run-qemu.ts')).runOnQemu(source, steps, onStep);
  const details = kind === 'v86'
    ? await (await import('./run-v86.ts')).runOnV86(source, steps, onStep)
    : await (await import('./run-machine.ts')).runOnMachine(engine, source, steps, onStep);
  return { ...details, peakMemoryBytes: process.resourceUsage().maxRSS * 1024 };
}

async function measure(request: MeasureRequest): Promise<RunDetails> {
  const onStep = (step: StepResult): void => report({ step });
  if (!request.profile) return run(request, onStep);
  const { profiled } = await import('./profiler.ts');
  const { result, tiers } = await profiled(() => run(request, onStep));
  return { ...result, tiers };
}

function report(message: Report, then?: () => void): void {
  process.send?.(message, then);
}

process.once('message', (request: MeasureRequest) => {
  measure(request).then(
    (done) => report({ done }, () => process.exit(0)),
    (error: unknown) => report({ failure: error instanceof Error ? error.message : String(error) }, () => process.exit(0)),
  );
});
