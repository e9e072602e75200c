import { describe, expect, it } from 'vitest';
import { OperationStore, requireCapacity } from './operation-store.ts';

/** A store with a pool. */
function pooled(capacity: number): OperationStore {
  const store = new OperationStore(capacity);
  store.recycle();
  return store;
}

/** Takes operations for blocks of `count` until there are none. */
function takeAll(store: OperationStore, count: number): number[] {
  const starts: number[] = [];
  for (let start = store.reserve(count); start >= 0; start = store.reserve(count)) starts.push(start);
  return starts;
}

describe('OperationStore', () => {
  it('has no pool before a guest has had many operations decoded', () => {
    const store = new OperationStore(16_000);
    for (let i = 0; i < 200; i++) {
      expect(store.reserve(10)).toBe(-1);
      expect(store.isDue).toBe(false);
    }
    expect(new Set(store.operations(-1, 10)).size).toBe(10);
    store.release(-1, 10);
    store.reserve(10);
    expect(store.isDue).toBe(true);
    store.recycle();
    expect(store.isDue).toBe(false);
    expect(store.reserve(10)).toBe(0);
    expect(store.reserve(7)).toBe(10);
  });

  it('gives each operation to one block', () => {
    const store = pooled(1600);
    const starts = takeAll(store, 7);
    const taken = starts.flatMap((start) => store.operations(start, 7));
    expect(starts).toHaveLength(Math.floor(1700 / 7));
    expect(new Set(taken).size).toBe(taken.length);
  });

  it('gives what was released to others only when it is recycled', () => {
    const store = pooled(1600);
    const starts = takeAll(store, 10);
    const kept = new Set(starts.filter((_, i) => i % 3 !== 0).flatMap((start) => store.operations(start, 10)));
    for (const [i, start] of starts.entries()) if (i % 3 === 0) store.release(start, 10);
    expect(store.isDue).toBe(true);
    expect(store.reserve(1)).toBe(-1);
    store.recycle();
    const again = takeAll(store, 5).flatMap((start) => store.operations(start, 5));
    expect(again).toHaveLength(10 * Math.ceil(starts.length / 3));
    expect(again.filter((operation) => kept.has(operation))).toEqual([]);
    expect(new Set(again).size).toBe(again.length);
  });

  it('takes a block into a run that is long enough, and the rest of a run later', () => {
    const store = pooled(1600);
    const starts = takeAll(store, 10);
    // Runs of 20 and of 130.
    for (const start of [...starts.slice(0, 2), ...starts.slice(5, 18)]) store.release(start, 10);
    store.recycle();
    expect([store.reserve(15), store.reserve(15), store.reserve(40), store.reserve(70)]).toEqual([0, 50, 65, 105]);
    // Five of the first run and five of the second are left: too few to look for them again at once.
    expect([store.reserve(5), store.reserve(1), store.isDue]).toEqual([175, -1, false]);
  });

  it('has a capacity that makes sense', () => {
    for (const capacity of [99, 1.5, Number.NaN, 1e8]) expect(() => requireCapacity('interpreter', capacity)).toThrow(`interpreter decodedInstructions ${capacity}: expected an integer from 100 to 10000000`);
    requireCapacity('JIT', 100);
  });
});
