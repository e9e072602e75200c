import { describe, expect, it } from 'vitest';
import { OperationStore, requireCapacity } from './operation-store.ts';

/** Takes operations for blocks of `count` until there are none. */
function takeAll(store: OperationStore, count: number): number[] {
  const starts: number[] = [];
  for (let start = store.reserve(count); start >= 0; start = store.reserve(count)) starts.push(start);
  return starts;
}

describe('OperationStore', () => {
  it('has rows for a block side by side, and none for operations that have no place', () => {
    const store = new OperationStore(1600);
    const rowsOf = (start: number): number[] => store.operations(start, 3).map(({ row }) => row);
    const [first, second] = [rowsOf(store.reserve(3)), rowsOf(store.reserve(3))];
    const [apart] = store.apart(1);
    expect(first).toEqual([first[0]!, first[0]! + 8, first[0]! + 16]);
    expect(second[0]).toBe(first[0]! + 24);
    expect(apart!.row).toBeGreaterThan(0);
    expect(apart!.row).toBeLessThan(first[0]!);
    expect(rowsOf(-1)).toEqual([0, 0, 0]);
    expect(() => store.apart(2000)).toThrow(RangeError);
    for (const op of [apart!, ...store.operations(0, 6)]) expect(store.rows.operations[op.row / 8]).toBe(op);
  });

  it('gives each operation to one block', () => {
    const store = new OperationStore(1600);
    const starts = takeAll(store, 7);
    const taken = starts.flatMap((start) => store.operations(start, 7));
    expect(starts).toHaveLength(Math.floor(1700 / 7));
    expect(new Set(taken).size).toBe(taken.length);
  });

  it('gives what was released to others only when it is recycled', () => {
    const store = new OperationStore(1600);
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
    const store = new OperationStore(1600);
    const starts = takeAll(store, 10);
    // Runs of 20 and of 130.
    for (const start of [...starts.slice(0, 2), ...starts.slice(5, 18)]) store.release(start, 10);
    store.recycle();
    expect([store.reserve(15), store.reserve(15), store.reserve(40), store.reserve(70)]).toEqual([0, 50, 65, 105]);
    // Five of each are left: too few to look for them again at once.
    expect([store.reserve(5), store.reserve(5), store.reserve(1), store.isDue]).toEqual([15, 175, -1, false]);
  });

  it('keeps long runs for long blocks, whatever lies before them', () => {
    const store = new OperationStore(16_000);
    const starts = takeAll(store, 10);
    // Six hundred runs of ten, then one of two hundred.
    for (const start of [...starts.slice(0, 1200).filter((_, i) => i % 2 === 0), ...starts.slice(1300, 1320)]) store.release(start, 10);
    store.recycle();
    for (let times = 0; times < 500; times++) expect(store.reserve(10)).toBeLessThan(12_000);
    expect([store.reserve(49), store.reserve(49)]).toEqual([13_000, 13_049]);
  });

  it('has a capacity that makes sense', () => {
    for (const capacity of [99, 1.5, Number.NaN, 1e8]) expect(() => requireCapacity('interpreter', capacity)).toThrow(`interpreter decodedInstructions ${capacity}: expected an integer from 100 to 10000000`);
    requireCapacity('JIT', 100);
  });
});
