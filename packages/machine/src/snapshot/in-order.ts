/** Chunks that are compressed or decompressed at a time: enough for the threads of a small host, and few megabytes. */
const IN_FLIGHT = 6;

/** The results of `work` on each item, in their order, with several in progress. Stops taking items when one fails or nobody goes on. */
export async function* inOrder<Item, Result>(items: Iterable<Item> | AsyncIterable<Item>, work: (item: Item) => Promise<Result>): AsyncGenerator<Result, void, undefined> {
  const pending: Promise<Result>[] = [];
  for await (const item of items) {
    const promise = work(item);
    // It is awaited when its turn comes, which it may not if one before it fails.
    promise.catch(() => undefined);
    pending.push(promise);
    if (pending.length >= IN_FLIGHT) yield await pending.shift()!;
  }
  for (const promise of pending) yield await promise;
}
