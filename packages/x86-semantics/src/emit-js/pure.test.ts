import { describe, expect, it } from 'vitest';
import { divideSigned, divideUnsigned, mulHighSigned, mulHighUnsigned, signedQuotientFits } from './pure.ts';

const unsigned = (x: number): bigint => BigInt(x >>> 0);
const signed = (x: number): bigint => BigInt(x | 0);
const word = (x: bigint): number => Number(BigInt.asIntN(32, x));

const EDGES = [0, 1, 2, 3, 7, 10, 0x7fff, 0x8000, 0xffff, 0x10000, 0x10001, 0x7fff_fffe, 0x7fff_ffff, 0x8000_0000, 0x8000_0001, 0xffff_fffe, 0xffff_ffff].map((x) => x | 0);

/** Numbers of every magnitude, the same each time. */
function* numbers(count: number): Generator<number> {
  let seed = 0x2545f491;
  for (let i = 0; i < count; i++) {
    seed ^= seed << 13;
    seed ^= seed >>> 17;
    seed ^= seed << 5;
    yield seed >> (i & 31);
  }
}

function triples(): [number, number, number][] {
  const edges = EDGES.flatMap((a) => EDGES.flatMap((b) => EDGES.map((c): [number, number, number] => [a, b, c])));
  const source = numbers(60_000);
  const random = Array.from({ length: 20_000 }, (): [number, number, number] => [source.next().value as number, source.next().value as number, source.next().value as number]);
  return [...edges, ...random];
}

/** Dividends that are a multiple of the divisor, or just beside one: where a quotient of doubles cannot tell. */
function nearMultiples(): [number, number, number][] {
  const source = numbers(40_000);
  return Array.from({ length: 20_000 }, (_, i): [number, number, number] => {
    const divisor = (source.next().value as number) | 1;
    const product = unsigned(divisor) * unsigned(source.next().value as number) + BigInt((i % 3) - 1);
    return [word(product >> 32n), word(product), divisor];
  });
}

describe('pure functions', () => {
  it('multiplies to 64 bits', () => {
    for (const [a, b] of triples()) {
      expect(mulHighUnsigned(a, b)).toBe(word((unsigned(a) * unsigned(b)) >> 32n));
      expect(mulHighSigned(a, b)).toBe(word((signed(a) * signed(b)) >> 32n));
    }
  });

  it('divides 64 unsigned bits', () => {
    let divisions = 0;
    for (const [high, low, divisor] of [...triples(), ...nearMultiples()]) {
      if (high >>> 0 >= divisor >>> 0) continue;
      divisions++;
      const quotient = ((unsigned(high) << 32n) | unsigned(low)) / unsigned(divisor);
      expect(divideUnsigned(high, low, divisor), `${high >>> 0}:${low >>> 0} / ${divisor >>> 0}`).toBe(word(quotient));
    }
    expect(divisions).toBeGreaterThan(20_000);
  });

  it('divides 64 signed bits where the quotient fits', () => {
    const kinds = [0, 0];
    const extended = triples().map(([, low, divisor]): [number, number, number] => [low >> 31, low, divisor]);
    for (const [high, low, divisor] of [...triples(), ...extended, ...nearMultiples()]) {
      if (divisor === 0) continue;
      const quotient = ((signed(high) << 32n) | unsigned(low)) / signed(divisor);
      const fits = quotient === BigInt.asIntN(32, quotient) ? 1 : 0;
      kinds[fits] += 1;
      expect(signedQuotientFits(high, low, divisor), `${high}:${low >>> 0} / ${divisor}`).toBe(fits);
      if (fits === 1) expect(divideSigned(high, low, divisor), `${high}:${low >>> 0} / ${divisor}`).toBe(word(quotient));
    }
    expect(Math.min(...kinds)).toBeGreaterThan(5_000);
  });
});
