import { describe, expect, test } from 'vitest';
import { Comparison } from './reference.ts';

/** A repeatable sequence of 32-bit numbers (xorshift). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

const PREFIXES = [0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x66, 0x67, 0x67, 0xf0, 0xf2, 0xf3, 0x40, 0x41, 0x44, 0x48, 0x4f];

describe('random bytes, as iced-x86 decodes them', () => {
  for (const mode of [16, 32, 64] as const) {
    test(`${mode}-bit mode: a long stretch`, () => {
      const next = random(0x9e3779b9 + mode);
      const bytes = Uint8Array.from({ length: 600_000 }, next);
      const comparison = new Comparison(mode);
      comparison.stretch(bytes);
      expect(comparison.mismatches.slice(0, 20)).toEqual([]);
      expect(comparison.valid).toBeGreaterThan(100_000);
    });

    test(`${mode}-bit mode: opcodes behind several prefixes, some too long, some cut short`, () => {
      const next = random(0x1234567 + mode);
      const comparison = new Comparison(mode);
      for (let i = 0; i < 150_000; i++) {
        const prefixes = Array.from({ length: next() % (i % 16 === 0 ? 14 : 4) }, () => PREFIXES[next() % PREFIXES.length]!);
        const escape = [[], [0x0f], [0x0f, 0x38], [0x0f, 0x3a]][next() & 3]!;
        const rest = Array.from({ length: 1 + (next() % 18) }, () => next() & 0xff);
        comparison.one(Uint8Array.from([...prefixes, ...escape, ...rest]));
      }
      expect(comparison.mismatches.slice(0, 20)).toEqual([]);
      expect(comparison.valid).toBeGreaterThan(30_000);
    });
  }
});
