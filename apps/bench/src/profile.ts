import type { BenchmarkPlan, Measure } from './benchmark.ts';
import { guestsOf, requestFor } from './benchmark.ts';
import type { EngineName } from './engines.ts';
import { isOurs } from './engines.ts';
import type { MeasureReply } from './measurement.ts';

/** Where the time of one run went, and how often V8 gave up optimized code. */
export interface Profile {
  readonly guest: string;
  readonly engine: EngineName;
  /** Shares of the time by place. */
  readonly tiers?: Readonly<Record<string, number>>;
  readonly deopts?: MeasureReply['deopts'];
  /** Of the JIT: what it did, and instructions by tier. */
  readonly counters?: MeasureReply['counters'];
}

/** Runs apart from the measured ones, since watching slows down: one with a profiler, one with --trace-deopt. */
export async function runProfiles(
  plan: BenchmarkPlan,
  measure: Measure,
  onProgress: (text: string) => void,
): Promise<Profile[]> {
  const profiles: Profile[] = [];
  for (const guest of guestsOf(plan.workloads)) {
    for (const engine of plan.engines.filter(isOurs)) {
      onProgress(`profiling ${guest} on ${engine}`);
      const request = requestFor(plan, engine, guest);
      const { tiers } = await measure({ ...request, watch: 'samples' });
      const { counters, deopts } = await measure({ ...request, watch: 'deopts' });
      profiles.push({ guest, engine, ...(tiers && { tiers }), ...(deopts && { deopts }), ...(counters && { counters }) });
    }
  }
  return profiles;
}

function percentages(shares: Readonly<Record<string, number>>): string {
  const shown = Object.entries(shares).filter(([, share]) => share >= 0.01).sort(([, a], [, b]) => b - a);
  return shown.map(([place, share]) => `${place} ${(share * 100).toFixed(0)} %`).join(', ');
}

/** Where instructions were executed: in regions, by helpers, by the interpreter, or alone (devices, single steps). */
const TIERS = ['regions', 'helpers', 'interpreter', 'alone'] as const;

/** What the JIT did; nothing for an engine that is none. */
function formatCounters(counters: Readonly<Record<string, number>>): string {
  const count = (name: string): number => counters[name] ?? 0;
  const total = TIERS.reduce((sum, tier) => sum + count(`tiers/${tier}`), 0);
  if (total === 0) return '';
  const instructions = percentages(Object.fromEntries(TIERS.map((tier) => [tier, count(`tiers/${tier}`) / total])));
  const perEntry = count('tiers/regions') / Math.max(1, count('tiers/regionEntries'));
  return `; instructions: ${instructions}; ${count('blocksCompiled')} functions of ${count('instructionsCompiled')} instructions, ${count('blocksEvicted')} evicted, ${count('regionsInvalidated')} invalidated, ${count('regionsReformed')} formed anew; ${perEntry.toFixed(0)} instructions for each entry`;
}

/** A line for each profile: the shares of a hundredth and more, deoptimizations, and what the JIT did. */
export function formatProfiles(profiles: readonly Profile[]): string[] {
  return profiles.map(
    ({ counters = {}, deopts, engine, guest, tiers = {} }) =>
      `${guest} on ${engine}: time: ${percentages(tiers)}; ${deopts?.perSecond.toFixed(1) ?? '?'} deoptimizations per second once warm, ${deopts?.total ?? '?'} in all${formatCounters(counters)}`,
  );
}
