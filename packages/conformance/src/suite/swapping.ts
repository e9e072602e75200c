import { compareSaved } from '@ringzero/processor';
import { describe, expect, it } from 'vitest';
import { TestMachine } from '../machine/test-machine.ts';
import { PROGRAMS } from '../programs/all.ts';
import { loadProgram } from '../programs/environment.ts';
import type { MachineSlot, TestProgram } from '../programs/program.ts';
import { type NamedBackend, PATIENCE } from './lockstep.ts';
import { expectResults } from './programs.ts';

/** The guest moves from one machine to the other: processor state by save and restore, everything else is shared. */
function moveGuest(slot: MachineSlot, to: TestMachine): void {
  to.restore(JSON.parse(JSON.stringify(slot.machine.save())));
  slot.machine = to;
}

async function runUnswapped(backend: NamedBackend, program: TestProgram): Promise<TestMachine> {
  const slot = { machine: new TestMachine(backend.create()) };
  loadProgram(slot, program);
  await slot.machine.runToIdle();
  return slot.machine;
}

/** Runs a program, moving it every `period` instructions to the machine that `next` gives. */
async function runSwapped(slot: MachineSlot, program: TestProgram, period: number, next: (swaps: number) => TestMachine): Promise<number> {
  loadProgram(slot, program);
  for (let swaps = 0; ; swaps++) {
    const { done } = await slot.machine.runInstructions(period);
    if (done) return swaps;
    moveGuest(slot, next(swaps));
  }
}

function expectSame(moved: TestMachine, plain: TestMachine, program: TestProgram): void {
  expectResults(moved, program);
  expect(compareSaved(plain.save(), moved.save(), plain.partition.caps)).toEqual([]);
  expect(moved.memoryChecksum()).toBe(plain.memoryChecksum());
  expect(moved.io.transcript()).toEqual(plain.io.transcript());
  expect(moved.clock.now()).toBe(plain.clock.now());
}

/**
 * Declares, for every ordered pair of backends, that a running program can move from one to the other at any instruction
 * and ends as if it had not: once between two machines that both stay, so that each meets what the other did to memory,
 * and once to a new machine each time.
 */
export function describeSwapping(backends: readonly NamedBackend[]): void {
  for (const first of backends) {
    for (const second of backends) {
      describe(`${first.name} to ${second.name} and back, under a running guest`, () => {
        for (const program of PROGRAMS) {
          it(`${program.name}, between two machines`, async () => {
            const slot = { machine: new TestMachine(first.create()) };
            const { memory, clock, io } = slot.machine;
            const pair = [new TestMachine(second.create(), { memory, clock, io }), slot.machine] as const;
            const swaps = await runSwapped(slot, program, 23, (count) => pair[count % 2 === 0 ? 0 : 1]);
            expect(swaps).toBeGreaterThan(0);
            expectSame(slot.machine, await runUnswapped(first, program), program);
          }, PATIENCE);
        }

        it('every program, to a new machine each time', async () => {
          for (const program of PROGRAMS) {
            const slot = { machine: new TestMachine(first.create()) };
            const { memory, clock, io } = slot.machine;
            await runSwapped(slot, program, 1501, (count) => new TestMachine((count % 2 === 0 ? second : first).create(), { memory, clock, io }));
            expectSame(slot.machine, await runUnswapped(first, program), program);
          }
        }, PATIENCE);
      });
    }
  }
}
