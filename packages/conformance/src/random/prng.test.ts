import { describe, expect, it } from 'vitest';
import { randomInstruction } from './instruction-stream.ts';
import { Random } from './prng.ts';

describe('random programs', () => {
  it('repeat from their seed, and differ from the next', () => {
    const program = (seed: number): number[][] => {
      const random = new Random(seed);
      return Array.from({ length: 50 }, () => randomInstruction(random, { bits: 32, data: 0x20000, bytes: 4096 }));
    };
    expect(program(1)).toEqual(program(1));
    expect(program(1)).not.toEqual(program(2));
    expect(program(3).every((bytes) => bytes.length > 0 && bytes.every((value) => value >= 0 && value < 256))).toBe(true);
  });

  it('spread over their range', () => {
    const random = new Random(0);
    const counts = new Array<number>(8).fill(0);
    for (let i = 0; i < 8000; i++) counts[random.below(8)]!++;
    expect(Math.min(...counts)).toBeGreaterThan(850);
    expect(Math.max(...counts)).toBeLessThan(1150);
  });
});
