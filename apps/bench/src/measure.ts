// One measurement in a process of its own: the request comes, and the reply goes, by message.
import { resolveGuest } from '@ringzero/guests/node';
import type { Measurement, MeasureReply, MeasureRequest } from './measurement.ts';

async function measure({ engine, guest, scale, from, until }: MeasureRequest): Promise<Measurement> {
  const source = await resolveGuest(guest, { scale });
  if (engine === 'v86') {
    const { runOnV86 } = await import('./run-v86.ts');
    return runOnV86(source, from, until);
  }
  const { runOnMachine } = await import('./run-machine.ts');
  return runOnMachine(engine, source, from, until);
}

function reply(message: MeasureReply): void {
  process.send?.(message, () => process.exit(0));
}

process.once('message', (request: MeasureRequest) => {
  measure(request).then(
    (measurement) => reply({ measurement }),
    (error: unknown) => reply({ failure: error instanceof Error ? error.message : String(error) }),
  );
});
