import { describe, expect, it } from 'vitest';
import { carryOf, conditionOf, flagsWord } from '../flags/flags.ts';
import { KIND_INC, KIND_DEC, KIND_RESULT, KIND_WORD, OSZAPC } from '../flags/kinds.ts';
import { FLAG_A, FLAG_B, FLAG_KIND } from '../vp/lanes.ts';
import { conditionText } from './condition-text.ts';
import { carryText, flagsText, TEXT_KINDS } from './flag-text.ts';
import { InterpreterTarget } from './interpreter-target.ts';
import { isProductWide } from './pure.ts';

const VALUES = [0, 1, 2, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x7fffffff, -0x80000000, -1, -2, 0x12345678, 0xf, 0x10, -16];

/** Pairs that a record of this kind can hold. */
function operands(kind: number): [number, number][] {
  const shift = [24, 16, 0][kind & 3]!;
  const family = kind & -4;
  return VALUES.flatMap((a) =>
    VALUES.map((b): [number, number] => {
      const top = family === KIND_WORD ? 0 : a << shift;
      if (family === KIND_WORD) return [0, (a ^ b) & OSZAPC];
      if (family === KIND_INC || family === KIND_DEC) return [top, b & 1];
      return [top, family === KIND_RESULT ? (b ^ a) & 0x811 : b << shift];
    }),
  );
}

describe('flags as arithmetic', () => {
  it.each(TEXT_KINDS)('of kind %d are those of the record', (kind) => {
    const functionOf = (text: string): ((a: number, b: number) => number) => {
      const made = new Function('fa', 'fb', 'isProductWide', `return ${text};`) as (a: number, b: number, isWide: typeof isProductWide) => number;
      return (a, b) => made(a, b, isProductWide);
    };
    const carry = functionOf(carryText(kind));
    const word = functionOf(flagsText(kind));
    for (const [a, b] of operands(kind)) {
      expect(carry(a, b), `carry of ${a} ${b}`).toBe(carryOf(kind, a, b));
      expect(word(a, b), `flags of ${a} ${b}`).toBe(flagsWord(kind, a, b) & OSZAPC);
    }
  });

  it.each(TEXT_KINDS)('conditions of kind %d are those of the record', (kind) => {
    for (let code = 0; code < 16; code++) {
      const test = new Function('fa', 'fb', 'conditionOf', 'isProductWide', `return ${conditionText(code, kind, `${kind}`)};`) as (a: number, b: number, of: typeof conditionOf, isWide: typeof isProductWide) => boolean;
      for (const [a, b] of operands(kind)) expect(test(a, b, conditionOf, isProductWide), `condition ${code} of ${a} ${b}`).toBe(conditionOf(code, kind, a, b) !== 0);
    }
  });

  it.each(TEXT_KINDS)('conditions of kind %d are those of the record where only the state tells the kind', (kind) => {
    const R = new Int32Array(64);
    R[FLAG_KIND] = kind;
    for (let code = 0; code < 16; code++) {
      const test = new Function('R', 'conditionOf', `return ${new InterpreterTarget().condition(code)};`) as (state: Int32Array, of: typeof conditionOf) => boolean;
      for (const [a, b] of operands(kind)) {
        R[FLAG_A] = a;
        R[FLAG_B] = b;
        expect(test(R, conditionOf), `condition ${code} of ${a} ${b}`).toBe(conditionOf(code, kind, a, b) !== 0);
      }
    }
  });
});
