import { createInterpreterHypervisor } from '@ringzero/backend-interpreter';
import { createJitHypervisor } from '@ringzero/backend-jit';
import type { Hypervisor } from '@ringzero/processor';
import { expect, it } from 'vitest';
import { Machine } from '../src/index.ts';

/** `two-processors.asm`, assembled. */
const PROGRAM =
  '+jHAjtgPARbIfQ8BHs59DyDADAEPIsDqHHwIAGa4EACO2I7AjtC8AHAAAL6KfQAAvwCAAAC5HwAAAPzzpLgSfQAAvwiSAADorwAAALhQfQAAvxCSAADooAAA' +
  'ALsAAOD+x4PwAAAA/wEAAMeDEAMAAAAAAAHHgwADAAAARQAAudAHAADi/seDEAMAAAAAAAHHgwADAAAIRgAA85CDPSAGAAABdfXHg+ADAAALAAAAx4MgAwAA' +
  'QgACAMeDgAMAAEBCDwC+uAsAAA8xoxAGAADHgxADAAAAAAABx4MAAwAAQUAAAPv0+k513w8xoxQGAACJFRgGAACwAeb06/5miQdmx0cCCABmx0cEAI7B6BBm' +
  'iUcGw1BSDzErBRAGAAD/BQAGAAABBQgGAAA7BQQGAAB2BaMEBgAAPaCGAQByBv8FDAYAALiwAOD+xwAAAAAAWljPULiwAOD+xwAAAAAAWM9muBAAjtiOwI7Q' +
  'vABgAAC7AADg/seD8AAAAP8BAADHBSAGAAABAAAA+/Tr/PoxwI7YDwEWyH0PAR7OfQ8gwAwBDyLAZupefQAACACQkJCQkJCQAAAAAAAAAAD//wAAAJrPAP//' +
  'AAAAks8AFwCwfQAA/wcAkAAA';

/** When the guest is done: in virtual time. */
async function run(hypervisor: Hypervisor): Promise<number> {
  const machine = new Machine({ memoryBytes: 2 << 20, clock: 'virtual', processors: 2, debugExitPort: 0xf4 }, hypervisor);
  machine.load({ kind: 'flat', image: Uint8Array.from(Buffer.from(PROGRAM, 'base64')), address: 0x7c00 });
  expect(await machine.run()).toEqual({ kind: 'debugExit', status: 3 });
  return machine.clock.now();
}

it('two processors that wake each other end at the same moment each time, on both engines', async () => {
  const ends = [await run(createInterpreterHypervisor()), await run(createInterpreterHypervisor()), await run(createJitHypervisor())];
  // No time is skipped while one that was woken has not had its turn.
  expect(new Set(ends).size).toBe(1);
  expect(ends[0]).toBeGreaterThan(30e9);
});
