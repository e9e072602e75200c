import { FlatMachine } from '@ringzero/engine-tests';
import { expect, it } from 'vitest';
import { CompilationCredit } from '../src/compilation-credit.ts';
import { createJitHypervisor } from '../src/index.ts';

it('is earned by executing, up to a region, and spent by compiling', () => {
  const credit = new CompilationCredit();
  expect(credit.has(0)).toBe(false);
  expect(credit.has(10_000)).toBe(true);
  expect(credit.has(1_000_000_000)).toBe(true);
  // What was executed before is worth no more than this.
  credit.spend(200, 1_000_000_000);
  expect(credit.has(1_000_000_000)).toBe(false);
  expect(credit.has(1_000_010_000)).toBe(true);
});

it('is owed for a while at most', () => {
  const credit = new CompilationCredit();
  // However long nothing was compiled before.
  credit.spend(1_000_000, 1_000_000_000);
  expect(credit.has(1_030_000_000)).toBe(false);
  expect(credit.has(1_030_010_000)).toBe(true);
});

// mov esp, 8000h; mov ecx, 2000; L: call F; loop L; out F4h, al; hlt; F: sixty times inc eax; ret
const CALLS = [0xbc, 0, 0x80, 0, 0, 0xb9, 0xd0, 7, 0, 0, 0xe8, 5, 0, 0, 0, 0xe2, 0xf9, 0xe6, 0xf4, 0xf4, ...Array.from({ length: 60 }, () => 0x40), 0xc3];

const FUNCTION = 0x1014;

it.each([
  [50, true],
  [10_000, false],
])('functions are compiled at %i executions, loops or not: %s', async (functionThreshold, isCompiled) => {
  const regions: number[] = [];
  const machine = new FlatMachine(createJitHypervisor({ threshold: 10_000, loopThreshold: 40, functionThreshold, maxInlined: 0 }, { compiled: ({ ip }) => regions.push(ip) }), CALLS);
  machine.quantum = 10_000;
  await machine.run(1);
  expect(machine.written).toEqual([(2000 * 60) & 255]);
  expect(regions.includes(FUNCTION)).toBe(isCompiled);
});
