import { expect, test } from 'vitest';
import type { Code } from '../format/cases.ts';
import { FX_ST, STATE_LANES } from '../format/layout.ts';
import { Context, type Difference } from './context.ts';
import { areClose, extendedUlps, isInDomain } from './tolerance.ts';

const CODE: Code = { offset: 0x1_0040, bytes: Uint8Array.of(0xd9, 0xf0, 0xcc), forms: ['F2xm1'], family: 'x87', profile: 'x87', segments: 'flat' };

function contextWith(differences: readonly Difference[], start: Int32Array = new Int32Array(STATE_LANES)): Context {
  return new Context(CODE, start, { vector: 3, errorCode: 0, cr2: 0, lanes: [], memory: [] }, differences);
}

function covered(...differences: readonly Difference[]): boolean {
  const context = contextWith(differences);
  return differences.every((difference) => extendedUlps(difference, context));
}

const low = (expected: number, actual: number): Difference => ({ what: 'st1[0]', expected, actual });
const high = (expected: number, actual: number): Difference => ({ what: 'st1[1]', expected, actual });
const exponent = (expected: number, actual: number): Difference => ({ what: 'st1[2]', expected, actual });

test('a significand may be off by one, carries included, and by no more', () => {
  expect(covered(low(5, 6))).toBe(true);
  expect(covered(low(5, 7))).toBe(false);
  expect(covered(low(-1, 0), high(-2, -1))).toBe(true);
  expect(covered(low(0, -1), high(-0x8000_0000, 0x7fff_ffff))).toBe(true);
  expect(covered(high(5, 6))).toBe(false);
  expect(covered(low(-1, 0), high(-1, -0x8000_0000), exponent(0x3ffe, 0x3fff))).toBe(true);
  expect(covered(exponent(0x3ffe, 0x3fff))).toBe(false);
  expect(covered({ what: 'fcw/fsw', expected: 0x0220_037f, actual: 0x037f })).toBe(true);
  expect(covered({ what: 'fcw/fsw', expected: 0x0001_037f, actual: 0x037f })).toBe(false);
  expect(covered({ what: 'eax', expected: 1, actual: 2 })).toBe(false);
});

test('approximations may differ by twice their error', () => {
  const lane = (expected: number, actual: number): Difference => ({ what: 'xmm0[0]', expected, actual });
  expect(areClose(lane(0x3f80_0000, 0x3f7f_f800))).toBe(true);
  expect(areClose(lane(0x3f80_0000, 0x3f7f_0000))).toBe(false);
  expect(areClose(lane(0, 0x0080_0000))).toBe(true);
  expect(areClose(lane(0x7fc0_0000, 0x3f80_0000))).toBe(false);
});

test('F2XM1 is defined from -1 to 1', () => {
  const withTop = (significand: number, biased: number): Context => {
    const start = new Int32Array(STATE_LANES);
    start[FX_ST + 1] = significand;
    start[FX_ST + 2] = biased;
    return contextWith([], start);
  };
  expect(isInDomain(withTop(-0x8000_0000, 0x3fff))).toBe(true);
  expect(isInDomain(withTop(-0x4000_0000, 0xbffe))).toBe(true);
  expect(isInDomain(withTop(-0x4000_0000, 0x3fff))).toBe(false);
  expect(isInDomain(withTop(-0x8000_0000, 0xffff))).toBe(false);
});
