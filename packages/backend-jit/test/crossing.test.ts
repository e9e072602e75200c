import { FlatMachine } from '@ringzero/engine-tests';
import { describe, expect, it } from 'vitest';
import { createJitHypervisor, type RegionReport } from '../src/index.ts';

const DIRECTORY = 0x10000;
const TABLE = 0x11000;
const TOGGLE = 0x1800;
const LOOP = 0x2fe0;
/** MOV EAX, imm32: opcode and one byte in the first page, three in the second. */
const CROSSING = 0x2ffe;
const TAIL = 0x3000;
const OTHER_TAIL = 0x5000;
const ROUNDS = 2000;
/** Rounds from one call of `TOGGLE` to the next. */
const PERIOD = 60;
const NEVER = 0x4000_0000;

const little = (value: number): number[] => [0, 8, 16, 24].map((shift) => (value >>> shift) & 255);

/** Loads EBX with 0, ECX with `ROUNDS` and ESI with `period`, and calls the loop; writes EBX to port F4h. */
const call = (period: number): number[] => [0x31, 0xdb, 0xb9, ...little(ROUNDS), 0xbe, ...little(period), 0xb8, ...little(LOOP), 0xff, 0xd0, 0x89, 0xd8, 0xe7, 0xf4];
/** mov esp, 8000h; mov eax, DIRECTORY; mov cr3, eax; mov eax, cr0; or eax, 80000000h; mov cr0, eax */
const START = [0xbc, ...little(0x8000), 0xb8, ...little(DIRECTORY), 0x0f, 0x22, 0xd8, 0x0f, 0x20, 0xc0, 0x0d, ...little(0x8000_0000), 0x0f, 0x22, 0xc0];
/** What is in the second page: the immediate's rest; add ebx, eax; dec ecx; jnz LOOP; ret. */
const rest = (immediate: number): number[] => [...little(immediate).slice(1), 0x01, 0xc3, 0x49, 0x0f, 0x85, ...little(LOOP - (TAIL + 3 + 9)), 0xc3];

/** LOOP: dec esi; jnz 2fe8h; call TOGGLE; nops; mov eax, imm32 */
const FIRST_PAGE = [0x4e, 0x75, 0x05, 0xe8, ...little(TOGGLE - (LOOP + 8)), ...Array.from({ length: CROSSING - LOOP - 8 }, () => 0x90), 0xb8, 1];
/** xor dword [TABLE + 12], TAIL ^ OTHER_TAIL; invlpg [TAIL]; mov esi, PERIOD; ret */
const TOGGLES = [0x81, 0x35, ...little(TABLE + 4 * (TAIL >>> 12)), ...little(TAIL ^ OTHER_TAIL), 0x0f, 0x01, 0x3d, ...little(TAIL), 0xbe, ...little(PERIOD), 0xc3];

const CHANGES = {
  /** mov byte [TAIL], 2 */
  'written over': [0xc6, 0x05, ...little(TAIL), 2],
  /** mov dword [TABLE + 12], OTHER_TAIL | 3; invlpg [TAIL] */
  'mapped elsewhere': [0xc7, 0x05, ...little(TABLE + 4 * (TAIL >>> 12)), ...little(OTHER_TAIL | 3), 0x0f, 0x01, 0x3d, ...little(TAIL)],
};

async function runs(code: readonly number[], outputs: number): Promise<{ readonly written: readonly number[]; readonly regions: readonly RegionReport[] }> {
  const regions: RegionReport[] = [];
  const hypervisor = createJitHypervisor({ threshold: 60, loopThreshold: 30 }, { compiled: (region) => void regions.push(region) });
  const machine = new FlatMachine(hypervisor, [...START, ...code, 0xf4]);
  const { memory } = machine;
  memory.writeBytes(DIRECTORY, Uint8Array.from(little(TABLE | 3)));
  memory.writeBytes(TABLE, Uint8Array.from(Array.from({ length: 256 }, (_, page) => little((page << 12) | 3)).flat()));
  memory.writeBytes(TOGGLE, Uint8Array.from(TOGGLES));
  memory.writeBytes(LOOP, Uint8Array.from(FIRST_PAGE));
  memory.writeBytes(TAIL, Uint8Array.from(rest(0x101)));
  memory.writeBytes(OTHER_TAIL, Uint8Array.from(rest(0x201)));
  await machine.run(outputs);
  return { written: machine.written, regions };
}

function containCrossing(regions: readonly RegionReport[]): boolean {
  return regions.some(({ blocks }) => blocks.length > 1 && blocks.some(({ ip }) => ip === CROSSING));
}

describe('an instruction in two pages', () => {
  it.each(Object.entries(CHANGES))('is part of a region, until its second page is %s', async (_, change) => {
    const { written, regions } = await runs([...call(NEVER), ...change, ...call(NEVER), ...call(NEVER)], 3);
    expect(written).toEqual([ROUNDS * 0x101, ROUNDS * 0x201, ROUNDS * 0x201]);
    expect(containCrossing(regions)).toBe(true);
  });

  it('is part of a region in which its second page is mapped elsewhere again and again', async () => {
    const { written, regions } = await runs([...call(PERIOD), ...call(PERIOD)], 2);
    let tail = 0x101;
    const sums = [0, 1].map(() => {
      let expected = 0;
      for (let round = 1; round <= ROUNDS; round++) {
        if (round % PERIOD === 0) tail ^= 0x101 ^ 0x201;
        expected += tail;
      }
      return expected;
    });
    expect(written).toEqual(sums);
    expect(containCrossing(regions)).toBe(true);
  });
});
