import { expect, test } from 'vitest';
import type { Vectors } from '../format/cases.ts';
import { EIP } from '../format/layout.ts';
import { generate } from '../generate/generate.ts';
import { decodeVectors, encodeVectors } from './codec.ts';
import { byFamily, CorpusError, readFamily, readManifest } from './corpus.ts';

const QUALITY = 1;
const SCALE = 0.01;

test('a family survives encoding', () => {
  for (const name of ['control', 'string', 'stack']) {
    const vectors = readFamily(name);
    const again = decodeVectors(encodeVectors(vectors, QUALITY), name);
    expect(again.codes).toEqual(vectors.codes);
    expect(again.cases).toEqual(vectors.cases);
    expect(again.outcomes).toEqual(vectors.outcomes);
  }
});

test('EIP is kept where it is no consequence of the rest', () => {
  const code = { offset: 0x1_0040, bytes: Uint8Array.of(0xeb, 0xfd, 0xcc), forms: ['Jmp_Jb'], family: 'control', profile: 'integer', segments: 'flat' } as const;
  const outcomes = [{ vector: 3, errorCode: 0, cr2: 0, lanes: [], memory: [] }, { vector: 14, errorCode: 0x14, cr2: 0x3000_0000, lanes: [{ lane: EIP, value: 0x3000_0000 }], memory: [] }];
  const vectors: Vectors = { codes: [code], cases: outcomes.map((_, seed) => ({ code: 0, seed, overrides: [], patches: [] })), outcomes };
  // The first went back to the INT3 before its code, and so to the EIP that it began with.
  expect(decodeVectors(encodeVectors(vectors, QUALITY), 'control').outcomes.map(({ lanes }) => lanes)).toEqual([[{ lane: EIP, value: 0x1001_0040 }], [{ lane: EIP, value: 0x3000_0000 }]]);
});

function generated(seed: number): Uint8Array {
  const { codes, cases } = generate({ seed, scale: SCALE });
  expect(new Set(cases.map((item) => item.seed)).size).toBe(cases.length);
  const outcomes = cases.map(() => ({ vector: 3, errorCode: 0, cr2: 0, lanes: [], memory: [] }));
  return encodeVectors({ codes, cases, outcomes }, QUALITY);
}

test('the generator makes the same cases of the same seed, and other ones of another', () => {
  const first = generated(1);
  expect(Buffer.compare(generated(1), first)).toBe(0);
  expect(Buffer.compare(generated(2), first)).not.toBe(0);
});

test('families partition the codes', () => {
  const { codes, cases } = generate({ seed: 3, scale: SCALE });
  const outcomes = cases.map(() => ({ vector: 3, errorCode: 0, cr2: 0, lanes: [], memory: [] }));
  const families = [...byFamily({ codes, cases, outcomes }).values()];
  expect(families.reduce((sum, family) => sum + family.cases.length, 0)).toBe(cases.length);
  expect(families.reduce((sum, family) => sum + family.codes.length, 0)).toBe(codes.length);
});

test('a family that is not there is named', () => {
  expect(() => readFamily('avx')).toThrow(CorpusError);
  expect(readManifest().bits).toBe(32);
});
