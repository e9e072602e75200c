/** The middle of some numbers, and how far they lie apart. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

export function spreadOf(values: readonly number[]): Spread {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/**
 * How many times faster than the reference, round by round: what slows the host down for a while slows both down, so that
 * the ratios of the rounds lie closer together than their times. Rounds that only one of them has do not count.
 */
export function ratioSpread(reference: readonly number[], seconds: readonly number[]): Spread | undefined {
  const rounds = Math.min(reference.length, seconds.length);
  if (rounds === 0) return undefined;
  return spreadOf(Array.from({ length: rounds }, (_, i) => (reference[i] ?? Number.NaN) / (seconds[i] ?? Number.NaN)));
}
