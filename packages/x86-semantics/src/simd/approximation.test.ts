/** RCPPS and RSQRTPS promise a bound, not bits (SDM vol. 2): relative error at most 1.5 · 2^-12, and what becomes of special values. */
import { lane32 } from '@ringzero/x86';
import { describe, expect, test } from 'vitest';
import { createSseMachine, createSseTable } from '../semantics/sse-fixture.ts';

const BOUND = 1.5 * 2 ** -12;
const MXCSR = lane32('mxcsr');
const machine = createSseMachine(createSseTable());
const source = new Uint32Array(machine.views.buffer, machine.xmm(1).byteOffset, 4);
const sourceSingles = new Float32Array(machine.views.buffer, machine.xmm(1).byteOffset, 4);
const result = new Uint32Array(machine.views.buffer, machine.xmm(0).byteOffset, 4);
const resultSingles = new Float32Array(machine.views.buffer, machine.xmm(0).byteOffset, 4);

/** Bits that `form` gives for `bits`. */
function approximate(form: string, bits: number): number {
  source[0] = bits;
  expect(machine.run(form, 0, 1)).toBe('next');
  return result[0]!;
}

describe('reciprocal approximations', () => {
  for (const [name, exact, first, last] of [
    // Reciprocals of larger numbers may be tiny, and are then zero.
    ['Rcp', (x: number): number => 1 / x, 0x00800000, 0x7e7fe800],
    ['Rsqrt', (x: number): number => 1 / Math.sqrt(x), 0x00800000, 0x7f7fffff],
  ] as const) {
    test(`${name} is within 1.5 · 2^-12 of the truth`, () => {
      let seed = 1;
      let worst = 0;
      for (let i = 0; i < 50_000; i++) {
        for (let k = 0; k < 4; k++) {
          seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
          source[k] = first + (seed % (last - first + 1));
          if (name === 'Rcp' && (seed & 0x80000000) !== 0) sourceSingles[k] = -sourceSingles[k]!;
        }
        if (i < 8) source.fill(i < 4 ? first + i : last - i);
        machine.run(`${name}ps_Vps_Wps`, 0, 1);
        for (let k = 0; k < 4; k++) worst = Math.max(worst, Math.abs(resultSingles[k]! / exact(sourceSingles[k]!) - 1));
        const [packed] = result;
        machine.run(`${name}ss_Vss_Wss`, 0, 1);
        if (result[0] !== packed) throw new Error(`${name}: packed ${packed?.toString(16)}, scalar ${result[0]?.toString(16)}`);
      }
      expect(worst).toBeLessThanOrEqual(BOUND);
      expect(worst).toBeGreaterThan(0);
    });
  }

  test('RCPSS of special values', () => {
    const cases: readonly (readonly [bits: number, result: number])[] = [
      [0, 0x7f800000], [0x80000000, 0xff800000], [0x7f800000, 0], [0xff800000, 0x80000000],
      // Denormals are zeros, whatever MXCSR says.
      [1, 0x7f800000], [0x807fffff, 0xff800000],
      // A tiny result is zero.
      [0x7f7fffff, 0], [0xff7fffff, 0x80000000], [0x7e800c01, 0],
      [0x7fc12345, 0x7fc12345], [0x7f812345, 0x7fc12345], [0xff812345, 0xffc12345],
      [0x3f800000, 0x3f800000],
    ];
    for (const [bits, expected] of cases) expect(approximate('Rcpss_Vss_Wss', bits).toString(16), bits.toString(16)).toBe(expected.toString(16));
  });

  test('RSQRTSS of special values', () => {
    const cases: readonly (readonly [bits: number, result: number])[] = [
      [0, 0x7f800000], [0x80000000, 0xff800000], [0x7f800000, 0], [1, 0x7f800000], [0x807fffff, 0xff800000],
      // Of a negative number: the indefinite NaN.
      [0xbf800000, 0xffc00000], [0xff800000, 0xffc00000], [0x80800000, 0xffc00000],
      [0x7fc12345, 0x7fc12345], [0xff812345, 0xffc12345],
      [0x40800000, 0x3f000000],
    ];
    for (const [bits, expected] of cases) expect(approximate('Rsqrtss_Vss_Wss', bits).toString(16), bits.toString(16)).toBe(expected.toString(16));
  });

  test('neither rounding nor unmasked exceptions matter, and no flag is set', () => {
    for (const mxcsr of [0, 0x1f80, 0x7f80, 0xffc0]) {
      machine.R[MXCSR] = mxcsr;
      for (const bits of [0x7f800001, 1, 0, 0xc0490fdb, 0x40490fdb]) {
        for (const form of ['Rcpss_Vss_Wss', 'Rsqrtss_Vss_Wss']) {
          const changed = approximate(form, bits);
          expect(machine.R[MXCSR]).toBe(mxcsr);
          machine.R[MXCSR] = 0x1f80;
          expect(approximate(form, bits)).toBe(changed);
          machine.R[MXCSR] = mxcsr;
        }
      }
    }
  });
});
