import { createInterpreterHypervisor } from '@ringzero/backend-interpreter';
import { createJitHypervisor } from '@ringzero/backend-jit';
import { resolveEmbeddedGuest } from '@ringzero/guests';
import { describe, expect, it } from 'vitest';
import { createMachine, type Machine } from '../src/index.ts';

const LINES = ['help', 'cpuid', 'fault pf', 'regs', 'mem'];
const backends = { interpreter: createInterpreterHypervisor, jit: () => createJitHypervisor({ threshold: 0 }) };

interface Session {
  readonly machine: Machine;
  output: string;
}

/** The monitor, which is told other lines in each machine. */
async function session(number: number): Promise<Session> {
  const machine = await createMachine({ backend: number % 2 === 0 ? 'interpreter' : 'jit', backends, memory: 16 << 20, clock: 'virtual', boot: resolveEmbeddedGuest('monitor') });
  const lines = [...LINES.slice(number), ...LINES.slice(0, number), 'poweroff'];
  const result: Session = { machine, output: '' };
  machine.on('serial', (byte) => {
    result.output += String.fromCharCode(byte);
    const line = result.output.endsWith('> ') ? lines.shift() : undefined;
    if (line !== undefined) machine.clock.schedule(machine.clock.now() + 1e6 * (number + 1), () => machine.serial.write(`${line}\n`));
  });
  return result;
}

function outcome({ machine, output }: Session): string {
  const { chipset, now, processors } = machine.save();
  return JSON.stringify({ chipset, now, processors, output });
}

describe('four machines in one process', () => {
  it('do, interleaved, what each does alone', async () => {
    const numbers = [0, 1, 2, 3];
    const alone: string[] = [];
    for (const number of numbers) {
      const only = await session(number);
      expect(await only.machine.run()).toEqual({ kind: 'powerOff' });
      alone.push(outcome(only));
    }
    const together = await Promise.all(numbers.map(session));
    // They take turns of 1 ms of their time, and in the event loop as it comes.
    let turns = 0;
    for (const { machine } of together) {
      const again = (): void => {
        machine.clock.schedule(machine.clock.now() + 1e6, () => {
          turns++;
          void machine.pause().then(() => new Promise((resolve) => setImmediate(resolve))).then(() => machine.resume());
          again();
        });
      };
      again();
    }
    expect(await Promise.all(together.map(({ machine }) => machine.run()))).toEqual(numbers.map(() => ({ kind: 'powerOff' })));
    expect(turns).toBeGreaterThan(16);
    expect(together.map(outcome)).toEqual(alone);
    expect(new Set(alone).size).toBe(4);
    for (const { machine } of together) await machine.dispose();
  });
});
