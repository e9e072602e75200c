import type { BenchmarkPlan, Measure, Results, Row } from '../benchmark.ts';
import { runBenchmarks } from '../benchmark.ts';
import type { EngineName } from '../engines.ts';
import { REFERENCE } from '../engines.ts';
import { geometricMean, type Spread } from '../statistics.ts';
import { layOut } from '../table.ts';

/** How far Chromium's ratio may be from Node's. */
export const TOLERANCE = 0.15;

/** An engine's speed over v86's on one workload, in Node and in Chromium. */
export interface HostRatios {
  readonly workload: string;
  readonly engine: EngineName;
  readonly node: Spread;
  readonly chromium: Spread;
  /** Chromium's over Node's, of the medians. */
  readonly quotient: number;
}

export interface Comparison {
  readonly ratios: readonly HostRatios[];
  /** Of each engine: the geometric mean of the quotients. */
  readonly quotients: Readonly<Partial<Record<EngineName, number>>>;
}

/** Both hosts' results, and what they have in common. */
export interface HostResults {
  readonly node: Results;
  readonly chromium: Results;
  readonly comparison: Comparison;
}

function ratioOf(rows: readonly Row[], workload: string, engine: EngineName): Spread | undefined {
  const cell = rows.find((row) => row.workload === workload)?.cells[engine];
  return cell === undefined || 'failure' in cell ? undefined : cell.ratio;
}

/** What two tables of the same plan have in common. */
export function compareRows(node: readonly Row[], chromium: readonly Row[], engines: readonly EngineName[]): Comparison {
  const ratios = engines.filter((engine) => engine !== REFERENCE).flatMap((engine) =>
    node.flatMap(({ workload }): HostRatios[] => {
      const [here, there] = [ratioOf(node, workload, engine), ratioOf(chromium, workload, engine)];
      return here && there ? [{ workload, engine, node: here, chromium: there, quotient: there.median / here.median }] : [];
    }),
  );
  return compared(ratios);
}

/** Ratios with their means. */
export function compared(ratios: readonly HostRatios[]): Comparison {
  const quotients = Object.fromEntries(
    [...new Set(ratios.map(({ engine }) => engine))].map((engine) => [engine, geometricMean(ratios.filter((each) => each.engine === engine).map(({ quotient }) => quotient))]),
  );
  return { ratios, quotients };
}

/** Measures the plan in Node and in Chromium. Both compare with v86 in the same host, so that what slows one host down cancels out. */
export async function compareHosts(plan: BenchmarkPlan, inNode: Measure, inChromium: Measure, onProgress: (text: string) => void, isStopped: () => boolean): Promise<HostResults> {
  const node = await runBenchmarks(plan, inNode, (text) => onProgress(`Node, ${text}`), isStopped);
  const chromium = await runBenchmarks(plan, inChromium, (text) => onProgress(`Chromium, ${text}`), isStopped);
  return { node, chromium, comparison: compareRows(node.rows, chromium.rows, plan.engines) };
}

function spread({ max, median, min }: Spread): string {
  return min === max ? median.toFixed(2) : `${median.toFixed(2)} (${min.toFixed(2)}-${max.toFixed(2)})`;
}

/** The cells of a table: a line for each workload and engine, and one for each engine's mean. */
export function comparisonCells({ quotients, ratios }: Comparison): string[][] {
  const head = ['workload', 'engine', 'Node, v86 = 1', 'Chromium, v86 = 1', 'Chromium/Node'];
  const body = ratios.map(({ chromium, engine, node, quotient, workload }) => [workload, engine, spread(node), spread(chromium), quotient.toFixed(2)]);
  const means = Object.entries(quotients).map(([engine, quotient]) => ['geometric mean', engine, '', '', `${quotient.toFixed(2)}${Math.abs(quotient - 1) <= TOLERANCE ? '' : ` (beyond ${TOLERANCE * 100} %)`}`]);
  return [head, ...body, ...means];
}

export function formatComparison(comparison: Comparison): string {
  return layOut(comparisonCells(comparison));
}
