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
const original = new Run('jit');
original.machine.load(source);
const points = randomPoints(Number(values.points), Number(values.seed));
const stops: { readonly time: number; readonly file: Uint8Array; readonly output: string; readonly state: string }[] = [];
for (const time of [...points, END]) {
  await original.until(time);
  stops.push({ time, file: await save(original.machine), ...original.summary() });
}
const end = stops.at(-1)!;
if (!end.output.includes('shell ready')) throw new Error(`no shell at the end: ${JSON.stringify(end.output.slice(-200))}`);
let different = 0;
for (const [i, stop] of stops.slice(0, -1).entries()) {
  const engine = i % 2 === 0 ? 'interpreter' : 'jit';
  const isWhole = i % Number(values.whole) === 0;
  const goal = isWhole ? end : stops[i + 1]!;
  const restored = new Run(engine);
  await restoreState(restored.machine, await readState(stop.file));
  await restored.until(goal.time);
  const { output, state } = restored.summary();
  const isSame = stop.output + output === goal.output && state === goal.state;
  if (!isSame) different++;
  console.log(`${String(i + 1).padStart(3)}  ${(stop.time / 1e9).toFixed(6)} s  ${(stop.file.length / 2 ** 20).toFixed(1)} MB  on the ${engine} to ${(goal.time / 1e9).toFixed(6)} s  ${isSame ? 'the same' : 'DIFFERENT'}`);
}
console.log(`${points.length} points, ${different} different; output ${createHash('sha256').update(end.output).digest('hex').slice(0, 16)}`);
process.exitCode = different === 0 ? 0 : 1;
