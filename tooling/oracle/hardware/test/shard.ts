import { describe, expect, it } from 'vitest';
import { readFamily, readManifest } from '../src/corpus/corpus.ts';
import { BACKENDS } from '../src/replay/backends.ts';
import { replay } from '../src/replay/replay.ts';
import { describeExceptions, describeMismatch } from '../src/replay/report.ts';

/** Seconds that a family may take on a slow host. */
const PATIENCE = 240_000;
const SHARDS = 3;
const SHOWN = 5;

/** Families of a shard: the largest go first, each to the shard that has least so far. */
function familiesOf(shard: number): string[] {
  const loads = new Array<number>(SHARDS).fill(0);
  const families: string[][] = loads.map(() => []);
  for (const [name, { cases }] of Object.entries(readManifest().families).sort(([, a], [, b]) => b.cases - a.cases)) {
    const least = loads.indexOf(Math.min(...loads));
    loads[least] += cases;
    families[least].push(name);
  }
  return families[shard];
}

/** Declares the replay of a share of the corpus on every backend: zero mismatches. */
export function describeShard(shard: number): void {
  describe(`vectors of a real processor, part ${shard + 1} of ${SHARDS}`, () => {
    const excused = new Map<string, number>();
    for (const name of familiesOf(shard)) {
      for (const [backend, create] of Object.entries(BACKENDS)) {
        it(`${name} on the ${backend}`, async () => {
          const vectors = readFamily(name);
          const { replayed, mismatches, blocksCompiled, excused: used } = await replay(create(), vectors);
          for (const [exception, count] of used) excused.set(exception, (excused.get(exception) ?? 0) + count);
          expect(mismatches.slice(0, SHOWN).map((mismatch) => describeMismatch(mismatch, vectors))).toEqual([]);
          expect(replayed).toBe(readManifest().families[name].cases);
          if (backend === 'jit') expect(blocksCompiled).toBeGreaterThan(0);
        }, PATIENCE);
      }
    }
    it('prints the exceptions that it needed', () => {
      const text = describeExceptions(excused);
      console.log(text);
      expect(text).toContain('Exceptions');
    });
  });
}
