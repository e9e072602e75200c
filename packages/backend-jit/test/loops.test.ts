// Guests whose loops a region must close by other ways than a branch back to a header.
import { FlatMachine } from '@ringzero/engine-tests';
import { describe, expect, it } from 'vitest';
import { createJitHypervisor, type JitOptions, type RegionReport } from '../src/index.ts';

const ROUNDS = 3000;
const little = (value: number): number[] => [0, 8, 16, 24].map((shift) => (value >>> shift) & 255);

interface Run {
  readonly machine: FlatMachine;
  readonly regions: readonly RegionReport[];
}

async function run(code: readonly number[], options: JitOptions, quantum: number): Promise<Run> {
  const regions: RegionReport[] = [];
  const machine = new FlatMachine(createJitHypervisor(options, { compiled: (region) => regions.push(region) }), code);
  machine.quantum = quantum;
  await machine.run(1);
  return { machine, regions };
}

/** Budgets that last, and such that a region often refuses to be entered. */
const QUANTA = [10_000, 37, 11];
const EAGER: JitOptions = { threshold: 200, loopThreshold: 100 };

describe('a loop that is entered from its side', () => {
  /**
   * mov ebp, ROUNDS; xor edx, edx; OUTER: mov ecx, 9; test ebp, 1; jz B; A: add eax, ecx; dec ecx; jz END; B: inc edx; dec ecx; jnz A;
   * END: dec ebp; jnz OUTER; add eax, edx; out F4h, eax; hlt
   */
  const code = [
    0xbd, ...little(ROUNDS), 0x31, 0xd2, 0xb9, 9, 0, 0, 0, 0xf7, 0xc5, 1, 0, 0, 0, 0x74, 0x05, 0x01, 0xc8, 0x49, 0x74, 0x04, 0x42, 0x49, 0x75, 0xf7, 0x4d, 0x75,
    0xe7, 0x01, 0xd0, 0xe7, 0xf4, 0xf4,
  ];

  function expected(): number {
    let [eax, edx] = [0, 0];
    for (let round = ROUNDS; round > 0; round--) {
      let ecx = 9;
      let isAtB = round % 2 === 0;
      while (ecx > 0) {
        if (isAtB) edx++;
        else eax += ecx;
        ecx--;
        isAtB = !isAtB;
      }
    }
    return eax + edx;
  }

  it.each(QUANTA)('is inside a region, by a dispatch node (quantum of %i)', async (quantum) => {
    const { machine, regions } = await run(code, EAGER, quantum);
    expect(machine.written).toEqual([expected()]);
    const region = regions.find(({ source }) => source.includes('switch (state)'));
    expect(region?.blocks[0]?.ip).toBe(region?.ip);
    expect(region?.blocks.flatMap(({ edges }) => edges).length).toBeGreaterThan(5);
  });
});

describe('a function that calls itself', () => {
  /**
   * mov esp, 8000h; mov ebp, ROUNDS / 10; OUTER: mov ecx, 12; call F; dec ebp; jnz OUTER; out F4h, eax; hlt; nop;
   * F: cmp ecx, 2; jb LEAF; push ecx; dec ecx; call F; pop ecx; push eax; sub ecx, 2; call F; pop edx; add eax, edx; ret;
   * LEAF: mov eax, ecx; ret
   */
  const code = [
    0xbc, ...little(0x8000), 0xbd, ...little(ROUNDS / 10), 0xb9, 12, 0, 0, 0, 0xe8, 7, 0, 0, 0, 0x4d, 0x75, 0xf3, 0xe7, 0xf4, 0xf4, 0x90, 0x83, 0xf9, 2, 0x72, 0x15,
    0x51, 0x49, 0xe8, ...little(-12), 0x59, 0x50, 0x83, 0xe9, 2, 0xe8, ...little(-22), 0x5a, 0x01, 0xd0, 0xc3, 0x89, 0xc8, 0xc3,
  ];
  const FUNCTION = 0x101b;

  it.each(QUANTA)('is one region, its calls and returns jumps in it (quantum of %i)', async (quantum) => {
    const { machine, regions } = await run(code, EAGER, quantum);
    expect(machine.written).toEqual([144]);
    const region = regions.find(({ ip }) => ip === FUNCTION);
    const [head, ...others] = region?.blocks ?? [];
    expect(head?.ip).toBe(FUNCTION);
    // Both calls lead to the head, and behind both goes on what the two returns lead to.
    expect(others.filter(({ end, edges }) => end === 'jump' && edges.some(({ to }) => to === 0))).toHaveLength(2);
    const returns = others.filter(({ end }) => end === 'computed');
    expect(returns.map(({ edges }) => edges.map(({ to }) => region?.blocks[to]?.ip).sort())).toEqual([[0x1027, 0x1031], [0x1027, 0x1031]]);
  });

  it('is left only to return to its caller', async () => {
    const { machine } = await run(code, { ...EAGER, countTiers: true }, 10_000);
    const value = (name: string): number => Number(Reflect.get(machine.counter(name), 'value'));
    // Each of the 300 calls from outside executes 465 calls and about 4,000 instructions.
    expect(value('tiers/regions')).toBeGreaterThan(20 * value('tiers/interpreter'));
    expect(value('tiers/regionEntries')).toBeLessThan(2 * ROUNDS);
  });
});
