import type { Hypervisor, StateDifference } from '@ringzero/processor';
import { compareSaved } from '@ringzero/processor';
import { describe, expect, it } from 'vitest';
import { TestMachine } from '../machine/test-machine.ts';
import { PROGRAMS } from '../programs/all.ts';
import { loadProgram } from '../programs/environment.ts';
import { Random } from '../random/prng.ts';
import type { SandboxKind } from '../random/sandbox.ts';
import { loadRandomProgram } from '../random/sandbox.ts';

/** A backend by name. */
export interface NamedBackend {
  readonly name: string;
  /** Makes a hypervisor of it; called for each machine. */
  create(): Hypervisor;
}

/** How much of lockstep to run. */
export interface LockstepOptions {
  /** Random programs of each kind. */
  readonly seeds?: number;
  /** First seed; other seeds are other programs. */
  readonly firstSeed?: number;
}

/** Instructions of one random program at most: it may loop. */
const RANDOM_BUDGET = 2000;
/** Milliseconds for a test of many programs on a slow host: whoever runs the suite may have a configuration with shorter limits. */
export const PATIENCE: number = 180_000;

const KINDS: Readonly<Record<SandboxKind, string>> = { user: 'in ring 3 with paging', kernel: 'in ring 0', real: 'in real mode' };

/** Where two machines went apart. */
export interface Divergence {
  /** Instructions retired when they last agreed, and how many were then run. */
  readonly after: number;
  readonly chunk: number;
  /** RIP and the bytes there when they last agreed. */
  readonly at: string;
  readonly differences: readonly (StateDifference | string)[];
}

function placeOf(machine: TestMachine): string {
  const { cs, rip } = machine.registers;
  const linear = Number(BigInt.asUintN(32, cs.base + rip));
  const bytes = Array.from(machine.memory.readBytes(linear, 16), (byte) => byte.toString(16).padStart(2, '0'));
  return `0x${linear.toString(16)}: ${bytes.join(' ')}`;
}

function differencesOf(first: TestMachine, second: TestMachine): (StateDifference | string)[] {
  const differences: (StateDifference | string)[] = compareSaved(first.save(), second.save(), first.partition.caps);
  if (first.io.log.length !== second.io.log.length) differences.push(`accesses: ${first.io.transcript().join('; ')} against ${second.io.transcript().join('; ')}`);
  return differences;
}

/**
 * Runs two machines side by side, `chunk()` instructions at a time, and compares all state after each. `undefined` when
 * they agreed to the end, memory and device accesses included.
 */
export async function runInLockstep(first: TestMachine, second: TestMachine, chunk: () => number, budget: number = Infinity): Promise<Divergence | undefined> {
  for (let after = 0; after < budget; ) {
    const at = placeOf(first);
    const count = chunk();
    const one = await first.runInstructions(count);
    const other = await second.runInstructions(count);
    const differences = differencesOf(first, second);
    if (JSON.stringify(one) !== JSON.stringify(other)) differences.unshift(`ended with ${JSON.stringify(one)} against ${JSON.stringify(other)}`);
    if (differences.length > 0) return { after, chunk: count, at, differences };
    after += count;
    if (one.done) break;
  }
  if (first.memoryChecksum() !== second.memoryChecksum()) return { after: -1, chunk: 0, at: 'the end', differences: ['memory'] };
  expect(second.io.transcript()).toEqual(first.io.transcript());
  return undefined;
}

/** Declares tests that two backends agree on all state: over the programs of the suite, and over seeded random ones. */
export function describeLockstep(first: NamedBackend, second: NamedBackend, options: LockstepOptions = {}): void {
  const { seeds = 30, firstSeed = 1 } = options;
  describe(`${first.name} and ${second.name} in lockstep`, () => {
    for (const program of PROGRAMS) {
      it(`after every few instructions of ${program.name}`, async () => {
        const slots = [first, second].map((backend) => ({ machine: new TestMachine(backend.create()) }));
        for (const slot of slots) loadProgram(slot, program);
        const random = new Random(7);
        let chunks = 0;
        // One at a time at first, then enough for whole blocks and loops.
        const chunk = (): number => (chunks++ < 100 ? 1 : 1 + random.below(random.oneIn(4) ? 2000 : 60));
        expect(await runInLockstep(slots[0]!.machine, slots[1]!.machine, chunk)).toBeUndefined();
      });
    }

    for (const [kind, where] of Object.entries(KINDS) as [SandboxKind, string][]) {
      it(`over ${seeds} random programs, ${where}`, async () => {
        const machines = [new TestMachine(first.create()), new TestMachine(second.create())] as const;
        const initial = machines.map((machine) => machine.save());
        for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
          machines.forEach((machine, index) => {
            machine.restore(initial[index]!);
            machine.io.log.length = 0;
            loadRandomProgram(machine, kind, seed);
          });
          const random = new Random(seed);
          const chunk = (): number => 1 + random.below(random.oneIn(3) ? 400 : 24);
          expect({ seed, divergence: await runInLockstep(machines[0], machines[1], chunk, RANDOM_BUDGET) }).toEqual({ seed, divergence: undefined });
        }
      }, PATIENCE);
    }
  });
}
