import { describe, expect, it } from 'vitest';
import { describeDifference } from '../src/report.ts';
import { Lockstep, type Difference } from '../src/lockstep.ts';
import { createProgram, type Program } from '../src/program.ts';
import { shrink } from '../src/shrink.ts';
import { buildSurroundings } from '../src/surroundings.ts';

const surroundings = buildSurroundings();

/** What campaigns have found, smallest first; the engines must agree on them from then on. */
const FOUND: readonly { readonly name: string; readonly program: Omit<Program, 'seed' | 'stateSeed' | 'chunks'> }[] = [
  { name: 'a conditional branch beyond the limit of a 16-bit segment faults at the branch', program: { kind: 'virtual8086', slots: [[[0x66, 0x0f, 0x8f, 0x7f, 0x1f, 0x07, 0xd6]]] } },
  { name: 'so does LOOP, which has not counted then', program: { kind: 'user16', slots: [[[0xb9, 5, 0], [0x66, 0xe2, 0x80]], [[0x66, 0x0f, 0x85, 0xff, 0x6b, 0x1f, 0xb3]]] } },
  { name: 'code written in real mode becomes a branch beyond the limit', program: { kind: 'real', slots: [[[0xc7, 0x06, 0x86, 0xcf, 0x0f, 0x8e], [0x66, 0x0f, 0x8e, 0x4b, 0x7f, 0x8f, 0x01]]] } },
  { name: 'a page that was written and then mapped anew without INVLPG is in the TLB for reads as well', program: { kind: 'kernel', slots: [[[0x9c], [0x0f, 0xab, 0x1d, 0xff, 0x6f, 0, 0]], [[0xc7, 5, 0x1c, 0x10, 4, 0, 5, 0x70, 0, 0], [0xdc, 0x91, 0x70, 0x8e, 0x84, 0xa3]]] } },
];

describe('what fuzzing has found', () => {
  for (const { name, program } of FOUND) {
    it(name, async () => {
      const lockstep = new Lockstep(surroundings);
      for (let seed = 1; seed <= 16; seed++) {
        const difference = await lockstep.run({ ...program, seed, stateSeed: seed, chunks: [3, -5, 100] });
        expect(difference && describeDifference(difference, surroundings.get(program.kind)!)).toBeUndefined();
      }
    });
  }
});

describe('what fuzzing has found in sequences', () => {
  it('a monitor that a program has armed is not armed in the next', async () => {
    const lockstep = new Lockstep(surroundings);
    // xor ecx, ecx; mov eax, 8D00h; monitor; then xor ecx, ecx; mwait; inc eax. Each JIT runs one of the two; nothing writes to that page when a machine is set back.
    const slots = [[[[0x31, 0xc9], [0xb8, 0, 0x8d, 0, 0], [0x0f, 0x01, 0xc8]]], [[[0x31, 0xc9], [0x0f, 0x01, 0xc9], [0x40]]]];
    for (const [seed, each] of slots.entries()) {
      const difference = await lockstep.run({ kind: 'kernel', slots: each, seed, stateSeed: seed, chunks: [3, 100] });
      expect(difference && describeDifference(difference, surroundings.get('kernel')!)).toBeUndefined();
    }
  });

  it('RF at a fault in the middle of a repetition is the same whether or not a run of it touched decoded code', async () => {
    const lockstep = new Lockstep(surroundings);
    // Only one of the JITs runs the first program, whose code the repetition of the second overwrites.
    for (const seed of [40_215_411, 40_215_412]) {
      const difference = await lockstep.run(createProgram(seed, surroundings));
      expect(difference && describeDifference(difference, surroundings.get(difference.program.kind)!)).toBeUndefined();
    }
  });
});

it('what fuzzing has found in pages mapped anew without INVLPG: an instruction reads what it then writes, though other reads see the page of before', async () => {
  const lockstep = new Lockstep(surroundings);
  for (const seed of [82_157_072, 83_210_234, 83_221_622]) {
    const difference = await lockstep.run(createProgram(seed, surroundings));
    expect(difference && describeDifference(difference, surroundings.get(difference.program.kind)!)).toBeUndefined();
  }
});

describe('the driver', () => {
  it('makes the same program of a seed, and others of others', () => {
    expect(createProgram(7, surroundings)).toEqual(createProgram(7, surroundings));
    expect(createProgram(7, surroundings)).not.toEqual(createProgram(8, surroundings));
  });

  it('shrinks a difference to the instruction that makes it', async () => {
    const program: Program = { seed: 1, stateSeed: 1, kind: 'kernel', slots: [[[0x40], [0x0f, 0x0b]], [[0x43], [0x0f, 0x31], [0x4f]]], chunks: [2, 3, 50] };
    // An engine that is wrong about RDTSC, and about nothing else.
    const broken: Pick<Lockstep, 'run'> = {
      run: (candidate) => {
        const differs = candidate.slots.some((slot) => slot.some((bytes) => bytes[0] === 0x0f && bytes[1] === 0x31));
        const difference: Difference = { program: candidate, engines: ['a', 'b'], chunk: 0, eip: [0, 0], what: ['rax'] };
        return Promise.resolve(differs ? difference : undefined);
      },
    };
    const smallest = await shrink((await broken.run(program))!, broken);
    expect(smallest.program.slots).toEqual([[[0x90], [0x90, 0x90]], [[0x90], [0x0f, 0x31], [0x90]]]);
    expect(smallest.program.chunks).toEqual([50]);
    expect(describeDifference(smallest, surroundings.get('kernel')!)).toContain('rdtsc');
  });
});
