import fc from 'fast-check';
import { RingzeroError } from '@ringzero/processor';
import { resolveEmbeddedGuest } from '@ringzero/guests';
import { beforeAll, describe, expect, it } from 'vitest';
import { readState, restoreState, type MachineSnapshot } from '../../src/index.ts';
import { leavesOf, putTogether, replaceLeaf, takeApart, type Forgery } from './forge.ts';
import { bytesOfState, ScriptedMachine, type Typed } from './scripted-machine.ts';

const CONFIG = { memoryBytes: 2 << 20 };
const SCRIPT: readonly Typed[] = [{ at: 21e6, text: 'help\n' }, { at: 30e6, text: 'mem\n' }, { at: 34e6, text: 'poweroff\n' }];
/** In the middle of an answer: the serial port and its interrupts are at work. */
const POINT = 21.04e6;
const EDGES: readonly unknown[] = [0, 1, -1, 0.5, 255, 256, 65536, 2 ** 31, 2 ** 32, -(2 ** 31), 2 ** 53 - 1, -(2 ** 53), 1e300, '', '0x0', null, true, false, [], {}, undefined];

/** A machine in the middle of its work, on which states are tried. */
const victim = new ScriptedMachine('interpreter', CONFIG);
let good: Uint8Array;
let parts: Forgery;
let machineState: unknown;
let snapshot: MachineSnapshot;
let untouched = '';

beforeAll(async () => {
  victim.machine.load(resolveEmbeddedGuest('monitor'));
  victim.schedule(SCRIPT);
  await victim.run(POINT);
  good = await bytesOfState(victim.machine);
  parts = takeApart(good);
  machineState = JSON.parse(Buffer.concat(parts.sections[0]!).toString());
  snapshot = victim.machine.save();
  untouched = victim.final();
});

/** Refused with an error that says why and the victim as it was, or accepted, and then it runs. */
async function attempt(file: Uint8Array): Promise<'refused' | 'accepted'> {
  try {
    await restoreState(victim.machine, await readState(file));
  } catch (error) {
    expect(RingzeroError.isInstance(error), String(error)).toBe(true);
    expect((error as Error).message).toMatch(/saved state|snapshot|state of|state element|index|memory|header|medium|config|device|expected/i);
    expect(victim.final()).toBe(untouched);
    return 'refused';
  }
  const trial = new ScriptedMachine('interpreter', CONFIG);
  trial.machine.restore(victim.machine.save());
  victim.machine.restore(snapshot);
  const exit = await trial.run(trial.machine.clock.now() + 1e6);
  expect(exit.kind, exit.kind === 'failed' ? String((exit.error as Error).stack) : '').not.toBe('failed');
  return 'accepted';
}

function flip(bytes: Uint8Array, flips: readonly (readonly [number, number])[]): Uint8Array {
  const copy = Uint8Array.from(bytes);
  for (const [where, bits] of flips) copy[Math.floor(where * copy.length)]! ^= bits;
  return copy;
}

const FLIPS = fc.array(fc.tuple(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 4 });

describe('a file that is not what was saved', () => {
  it('is refused wherever bytes of it were altered', async () => {
    await fc.assert(fc.asyncProperty(FLIPS, async (flips) => {
      const altered = flip(good, flips);
      fc.pre(Buffer.compare(altered, good) !== 0);
      expect(await attempt(altered)).toBe('refused');
    }), { numRuns: 60, seed: 1 });
  });

  it('is refused wherever it ends, and if it goes on', async () => {
    await fc.assert(fc.asyncProperty(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), async (where) => {
      await expect(readState(good.subarray(0, Math.floor(where * good.length)))).rejects.toThrow(/truncated/);
    }), { numRuns: 60, seed: 2 });
    await expect(readState([good, Uint8Array.of(0)])).rejects.toThrow(/more bytes follow its end/);
  });

  it('does no harm with another header and right checksums', async () => {
    await fc.assert(fc.asyncProperty(FLIPS, async (flips) => {
      await attempt(putTogether({ ...parts, header: Buffer.from(flip(Buffer.from(parts.header), flips)).toString('latin1') }));
    }), { numRuns: 60, seed: 3 });
    const header: unknown = JSON.parse(parts.header);
    await fc.assert(fc.asyncProperty(fc.constantFrom(...leavesOf(header)), fc.constantFrom(...EDGES), async (path, edge) => {
      await attempt(putTogether({ ...parts, header: JSON.stringify(replaceLeaf(header, path, edge)) }, { keepSizes: true }));
    }), { numRuns: 100, seed: 4 });
  });

  it('does no harm with other sections and right checksums', async () => {
    await fc.assert(fc.asyncProperty(fc.nat({ max: 1 }), FLIPS, fc.boolean(), async (section, flips, onlyHead) => {
      const sections = parts.sections.map((chunks, i) => (i === section ? chunks.map((chunk) => (onlyHead ? Buffer.concat([flip(chunk.subarray(0, 64), flips), chunk.subarray(64)]) : flip(chunk, flips))) : chunks));
      await attempt(putTogether({ ...parts, sections }));
    }), { numRuns: 80, seed: 5 });
  });

  it('does no harm with other values in the states of processors and devices', async () => {
    const outcomes = { refused: 0, accepted: 0 };
    await fc.assert(fc.asyncProperty(fc.constantFrom(...leavesOf(machineState)), fc.constantFrom(...EDGES), async (path, edge) => {
      outcomes[await attempt(putTogether({ ...parts, sections: [[Buffer.from(JSON.stringify(replaceLeaf(machineState, path, edge)))], parts.sections[1]!] }))]++;
    }), { numRuns: 150, seed: 6 });
    expect(outcomes.refused).toBeGreaterThan(20);
    expect(outcomes.accepted).toBeGreaterThan(20);
  });

  it('is refused when it expands to more than it announces, or announces more than there can be', async () => {
    const bomb = Buffer.alloc(50 << 20);
    const [state, memory] = parts.sections as [Uint8Array[], Uint8Array[]];
    const cases: [Forgery, Parameters<typeof putTogether>[1], string][] = [
      [{ ...parts, sections: [state, [bomb]] }, { bytes: memory[0]!.length, keepSizes: true }, 'a chunk cannot be decompressed: more than the announced'],
      [{ ...parts, sections: [[Buffer.alloc(65 << 20)], memory] }, {}, 'bytes of processors and devices announced'],
      [{ ...parts, header: parts.header.replace(/"pages": \d+/, '"pages": 9999999999') }, {}, 'of memory for 9999999999 pages announced'],
      [parts, { bytes: 0x7fff_ffff }, 'bytes, stored as'],
      [parts, { storedBytes: 0x7fff_fff0 }, 'stored as 2147483632'],
      [{ ...parts, sections: [[Buffer.from(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`)], memory] }, {}, 'nested more than 64 deep'],
      [{ ...parts, sections: [[Buffer.from('{"now":1}')], memory] }, {}, 'but the header'],
      [{ header: parts.header.replace(/"pages": \d+/, '"pages": 1000'), sections: [state, [...memory, ...memory]] }, {}, 'expected ascending ones below'],
    ];
    for (const [forgery, lies, problem] of cases) await expect(readState(putTogether(forgery, lies))).rejects.toThrow(problem);
  });

  it('has left the machine unharmed: it goes on as if nothing had been', async () => {
    const undisturbed = new ScriptedMachine('jit', CONFIG);
    undisturbed.machine.load(resolveEmbeddedGuest('monitor'));
    undisturbed.schedule(SCRIPT);
    expect((await undisturbed.run()).kind).toBe('powerOff');
    expect(victim.final()).toBe(untouched);
    expect((await victim.run()).kind).toBe('powerOff');
    expect(victim.output).toBe(undisturbed.output);
    expect(victim.final()).toBe(undisturbed.final());
  });
});
