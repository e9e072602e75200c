import type { Machine } from '@ringzero/machine';
import { BACKENDS, loadBackend } from '../backends.ts';
import { tellOnTerminal } from './console.ts';

/** Goes on with the next of the backends that come with the command, and says which it is. */
export async function switchToNextBackend(machine: Machine, options: Readonly<Record<string, unknown>> = {}): Promise<void> {
  const names = BACKENDS.map(({ name }) => name as string);
  const next = names[(names.indexOf(machine.hypervisor.name) + 1) % names.length]!;
  try {
    await machine.switchBackend(await loadBackend(next, options));
    tellOnTerminal(`the guest goes on on the ${next}`);
  } catch (error) {
    tellOnTerminal(`no switch: ${(error as Error).message}`);
  }
}
