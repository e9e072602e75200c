import type { Case, Code } from '../format/cases.ts';
import { Sequence } from '../format/random.ts';
import { CodeBook } from './code-book.ts';
import { produceSequences } from './sequences.ts';
import { produceUndefined } from './undefined.ts';
import { produceSingles } from './single.ts';

/** How much to generate, and from what. */
export interface GenerateOptions {
  readonly seed: number;
  /** 1 is the size of the committed corpus. */
  readonly scale: number;
}

/** Generates codes and cases: the same ones for the same seed and opcode map. */
export function generate({ seed, scale }: GenerateOptions): { codes: readonly Code[]; cases: readonly Case[] } {
  const book = new CodeBook();
  const cases: Case[] = [];
  let lastSeed = seed << 24;
  const production = { random: new Sequence(seed), book, cases, nextSeed: () => ++lastSeed };
  produceSingles(production, scale);
  produceUndefined(production);
  produceSequences(production, scale);
  return { codes: book.codes, cases };
}
