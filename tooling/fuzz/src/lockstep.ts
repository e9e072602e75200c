import { createInterpreterHypervisor } from '@ringzero/backend-interpreter';
import { createEvaluatorHypervisor } from '@ringzero/backend-interpreter/engine';
import { createJitHypervisor } from '@ringzero/backend-jit';
import { compareSaved, type Hypervisor } from '@ringzero/processor';
import { FuzzMachine, PAGE } from './fuzz-machine.ts';
import { INTERRUPT } from './handlers.ts';
import { RAM_BYTES } from './layout.ts';
import { prepare, type Program } from './program.ts';
import type { Kind, Surroundings } from './surroundings.ts';

/** Where two engines went apart. */
export interface Difference {
  readonly program: Program;
  readonly engines: readonly [string, string];
  /** The chunk after which they differed, and EIP of both. */
  readonly chunk: number;
  readonly eip: readonly [number, number];
  readonly what: readonly string[];
}

/** So few decoded instructions that they are dropped, and their places used again, every few programs. */
const FEW = 200;

/** The engines. Of the JITs, which compile, every program has one: threshold 0 makes single blocks; with 2, what follows is known, and handlers execute what the interpreter's switch does. */
const ENGINES: readonly (readonly [name: string, create: () => Hypervisor])[] = [
  ['interpreter', () => createInterpreterHypervisor({ dispatchSwitch: 'always', decodedInstructions: FEW })],
  ['evaluator', createEvaluatorHypervisor],
  ['jit, threshold 0', () => createJitHypervisor({ threshold: 0, exitThreshold: 1, decodedInstructions: FEW })],
  ['jit, threshold 2', () => createJitHypervisor({ threshold: 2, exitThreshold: 3 })],
];

/** Every so many programs the machines are made anew: what engines keep is then bounded. */
const RENEWAL = 20_000;

interface Runner {
  readonly name: string;
  readonly machine: FuzzMachine;
}

/** Engines with a machine of their own each, that run the same programs. */
export class Lockstep {
  /** Blocks that the JITs compiled, and instructions that the first engine retired, in machines gone by and present. */
  #compiledBefore = 0;
  #retiredBefore = 0;
  #programs = 0;
  readonly #surroundings: ReadonlyMap<Kind, Surroundings>;
  readonly #occupied: Uint8Array;
  #runners: readonly Runner[];

  constructor(surroundings: ReadonlyMap<Kind, Surroundings>) {
    this.#surroundings = surroundings;
    this.#occupied = Uint8Array.from({ length: RAM_BYTES / PAGE }, (_, page) => Number([...surroundings.values()].some(({ memory }) => memory.subarray(page * PAGE, page * PAGE + PAGE).some((byte) => byte !== 0))));
    this.#runners = this.#create();
  }

  get compiled(): number {
    return this.#compiledBefore + this.#runners.slice(2).reduce((sum, { machine }) => sum + machine.counter('blocksCompiled'), 0);
  }

  get retired(): number {
    return this.#retiredBefore + this.#runners[0]!.machine.counter('instructionsRetired');
  }

  /** New machines: after a difference the clocks may be apart. */
  renew(): void {
    this.#compiledBefore = this.compiled;
    this.#retiredBefore = this.retired;
    this.#runners = this.#create();
  }

  #create(): Runner[] {
    return ENGINES.map(([name, create]) => ({ name, machine: new FuzzMachine(create(), this.#occupied) }));
  }

  /** Runs a program on every engine; the first difference, if there is one. */
  async run(program: Program): Promise<Difference | undefined> {
    if (++this.#programs % RENEWAL === 0) this.renew();
    const around = this.#surroundings.get(program.kind)!;
    const { patches, state } = prepare(program, around);
    const [first, second, ...jits] = this.#runners as readonly [Runner, Runner, ...Runner[]];
    const others = [second, jits[program.seed & 1]!];
    const runners = [first, ...others];
    for (const { machine } of runners) machine.reset(around.memory, patches, state);
    for (let chunk = 0; chunk < program.chunks.length; chunk++) {
      const count = program.chunks[chunk]!;
      const ends: string[] = [];
      let done = false;
      for (const { machine } of runners) {
        const end = await machine.run(Math.abs(count));
        ({ done } = end);
        ends.push(`${end.halt.kind}${end.done ? ', done' : ''}`);
      }
      for (const [index, other] of others.entries()) {
        const isLast = done || chunk === program.chunks.length - 1;
        const what = this.#compare(first, other, ends[0] === ends[index + 1] ? [] : [`ended with ${ends[0]} against ${ends[index + 1]}`], isLast);
        if (what.length === 0) continue;
        const difference: Difference = { program, engines: [first.name, other.name], chunk, eip: [first.machine.eip, other.machine.eip], what };
        this.renew();
        return difference;
      }
      if (done) return undefined;
      if (count < 0) for (const { machine } of runners) machine.partition.requestMsi(0, { address: 0xfee0_0000n, data: INTERRUPT });
    }
    return undefined;
  }

  #compare(first: Runner, other: Runner, known: readonly string[], withMemory: boolean): string[] {
    const what = [...known];
    if (!first.machine.agreesWith(other.machine)) {
      const saved = compareSaved(first.machine.save(), other.machine.save(), first.machine.partition.caps);
      what.push(...saved.map((difference) => JSON.stringify(difference, (_key, value: unknown) => (typeof value === 'bigint' ? `0x${value.toString(16)}` : value))));
      if (first.machine.io.digest !== other.machine.io.digest) what.push(`device accesses: ${first.machine.io.accesses} against ${other.machine.io.accesses}, or other values`);
    }
    if (withMemory && !first.machine.hasMemoryOf(other.machine)) what.push('memory');
    return what;
  }
}
