import type { BenchmarkPlan } from './benchmark.ts';
import { guestsOf, requestFor } from './benchmark.ts';
import type { EngineName } from './engines.ts';
import { isOurs } from './engines.ts';
import type { MeasureReply, MeasureRequest } from './measurement.ts';

/** Where the time of one run went, and how often V8 gave up optimized code. */
export interface Profile {
  readonly guest: string;
  readonly engine: EngineName;
  /** Shares of the time by place. */
  readonly tiers?: Readonly<Record<string, number>>;
  readonly deopts?: MeasureReply['deopts'];
}

/** Runs apart from the measured ones, since watching slows down: one with a profiler, one with --trace-deopt. */
export async function runProfiles(
  plan: BenchmarkPlan,
  measure: (request: MeasureRequest, traceDeopts: boolean) => Promise<MeasureReply>,
  onProgress: (text: string) => void,
): Promise<Profile[]> {
  const profiles: Profile[] = [];
  for (const guest of guestsOf(plan.workloads)) {
    for (const engine of plan.engines.filter(isOurs)) {
      onProgress(`profiling ${guest} on ${engine}`);
      const request = requestFor(plan, engine, guest);
      const { tiers } = await measure({ ...request, profile: true }, false);
      const { deopts } = await measure(request, true);
      profiles.push({ guest, engine, ...(tiers && { tiers }), ...(deopts && { deopts }) });
    }
  }
  return profiles;
}

/** A line for each profile: the shares of a hundredth and more, and the deoptimizations. */
export function formatProfiles(profiles: readonly Profile[]): string[] {
  return profiles.map(({ guest, engine, tiers = {}, deopts }) => {
    const shares = Object.entries(tiers).filter(([, share]) => share >= 0.01).sort(([, a], [, b]) => b - a);
    const times = shares.map(([place, share]) => `${place} ${(share * 100).toFixed(0)} %`).join(', ');
    return `${guest} on ${engine}: ${times}; ${deopts?.perSecond.toFixed(1) ?? '?'} deoptimizations per second once warm, ${deopts?.total ?? '?'} in all`;
  });
}
