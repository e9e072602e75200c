// Calls of what is just behind them: what fills the return stack, and thunks that return to where they are told (Linux's retpolines).
import { CODE, FlatMachine } from '@ringzero/engine-tests';
import { describe, expect, it } from 'vitest';
import { createJitHypervisor, type RegionReport } from '../src/index.ts';

const ROUNDS = 4000;
const [OUTER, BEHIND_THUNK, THUNK, F, G] = [0x0c, 0x32, 0x3b, 0x4b, 0x4f];
const little = (value: number): number[] => [0, 8, 16, 24].map((shift) => (value >>> shift) & 255);

/**
 * mov esp, 8000h; mov ebp, ROUNDS; xor edx, edx; OUTER: call A; int3; A: call B; int3; B: add esp, 8; mov eax, F; test ebp, 3; jnz C; mov eax, G; C: call THUNK;
 * inc edx; dec ebp; jnz OUTER; mov eax, edx; out F4h, eax; hlt; THUNK: call D; pause; lfence; jmp -7; D: mov [esp], eax; ret;
 * F: add edx, 3; ret; G: add edx, 5; ret
 */
const code = [
  0xbc, ...little(0x8000), 0xbd, ...little(ROUNDS), 0x31, 0xd2, 0xe8, 1, 0, 0, 0, 0xcc, 0xe8, 1, 0, 0, 0, 0xcc, 0x83, 0xc4, 8, 0xb8, ...little(CODE + F), 0xf7, 0xc5, 3, 0, 0, 0, 0x75, 5,
  0xb8, ...little(CODE + G), 0xe8, ...little(THUNK - BEHIND_THUNK), 0x42, 0x4d, 0x75, 0xd6, 0x89, 0xd0, 0xe7, 0xf4, 0xf4, 0xe8, 7, 0, 0, 0, 0xf3, 0x90, 0x0f, 0xae,
  0xe8, 0xeb, 0xf9, 0x89, 0x04, 0x24, 0xc3, 0x83, 0xc2, 3, 0xc3, 0x83, 0xc2, 5, 0xc3,
];

describe('a loop with calls ahead', () => {
  it.each([10_000, 37, 11])('is one region, with the functions that its thunk leads to (quantum of %i)', async (quantum) => {
    const regions: RegionReport[] = [];
    const machine = new FlatMachine(createJitHypervisor({ threshold: 200, loopThreshold: 100 }, { compiled: (region) => regions.push(region) }), code);
    machine.quantum = quantum;
    await machine.run(1);
    expect(machine.written).toEqual([ROUNDS + 3 * ROUNDS + 2 * (ROUNDS / 4)]);
    const covered = regions.map(({ ip, blocks }) => (ip === CODE + OUTER ? blocks.map((block) => block.ip - CODE) : []));
    expect(covered).toContainEqual(expect.arrayContaining([OUTER, OUTER + 6, OUTER + 12, THUNK, THUNK + 12, F, BEHIND_THUNK]));
  });
});

describe('a function that finds out its own address', () => {
  it('returns to its caller, in the region', async () => {
    // mov esp, 8000h; mov ebp, ROUNDS; xor edx, edx; OUTER: call P; inc edx; dec ebp; jnz OUTER; mov eax, edx; out F4h, eax; hlt;
    // P: call A; A: pop eax; add edx, 3; ret
    const looping = [
      0xbc, ...little(0x8000), 0xbd, ...little(ROUNDS), 0x31, 0xd2, 0xe8, 9, 0, 0, 0, 0x42, 0x4d, 0x75, 0xf7, 0x89, 0xd0, 0xe7, 0xf4, 0xf4, 0xe8, 0, 0, 0, 0, 0x58, 0x83,
      0xc2, 3, 0xc3,
    ];
    const regions: RegionReport[] = [];
    const machine = new FlatMachine(createJitHypervisor({ threshold: 200, loopThreshold: 100 }, { compiled: (region) => regions.push(region) }), looping);
    await machine.run(1);
    expect(machine.written).toEqual([4 * ROUNDS]);
    const loop = regions.find(({ ip, blocks }) => ip === CODE + OUTER && blocks.length > 2);
    // The return leads to what is behind the call, and that to the region's first block.
    const [back] = loop?.blocks.filter(({ end }) => end === 'computed') ?? [];
    const behind = loop?.blocks[back?.edges[0]?.to ?? -1];
    expect(behind?.ip).toBe(CODE + OUTER + 5);
    expect(behind?.edges.map(({ to }) => to)).toContain(0);
  });
});

describe('a function that calls itself through a thunk', () => {
  it('is in a region once', async () => {
    // mov esp, 8000h; mov ebp, ROUNDS / 10; xor edx, edx; OUTER: mov ecx, 10; mov eax, F; call T; dec ebp; jnz OUTER; mov eax, edx; out F4h, eax; hlt;
    // F: dec ecx; jz R; mov eax, F; call T; R: inc edx; ret; T: call A; pause; lfence; jmp -7; A: mov [esp], eax; ret
    const f = CODE + 0x24;
    const recursive = [
      0xbc, ...little(0x8000), 0xbd, ...little(ROUNDS / 10), 0x31, 0xd2, 0xb9, 10, 0, 0, 0, 0xb8, ...little(f), 0xe8, ...little(0x31 - 0x19), 0x4d, 0x75, 0xee, 0x89, 0xd0, 0xe7, 0xf4,
      0xf4, 0x90, 0x49, 0x74, 0x0a, 0xb8, ...little(f), 0xe8, ...little(0x31 - 0x2f), 0x42, 0xc3, 0xe8, 7, 0, 0, 0, 0xf3, 0x90, 0x0f, 0xae, 0xe8, 0xeb, 0xf9, 0x89, 0x04, 0x24, 0xc3,
    ];
    const regions: RegionReport[] = [];
    const machine = new FlatMachine(createJitHypervisor({ threshold: 200, loopThreshold: 100 }, { compiled: (region) => regions.push(region) }), recursive);
    await machine.run(1);
    expect(machine.written).toEqual([ROUNDS]);
    const own = regions.filter(({ ip }) => ip === f);
    expect(own.length).toBeGreaterThan(0);
    for (const { blocks } of own) expect(blocks.filter(({ ip }) => ip === f)).toHaveLength(1);
  });
});

describe('a function that ends with a jump to a thunk', () => {
  it('is in the region with where the thunk leads, and what follows its caller', async () => {
    // mov esp, 8000h; mov ebp, ROUNDS; xor edx, edx; OUTER: call G; dec ebp; jnz OUTER; mov eax, edx; out F4h, eax; hlt;
    // G: mov eax, H; jmp T; H: add edx, 3; ret; T: call A; pause; lfence; jmp -7; A: mov [esp], eax; ret
    const h = CODE + 0x23;
    const jumping = [
      0xbc, ...little(0x8000), 0xbd, ...little(ROUNDS), 0x31, 0xd2, 0xe8, 8, 0, 0, 0, 0x4d, 0x75, 0xf8, 0x89, 0xd0, 0xe7, 0xf4, 0xf4, 0xb8, ...little(h), 0xe9, 4, 0, 0, 0,
      0x83, 0xc2, 3, 0xc3, 0xe8, 7, 0, 0, 0, 0xf3, 0x90, 0x0f, 0xae, 0xe8, 0xeb, 0xf9, 0x89, 0x04, 0x24, 0xc3,
    ];
    const regions: RegionReport[] = [];
    const machine = new FlatMachine(createJitHypervisor({ threshold: 200, loopThreshold: 100 }, { compiled: (region) => regions.push(region) }), jumping);
    await machine.run(1);
    expect(machine.written).toEqual([3 * ROUNDS]);
    const loop = regions.find(({ ip, blocks }) => ip === CODE + OUTER && blocks.some((block) => block.ip === h));
    const returning = loop?.blocks.find((block) => block.ip === h);
    expect(returning?.edges.map(({ to }) => loop?.blocks[to]?.ip)).toEqual([CODE + OUTER + 5]);
  });
});
