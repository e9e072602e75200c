interface Operation {
  readonly start: number;
  readonly end: number;
  readonly isWrite: boolean;
  /** Fulfilled when it is over, never rejected. */
  readonly over: Promise<void>;
}

/**
 * Lets operations on overlapping ranges take effect in the order in which they were started: one waits for those before it that
 * it overlaps, unless both only read. Others run side by side.
 */
export class RangeOrder {
  readonly #running = new Set<Operation>();

  /** Starts `work` when nothing before it is in its way: at once, and then without a promise if `work` gives none. */
  run(start: number, length: number, isWrite: boolean, work: () => void | Promise<void>): void | Promise<void> {
    const end = start + length;
    const before = [...this.#running].filter((other) => (other.isWrite || isWrite) && other.start < end && start < other.end);
    const result = before.length === 0 ? work() : Promise.all(before.map((other) => other.over)).then(work);
    if (result === undefined) return;
    // Off the list before the caller hears of it, so that what comes next finds the way free.
    const tracked = result.finally(() => this.#running.delete(operation));
    const operation: Operation = { start, end, isWrite, over: tracked.then(() => undefined, () => undefined) };
    this.#running.add(operation);
    return tracked;
  }

  /** Waits for every write that was started; nothing to wait for gives `undefined`. */
  writesOver(): Promise<void> | undefined {
    const writes = [...this.#running].filter(({ isWrite }) => isWrite);
    return writes.length === 0 ? undefined : Promise.all(writes.map(({ over }) => over)).then(() => undefined);
  }

  /** Waits for everything that was started. */
  async allOver(): Promise<void> {
    await Promise.all([...this.#running].map(({ over }) => over));
  }
}

/** Waits until every part is over, whether or not one failed, and then fails as the first one did. Nothing to wait for gives `undefined`. */
export function allOver(parts: readonly Promise<void>[]): Promise<void> | undefined {
  if (parts.length === 0) return undefined;
  return Promise.allSettled(parts).then((results) => {
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  });
}
