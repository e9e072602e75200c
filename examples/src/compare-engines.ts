// One guest on two engines, in virtual time: a run is the same to the bit on either, and when it changes engines on its way.
//
//   pnpm --filter @ringzero/examples start src/compare-engines.ts
import { createHash } from 'node:crypto';
import { createInterpreterHypervisor } from '@ringzero/backend-interpreter';
import { createJitHypervisor } from '@ringzero/backend-jit';
import { resolveEmbeddedGuest } from '@ringzero/guests';
import { createMachine } from '@ringzero/machine';

const backends = { interpreter: createInterpreterHypervisor, jit: createJitHypervisor };
const guest = resolveEmbeddedGuest('sieve', { scale: 1 });

interface Outcome {
  readonly instructions: number;
  readonly state: string;
  /** The engine that it ended on. */
  readonly end: string;
}

async function outcome(backend: keyof typeof backends, switchTo?: keyof typeof backends): Promise<Outcome> {
  await using machine = await createMachine({ backend, backends, memory: guest.memoryBytes, clock: 'virtual', boot: guest });
  const began = machine.once('serial');
  const run = machine.run();
  if (switchTo !== undefined) {
    await began;
    await machine.switchBackend(switchTo);
  }
  await run;
  const { chipset, memory, now, processors } = machine.save();
  const state = createHash('sha256').update(memory).update(JSON.stringify({ chipset, now, processors })).digest('hex').slice(0, 16);
  return { instructions: machine.statistics().instructions, state, end: machine.hypervisor.name };
}

const runs = { interpreter: await outcome('interpreter'), jit: await outcome('jit'), 'interpreter, then jit': await outcome('interpreter', 'jit') };
for (const [name, { end, instructions, state }] of Object.entries(runs)) console.log(`${name.padEnd(22)} ${instructions} instructions, final state ${state}, on the ${end}`);
console.log(new Set(Object.values(runs).map(({ state }) => state)).size === 1 ? 'All the same.' : 'They differ!');
