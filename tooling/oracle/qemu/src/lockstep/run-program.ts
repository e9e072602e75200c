import type { VpHaltReason } from '@ringzero/processor';
import { EFLAGS_RF, PREFIX_REP, PREFIX_REPNE } from '@ringzero/x86';
import { KNOWN, type KnownDifference } from '../known-differences.ts';
import type { BackendMachine } from '../machine/backend-machine.ts';
import type { QemuMachine } from '../machine/qemu-machine.ts';
import { type Difference, pointerOf, type State } from '../machine/state.ts';
import { readLog } from '../programs/handlers.ts';
import type { Selected } from '../programs/catalogue.ts';
import type { SystemProgram } from '../programs/program.ts';
import { World } from '../programs/world.ts';
import { compareMemory, compareStates, undefinedAfter } from './compare.ts';
import { describeFinding, type Finding, findingOf } from './findings.ts';
import { type Current, instructionAt } from './instruction-at.ts';

/** How a program went. */
export interface Outcome {
  /** Instructions that both executed and that were compared. */
  readonly compared: number;
  /** What nothing explains. */
  readonly failures: readonly string[];
  /** What is known. */
  readonly known: ReadonlySet<KnownDifference>;
}

/** A program that steps longer is in a loop. */
const MOST_STEPS = 4000;

const hex = (value: number): string => `0x${value.toString(16)}`;

/** One program on a backend and, if there is one, on QEMU. */
class Run {
  readonly #program: SystemProgram;
  readonly #name: string;
  readonly #ours: BackendMachine;
  readonly #qemu: QemuMachine | undefined;
  readonly #world: ReturnType<World['finish']>;
  readonly failures: string[] = [];
  readonly known = new Set<KnownDifference>();
  compared = 0;
  #undefinedFlags = 0;
  /** They have gone apart: the rest cannot be compared. */
  #isApart = false;
  #isShutDown = false;

  constructor({ topic, program }: Selected, ours: BackendMachine, qemu: QemuMachine | undefined) {
    this.#program = program;
    this.#name = `${topic}: ${program.name}`;
    this.#ours = ours;
    this.#qemu = qemu;
    const world = new World(program.bits ?? 32);
    program.build(world);
    this.#world = world.finish();
  }

  async run(): Promise<void> {
    const { image, end, entry } = this.#world;
    if (this.#qemu !== undefined) {
      this.#ours.reset(image);
      await this.#qemu.reset(image);
      const arrived = await this.#qemu.runTo(entry);
      const halt = await this.#ours.runTo(entry);
      if (!arrived || halt.kind !== 'hwBreak') throw new Error(`${this.#name} does not reach its first instruction`);
      await this.#compare(undefined);
      if (this.#program.atEnd === undefined) await this.#steps(end, this.#qemu);
      else await this.#toEnd(end, this.#qemu);
      if (!this.#isApart) this.#judge(undefined, this.#ours.registers, this.#ours.registers, compareMemory(this.#ours.memory(), await this.#qemu.memory()));
    }
    await this.#alone(image, end);
  }

  async #steps(end: number, qemu: QemuMachine): Promise<void> {
    for (let left = MOST_STEPS; !this.#isApart && !this.#isShutDown; left--) {
      const before = this.#ours.registers;
      if (pointerOf(before) === end) return;
      if (left === 0) return this.#fail(`no end after ${MOST_STEPS} instructions`);
      const current = instructionAt(before, (address, length) => this.#ours.read(address, length));
      const halt = await this.#ours.step();
      const stepped = await qemu.step();
      if (!stepped) return this.#fail(`QEMU does not come back from ${hex(current.address)} ${current.text}`);
      if (await this.#hasShutDown(halt, qemu)) return;
      await this.#compare(current);
      this.compared++;
    }
  }

  async #toEnd(end: number, qemu: QemuMachine): Promise<void> {
    const halt = await this.#ours.runTo(end);
    const arrived = await qemu.runTo(end);
    if (await this.#hasShutDown(halt, qemu)) return;
    if (!arrived || halt.kind !== 'hwBreak') return this.#fail(`the end is not reached (${halt.kind}; QEMU ${arrived ? 'reaches it' : 'does not either'})`);
    await this.#compare(undefined);
    this.compared++;
  }

  /** Whether a triple fault ended the program, which both must agree on. */
  async #hasShutDown({ kind }: VpHaltReason, qemu: QemuMachine): Promise<boolean> {
    const isOurs = kind === 'tripleFault';
    if (!isOurs && this.#program.atEnd === undefined) return false;
    const isTheirs = await qemu.isReset();
    if (isOurs !== isTheirs) this.#fail(`shutdown of ${isOurs ? 'ours' : 'QEMU'} alone`);
    this.#isApart = this.#isShutDown = isOurs || isTheirs;
    return this.#isShutDown;
  }

  /** Compares registers; QEMU takes a step more to leave a repeated instruction whose count has run out. */
  async #compare(current: Current | undefined): Promise<void> {
    const qemu = this.#qemu!;
    const ours = this.#ours.registers;
    let theirs = await qemu.registers();
    const isRepeated = current !== undefined && (current.instruction.prefixes & (PREFIX_REP | PREFIX_REPNE)) !== 0;
    if (isRepeated && theirs['eip'] !== ours['eip'] && pointerOf(theirs) === current.address) {
      await qemu.step();
      theirs = await qemu.registers();
    }
    if (current !== undefined) this.#undefinedFlags = undefinedAfter(this.#undefinedFlags, current);
    // Between iterations RF is what would be pushed (vol. 3B §17.3.1.1); QEMU has it nowhere.
    const ignored = this.#undefinedFlags | (isRepeated ? EFLAGS_RF : 0);
    this.#judge(current, ours, theirs, compareStates(ours, theirs, ignored));
  }

  #judge(current: Current | undefined, ours: State, theirs: State, differences: readonly Difference[]): void {
    if (differences.length === 0) return;
    const finding = findingOf(this.#name, current, ours, theirs, differences);
    const rest: Difference[] = [];
    for (const difference of differences) {
      const found = KNOWN.find((known) => known.programs.test(finding.program) && known.covers(difference, finding));
      if (found === undefined) rest.push(difference);
      else this.known.add(found);
      if (found?.goesApart === true) this.#isApart = true;
    }
    if (rest.length === 0) return;
    this.#isApart = true;
    this.#fail(describeFinding({ ...finding, differences: rest } satisfies Finding));
  }

  /** The program at full speed on the backend alone: it must end, and raise what the manual says. */
  async #alone(image: Uint8Array, end: number): Promise<void> {
    const stepped = this.#qemu === undefined || this.#isApart || this.failures.length > 0 ? undefined : { state: this.#ours.registers, memory: this.#ours.memory() };
    this.#ours.reset(image);
    const { kind } = await this.#ours.runTo(end);
    if (kind !== (this.#program.shutsDown === true ? 'tripleFault' : 'hwBreak')) this.#fail(`ends with ${kind} at ${hex(pointerOf(this.#ours.registers))}`);
    const wanted = this.#program.raises.map((raised) => (typeof raised === 'number' ? `${raised}` : `${raised[0]}(${hex(raised[1])})`)).join(' ');
    const raised = readLog(this.#ours.memory()).map(({ vector, errorCode }, i) => (typeof this.#program.raises[i] === 'number' && errorCode === 0 ? `${vector}` : `${vector}(${hex(errorCode)})`)).join(' ');
    if (raised !== wanted) this.#fail(`raises ${raised || 'nothing'}, by the manual ${wanted || 'nothing'}`);
    if (stepped === undefined) return;
    const differences = [...compareStates(this.#ours.registers, stepped.state, 0), ...compareMemory(this.#ours.memory(), stepped.memory)];
    if (differences.length > 0) this.#fail(`at full speed ${describeFinding(findingOf(this.#name, undefined, this.#ours.registers, stepped.state, differences))}`);
  }

  #fail(what: string): void {
    this.failures.push(what.includes(this.#name) ? what : `${this.#name}: ${what}`);
  }
}

/** Runs a program and compares. Without QEMU it is held to the manual alone. */
export async function runProgram(selected: Selected, ours: BackendMachine, qemu: QemuMachine | undefined): Promise<Outcome> {
  const run = new Run(selected, ours, qemu);
  await run.run();
  return run;
}
