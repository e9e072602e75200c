// The host's property is a function's value each time that it is read.
const { performance } = globalThis as unknown as { readonly performance: { now(): number } };

/** The host's monotonic time in milliseconds, as finely as the host tells it. No guest sees it. */
export function hostMilliseconds(): number {
  return performance.now();
}
