/*
 * Saves Debian's boot at many random points of virtual time, restores each on the other engine, and compares.
 *
 *     pnpm --filter @ringzero/machine debian-states [--points 100] [--whole 10] [--seed 1] [--cpu nehalem] [--processors 1]
 *
 * A machine boots to the shell and on to `END`. It is saved at each point and goes on. Each saved state is restored in a machine on
 * the other engine, which runs to the next point: its whole state (processors, devices, a hash of memory) and the output since must
 * be those of the first machine there; every so many (`--whole`) run to the end instead, from where all go on alike. Prints a line
 * for each point; the exit status is 1 if one differs.
 */
import { createHash } from 'node:crypto';
import { parseArgs } from 'node:util';
import { createInterpreterHypervisor } from '@ringzero/backend-interpreter';
import { createJitHypervisor } from '@ringzero/backend-jit';
import { locateGuest } from '@ringzero/guests/node';
import { Machine, readState, restoreState, saveState, type BootSource, type MachineConfig } from '../src/index.ts';

const { values } = parseArgs({
  options: {
    points: { type: 'string', default: '100' },
    whole: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
    cpu: { type: 'string', default: 'nehalem' },
    processors: { type: 'string', default: '1' },
  },
});
/** The shell is ready after some 27 s of virtual time. */
const END = 28e9;
const CONFIG: MachineConfig = { memoryBytes: 256 << 20, clock: 'virtual', cpu: values.cpu, processors: Number(values.processors) };

class Run {
  output = '';
  readonly machine: Machine;

  constructor(engine: 'jit' | 'interpreter') {
    const hypervisor = engine === 'jit' ? createJitHypervisor() : createInterpreterHypervisor();
    this.machine = new Machine(CONFIG, hypervisor, { onSerial: (byte) => void (this.output += String.fromCharCode(byte)) });
  }

  async until(time: number): Promise<void> {
    this.machine.clock.schedule(time, () => this.machine.stop());
    const exit = await this.machine.run();
    if (exit.kind !== 'stopped') throw new Error(`the machine ended: ${JSON.stringify(exit)}`);
  }

  /** Output so far, and what the state is. */
  summary(): { readonly output: string; readonly state: string } {
    const { memory, ...state } = this.machine.save();
    return { output: this.output, state: JSON.stringify({ ...state, memory: createHash('sha256').update(memory).digest('hex') }) };
  }
}

/** Where two states differ, a few places of them. */
function differences(one: unknown, other: unknown, at: string = ''): string[] {
  if (Object.is(one, other)) return [];
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return [`${at}: ${JSON.stringify(one)}, restored ${JSON.stringify(other)}`];
  const [a, b] = [one, other] as Record<string, unknown>[];
  return [...new Set([...Object.keys(a!), ...Object.keys(b!)])].flatMap((name) => differences(a![name], b![name], `${at}/${name}`)).slice(0, 8);
}

async function save(machine: Machine): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of saveState(machine)) pieces.push(piece);
  return Buffer.concat(pieces);
}

function randomPoints(count: number, seed: number): number[] {
  let x = seed;
  const points = Array.from({ length: count }, () => {
    x = (Math.imul(x, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((x / 2 ** 32) * (END - 1e9)) + 1000;
  });
  return points.sort((a, b) => a - b);
}

const guest = await locateGuest('debian');
const source = (): BootSource => {
  const { image, initrd, commandLine } = guest.read();
  return { kind: 'linux', image, commandLine, name: 'debian', ...(initrd === undefined ? {} : { initrd }) };
};
/** A saved point, and what the machine had said until then. */
interface Point {
  readonly number: number;
  readonly time: number;
  readonly file: Uint8Array;
  readonly output: string;
}

const original = new Run('jit');
original.machine.load(source);
const goals: Point[] = [];
let different = 0;

/** Restores a point in a machine, runs it to where the first machine is, and compares. */
async function compare({ number, time, file, output }: Point): Promise<void> {
  const engine = number % 2 === 0 ? 'interpreter' : 'jit';
  const restored = new Run(engine);
  await restoreState(restored.machine, await readState(file));
  const end = original.machine.clock.now();
  await restored.until(end);
  const [expected, found] = [original.summary(), restored.summary()];
  const isSame = output + found.output === expected.output && found.state === expected.state;
  console.log(`${String(number + 1).padStart(3)}  ${(time / 1e9).toFixed(6)} s  ${(file.length / 2 ** 20).toFixed(1)} MB  on the ${engine} to ${(end / 1e9).toFixed(6)} s  ${isSame ? 'the same' : 'DIFFERENT'}`);
  if (isSame) return;
  different++;
  for (const line of differences(JSON.parse(expected.state), JSON.parse(found.state))) console.log(`     ${line}`);
}

const points = randomPoints(Number(values.points), Number(values.seed));
let before: Point | undefined;
for (const [number, time] of points.entries()) {
  await original.until(time);
  if (before !== undefined) await compare(before);
  const point = { number, time, file: await save(original.machine), output: original.output };
  const isWhole = number % Number(values.whole) === 0;
  if (isWhole) goals.push(point);
  before = isWhole ? undefined : point;
}
await original.until(END);
if (!original.output.includes('shell ready')) throw new Error(`no shell at the end: ${JSON.stringify(original.output.slice(-200))}`);
for (const point of before === undefined ? goals : [before, ...goals]) await compare(point);
console.log(`${points.length} points, ${different} different; output ${createHash('sha256').update(original.output).digest('hex').slice(0, 16)}`);
process.exitCode = different === 0 ? 0 : 1;
