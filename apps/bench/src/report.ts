import type { BenchmarkPlan, Results, Row } from './benchmark.ts';
import type { HostRatios } from './browser/compare.ts';
import { engineDefinition } from './engines.ts';
import type { EngineName } from './engines.ts';
import type { Host } from './host.ts';
import type { Profile } from './profile.ts';
import { toCurve } from './sampling.ts';
import { meanRatio } from './table.ts';

/** Everything that was found, as --json writes it and --html shows it. */
export interface Report {
  readonly version: 1;
  readonly date: string;
  readonly host: Host;
  readonly scale: number;
  readonly rounds: number;
  readonly clock: 'wall' | 'cpu';
  readonly engines: readonly { readonly name: EngineName; readonly description: string; readonly geometricMean: number | null }[];
  /** What is missing, and why. */
  readonly notes: readonly string[];
  readonly rows: readonly Row[];
  /** Points of seconds and guest MIPS. */
  readonly curves: readonly { readonly guest: string; readonly engine: EngineName; readonly points: readonly (readonly [number, number])[] }[];
  readonly profiles: readonly Profile[];
  /** Ratios in Chromium over those in Node, of a run that compared them. */
  readonly hosts: readonly HostRatios[];
}

export interface ReportParts {
  readonly host: Host;
  readonly plan: BenchmarkPlan;
  readonly notes: readonly string[];
  readonly profiles: readonly Profile[];
  readonly results: Results;
  readonly hosts?: readonly HostRatios[];
}

export function createReport({ host, hosts = [], notes, plan, profiles, results }: ReportParts, date: Date = new Date()): Report {
  const { clock, engines, rounds, scale } = plan;
  return {
    version: 1,
    date: date.toISOString(),
    host,
    scale,
    rounds,
    clock,
    engines: engines.map((name) => ({ name, description: engineDefinition(name).description, geometricMean: meanRatio(results.rows, name) ?? null })),
    notes,
    rows: results.rows,
    curves: results.warmUps.map(({ engine, guest, samples }) => ({ guest, engine, points: toCurve(samples) })),
    profiles,
    hosts,
  };
}
