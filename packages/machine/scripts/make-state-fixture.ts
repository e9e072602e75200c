/*
 * Writes the saved state that test/snapshot/fixture.test.ts loads: the monitor, in the middle of an answer.
 *
 *     pnpm --filter @ringzero/machine make-state-fixture
 *
 * States of released versions are kept as they are, each in a file of its own: they show that older states load.
 */
import { createInterpreterHypervisor } from '@ringzero/backend-interpreter';
import { resolveEmbeddedGuest } from '@ringzero/guests';
import { Machine } from '../src/index.ts';
import { saveStateFile } from '../src/node/index.ts';

const machine = new Machine({ memoryBytes: 4 << 20, clock: 'virtual' }, createInterpreterHypervisor());
machine.load(resolveEmbeddedGuest('monitor'));
machine.clock.schedule(21e6, () => machine.sendSerial(Buffer.from('help\n')));
machine.clock.schedule(21.04e6, () => machine.stop());
await machine.run();
await saveStateFile(machine, new URL('../test/snapshot/fixtures/monitor-1.rz', import.meta.url).pathname, { id: '0123456789abcdef0123456789abcdef', date: Date.UTC(2026, 0, 1), notes: { guest: 'monitor' } });
