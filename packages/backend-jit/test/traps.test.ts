// The traps of V8 that a JIT to JavaScript falls into, each measured (apps/bench/README.md lists them, and where the others are tested).
import { Execution } from '@ringzero/backend-interpreter/engine';
import { createFlatVp, FlatMachine } from '@ringzero/engine-tests';
import { describe, expect, it } from 'vitest';
import { createJitHypervisor, type JitObserver, type JitOptions, type RegionReport } from '../src/index.ts';
import { resolveOptions } from '../src/options.ts';

/** mov esp, 8000h; mov ecx, `times`; L: then `body`, which ends with a jump to L while work is left; out F4h, al; hlt. */
function loop(times: number, body: readonly number[] = [0x01, 0xc8, 0xe2, 0xfc]): number[] {
  return [0xbc, 0, 0x80, 0, 0, 0xb9, times & 255, (times >> 8) & 255, (times >> 16) & 255, times >>> 24, ...body, 0xe6, 0xf4, 0xf4];
}
const LOOP_START = 0x100a;

async function run(code: readonly number[], options: JitOptions, quantum = 10_000): Promise<{ readonly machine: FlatMachine; readonly regions: readonly RegionReport[] }> {
  const regions: RegionReport[] = [];
  const observer: JitObserver = { compiled: (region) => regions.push(region) };
  const machine = new FlatMachine(createJitHypervisor(options, observer), code);
  machine.quantum = quantum;
  await machine.run(1);
  return { machine, regions };
}

const valueOf = (machine: FlatMachine, name: string): number => Number(Reflect.get(machine.counter(name), 'value'));

it('1: the first entries of a region are short, so that its way out has run and no loop is under way for long before V8 optimizes it', async () => {
  const { machine } = await run(loop(1_000_000), { loopThreshold: 10, countTiers: true }, Number.POSITIVE_INFINITY);
  // Of two thousand instructions each, or all two million would be a thousand entries; how many quanta there are is up to the host.
  expect(valueOf(machine, 'tiers/regionEntries')).toBeGreaterThan(150);
  expect(valueOf(machine, 'tiers/regionEntries')).toBeLessThan(700);
  expect(valueOf(machine, 'tiers/regions')).toBeGreaterThan(1_990_000);
  expect(machine.written).toEqual([Number((1_000_000n * 1_000_001n / 2n) & 255n)]);
});

it('2: what never ran is not in the text, but behind an exit', async () => {
  // L: test ecx, ecx; js COLD; loop L; COLD: inc edx
  const { regions } = await run(loop(50_000, [0x85, 0xc9, 0x78, 0x02, 0xe2, 0xfa, 0x42]), {});
  const region = regions.find(({ ip }) => ip === LOOP_START);
  expect(region?.blocks.map(({ ip }) => ip)).toEqual([LOOP_START, LOOP_START + 4]);
  expect(region?.source).not.toContain(`// ${(LOOP_START + 6).toString(16)}\n`);
  expect(region?.exits).toContainEqual({ kind: 'taken', block: 0 });
});

it('3: budgets are finite, so that a loop is left and entered again', async () => {
  // Nothing else asks for a turn: the clock would let it run for ever.
  const { machine } = await run(loop(20_000_000), { countTiers: true }, Number.POSITIVE_INFINITY);
  expect(valueOf(machine, 'tiers/regions')).toBeGreaterThan(39_000_000);
  expect(valueOf(machine, 'tiers/regionEntries')).toBeGreaterThan(40_000_000 / 4_000_000);
});

describe('operands in memory', () => {
  // L: mov eax, [address]; loop L
  const load = async (address: number, dispatchSwitch: 'always' | 'never'): Promise<readonly string[]> => {
    const { regions } = await run(loop(3000, [0xa1, address & 255, address >> 8, 0, 0, 0xe2, 0xf9]), { loopThreshold: 10, dispatchSwitch });
    return regions.filter(({ ip }) => ip === LOOP_START).map(({ source }) => /M32\[|M\.getInt32/.exec(source)![0]);
  };
  const ways = ['always', 'never'] as const;

  it.each(ways)('are elements of an array, which V8 reads fast before it optimizes (switch: %s)', async (way) => {
    expect(await load(0x9004, way)).toEqual(['M32[']);
  });

  it.each(ways)('that turn out not to be aligned have the region formed anew for them, once (switch: %s)', async (way) => {
    expect(await load(0x9001, way)).toEqual(['M32[', 'M.getInt32']);
  });

  it('that are not aligned in most rounds alone have it formed anew when that has cost enough', async () => {
    // L: movzx ebx, cl; mov eax, [ebx + 9000h]; loop L
    const texts = async (rounds: number): Promise<readonly string[]> => {
      const { regions } = await run(loop(rounds, [0x0f, 0xb6, 0xd9, 0x8b, 0x83, 0x00, 0x90, 0, 0, 0xe2, 0xf5]), { loopThreshold: 10 });
      return regions.map(({ source }) => /M32\[|M\.getInt32/.exec(source)![0]);
    };
    expect(await texts(20_000)).toEqual(['M32[']);
    expect(await texts(40_000)).toEqual(['M32[', 'M.getInt32']);
  });

  it('two of them that are checked together are told from each other, and executed in regions', async () => {
    // L: add esi, 8; and esi, 7FFh; or esi, 9001h; mov eax, [esi]; mov ebx, [esi + 4]; loop L
    const body = [0x83, 0xc6, 8, 0x81, 0xe6, 0xff, 0x07, 0, 0, 0x81, 0xce, 0x01, 0x90, 0, 0, 0x8b, 0x06, 0x8b, 0x5e, 4, 0xe2, 0xea];
    const { machine, regions } = await run(loop(200_000, body), { loopThreshold: 10, threshold: 100, countTiers: true });
    expect(regions.at(-1)?.source.match(/M32\[|M\.getInt32/g)).toEqual(['M.getInt32', 'M.getInt32']);
    expect(regions.length).toBeLessThan(5);
    expect(valueOf(machine, 'tiers/regions')).toBeGreaterThan(0.5 * valueOf(machine, 'instructionsRetired'));
  });

  it.each([
    ['on the stack: sub esp, 15; push dword [9004h]; pop edx; add esp, 15', [0x83, 0xec, 15, 0xff, 0x35, 0x04, 0x90, 0, 0, 0x5a, 0x83, 0xc4, 15, 0xe2, 0xf1]],
    ['at the start of an inlined callee: call F; loop L; F: mov eax, [9001h]; ret', [0xe8, 5, 0, 0, 0, 0xe2, 0xf9, 0xe6, 0xf4, 0xf4, 0xa1, 0x01, 0x90, 0, 0, 0xc3]],
  ])('%s: executed in regions all the same', async (_, body) => {
    const { machine } = await run(loop(20_000, body), { loopThreshold: 10, threshold: 100, countTiers: true });
    expect(valueOf(machine, 'tiers/regions')).toBeGreaterThan(0.9 * valueOf(machine, 'instructionsRetired'));
  });
});

it('6: what compiled code reads and writes is in buffers of a fixed size', () => {
  const { vp } = new Execution(createFlatVp());
  for (const { buffer } of [vp.R, vp.B, vp.H, vp.F, vp.S, vp.tlb.read, vp.tlb.write, vp.tlb.code, vp.memory.view, vp.memory.u8, vp.memory.u16, vp.memory.i32]) {
    expect(Object.prototype.toString.call(buffer)).toMatch(/^\[object (Shared)?ArrayBuffer\]$/);
    expect([Reflect.get(buffer, 'resizable'), Reflect.get(buffer, 'growable')]).not.toContain(true);
  }
});

describe('7: compilation is late', () => {
  it('a loop is compiled when its header has run ten thousand times', async () => {
    expect((await run(loop(8_000), { startFactor: 1 })).regions).toEqual([]);
    const { regions } = await run(loop(12_500), { startFactor: 1 });
    expect(regions.map(({ blocks: [head] }) => [head!.ip, head!.isLoopHeader])).toEqual([[LOOP_START, true]]);
    // Of sixteen executions one is looked at.
    expect(regions[0]!.blocks[0]!.executions).toBeGreaterThan(10_000);
    expect(regions[0]!.blocks[0]!.executions).toBeLessThanOrEqual(10_016);
  });

  it('but at two thousand while the guest starts, if nobody has said', async () => {
    expect((await run(loop(1_000), {})).regions).toEqual([]);
    expect((await run(loop(3_000), {})).regions.map(({ ip }) => ip)).toEqual([LOOP_START]);
    expect((await run(loop(3_000), { threshold: 100_000 })).regions).toEqual([]);
    // Ahead of it mov ecx, 110,000,000; loop $
    const late = [0xb9, 0x80, 0x77, 0x8e, 0x06, 0xe2, 0xfe, ...loop(5_000)];
    expect((await run(late, { loopThreshold: 2_000, startFactor: 1 }, 1_000_000)).regions.map(({ ip }) => ip)).toEqual([0x1005, LOOP_START + 7]);
    expect((await run(late, {}, 1_000_000)).regions.map(({ ip }) => ip)).toEqual([0x1005]);
  });

  it('anything else at a hundred thousand, by which time its loop has been', async () => {
    const { loopThreshold, threshold } = resolveOptions({});
    expect([loopThreshold, threshold]).toEqual([10_000, 100_000]);
    // The block behind JS heads no loop.
    const { regions } = await run(loop(99_000, [0x85, 0xc9, 0x78, 0x00, 0xe2, 0xfa]), { maxBlocks: 1, startFactor: 1 });
    expect(regions.map(({ ip }) => ip)).toEqual([LOOP_START]);
  });
});

it('8: compiled functions are bounded, and what is dropped still runs', async () => {
  expect(resolveOptions({}).maxCompiled).toBeLessThanOrEqual(3_000);
  // Twenty blocks, one after the other, a thousand times over: jmp to the next.
  const body = [...Array.from({ length: 20 }, () => [0x40, 0xeb, 0x00]).flat(), 0xe2, 0xc2];
  const { machine, regions } = await run(loop(1_000, body), { threshold: 10, unit: 'block', maxCompiled: 5 });
  expect(regions.length).toBeGreaterThan(20);
  expect(valueOf(machine, 'blocksLive')).toBe(5);
  expect(valueOf(machine, 'blocksEvicted')).toBe(regions.length - 5);
  expect(machine.written).toEqual([20_000 & 255]);
});

it('statistics tell what the JIT did', async () => {
  const { machine } = await run(loop(100_000, [0x9c, 0x58, 0xe2, 0xfc]), { countTiers: true, startFactor: 1 }, 7_000);
  const [regions, helpers, interpreter, alone] = ['regions', 'helpers', 'interpreter', 'alone'].map((name) => valueOf(machine, `tiers/${name}`));
  // PUSHF is a helper, POP EAX and LOOP are not; OUT is one, too, which is begun and then executed alone.
  expect(helpers).toBe(100_001);
  // Ten thousand rounds are executed before there is a region.
  expect(regions! / 2).toBeGreaterThan(85_000);
  expect(regions! / 2).toBeLessThan(91_000);
  expect(regions! + interpreter!).toBeGreaterThan(199_900);
  expect(regions! + interpreter! + alone!).toBeLessThan(200_100);
  expect(valueOf(machine, 'blocksCompiled')).toBeGreaterThan(0);
});

it('statistics tell what regions executed, without a look at anything else', async () => {
  const { machine } = await run(loop(300_000, [0x9c, 0x58, 0xe2, 0xfc]), { countRegions: true, startFactor: 1 }, 7_000);
  // PUSHF, POP EAX and LOOP, but for the rounds before there is a region: blocks are counted by samples as ever.
  expect(valueOf(machine, 'tiers/regions') / 3).toBeGreaterThan(270_000);
  expect(valueOf(machine, 'tiers/regions') / 3).toBeLessThan(291_000);
  expect(valueOf(machine, 'tiers/helpers')).toBe(0);
});

it('statistics tell how often regions are left for a block outside', async () => {
  // inc eax; jmp to the next; loop: each of the two blocks is a function of its own.
  const { machine } = await run(loop(1_000, [0x40, 0xeb, 0x00, 0xe2, 0xfb]), { threshold: 10, unit: 'block' });
  expect(valueOf(machine, 'exitsTaken')).toBeGreaterThan(1_800);
});
