import type { EngineName } from './engines.ts';
import { REFERENCE } from './engines.ts';
import type { MeasureReply, MeasureRequest, Sample, StepResult } from './measurement.ts';
import { ratioSpread, spreadOf } from './statistics.ts';
import type { Spread } from './statistics.ts';
import { expectedOutput, findWorkload, hasOutput, recordedInstructions, stepsFor } from './workloads.ts';

/** What to measure. */
export interface BenchmarkPlan {
  /** Names of workloads. */
  readonly workloads: readonly string[];
  readonly engines: readonly EngineName[];
  readonly scale: number;
  readonly rounds: number;
  /** What counts: seconds of the wall clock, or of the processor (for a host that is busy with other things). */
  readonly clock: 'wall' | 'cpu';
  /** Where the programs for the host have been built. */
  readonly nativeFolder: string;
}

/** What one engine did with one workload, or why it failed. */
export type Cell =
  | { readonly seconds: Spread; readonly rounds: readonly number[]; readonly ratio?: Spread; readonly peakMemoryBytes?: number }
  | { readonly failure: string };

/** One line of the table. */
export interface Row {
  readonly workload: string;
  readonly description: string;
  /** Guest instructions of one run, as our engines count them; `undefined` if none of them ran it. */
  readonly instructions: number | undefined;
  readonly cells: Readonly<Partial<Record<EngineName, Cell>>>;
}

/** The warm-up of one run, from the machine's start. */
export interface WarmUp {
  readonly guest: string;
  readonly engine: EngineName;
  readonly samples: readonly Sample[];
}

export interface Results {
  readonly rows: readonly Row[];
  /** Of the first round. */
  readonly warmUps: readonly WarmUp[];
}

/** Does one measurement. */
export type Measure = (request: MeasureRequest) => Promise<MeasureReply>;

interface Collected {
  readonly rounds: number[];
  peakMemoryBytes?: number;
  failure?: string | undefined;
}

export function requestFor(plan: BenchmarkPlan, engine: EngineName, guest: string): MeasureRequest {
  const { nativeFolder, scale, workloads } = plan;
  return { engine, guest, scale, steps: stepsFor(guest, workloads, scale), nativeFolder, watch: 'nothing' };
}

/** The guests that have to run for the workloads, each once. */
export function guestsOf(workloads: readonly string[]): string[] {
  return [...new Set(workloads.map((name) => findWorkload(name).guest))];
}

/**
 * Engines in turn within each guest and round, the first one changing, so that a slow spell of the host hits all alike.
 *
 * @param isStopped true ends it with what there is; the run of that moment does not count.
 */
export async function runBenchmarks(plan: BenchmarkPlan, measure: Measure, onProgress: (text: string) => void, isStopped: () => boolean = () => false): Promise<Results> {
  const { clock, engines, rounds, scale, workloads } = plan;
  const cells = new Map<string, Collected>();
  const counts = new Map<string, number>();
  const agreed = new Map<string, string>();
  const warmUps: WarmUp[] = [];
  const cellOf = (workload: string, engine: EngineName): Collected => {
    const key = `${workload} ${engine}`;
    const cell = cells.get(key) ?? { rounds: [] };
    cells.set(key, cell);
    return cell;
  };
  // Without a recorded output the engines must at least agree.
  const check = ({ workload, output }: StepResult): string | undefined => {
    if (!hasOutput(workload)) return undefined;
    const expected = expectedOutput(workload, scale) ?? agreed.get(workload) ?? output;
    agreed.set(workload, expected);
    return output === expected ? undefined : `wrong output ${JSON.stringify(output.slice(0, 60))} instead of ${JSON.stringify(expected.slice(0, 60))}`;
  };
  const collect = (engine: EngineName, request: MeasureRequest, reply: MeasureReply): void => {
    for (const step of reply.steps) {
      const cell = cellOf(step.workload, engine);
      cell.failure ??= check(step);
      cell.rounds.push(clock === 'cpu' && step.cpuSeconds !== undefined && step.cpuSeconds > 0 ? step.cpuSeconds : step.seconds);
      if (reply.peakMemoryBytes !== undefined) cell.peakMemoryBytes = Math.max(cell.peakMemoryBytes ?? 0, reply.peakMemoryBytes);
      if (step.instructions !== undefined) counts.set(step.workload, step.instructions);
    }
    const missing = request.steps.slice(reply.steps.length);
    if (reply.failure !== undefined) for (const { workload } of missing) cellOf(workload, engine).failure ??= reply.failure;
    if (reply.samples && !warmUps.some((run) => run.guest === request.guest && run.engine === engine)) warmUps.push({ guest: request.guest, engine, samples: reply.samples });
  };

  for (let round = 0; round < rounds; round++) {
    for (const guest of guestsOf(workloads)) {
      for (let i = 0; i < engines.length; i++) {
        const engine = engines[(i + round) % engines.length];
        if (engine === undefined || isStopped()) continue;
        const request = requestFor(plan, engine, guest);
        if (request.steps.some(({ workload }) => cells.get(`${workload} ${engine}`)?.failure !== undefined)) continue;
        onProgress(`round ${round + 1} of ${rounds}: ${guest} on ${engine}`);
        const reply = await measure(request);
        if (!isStopped()) collect(engine, request, reply);
      }
    }
  }
  return { rows: workloads.map((workload) => toRow(workload, engines, scale, cells, counts)), warmUps };
}

function toRow(workload: string, engines: readonly EngineName[], scale: number, collected: ReadonlyMap<string, Collected>, counts: ReadonlyMap<string, number>): Row {
  const cells: Partial<Record<EngineName, Cell>> = {};
  const reference = collected.get(`${workload} ${REFERENCE}`);
  for (const engine of engines) {
    const cell = collected.get(`${workload} ${engine}`);
    if (cell === undefined) continue;
    const { failure, peakMemoryBytes, rounds } = cell;
    const ratio = reference !== undefined && reference.failure === undefined ? ratioSpread(reference.rounds, rounds) : undefined;
    cells[engine] = failure !== undefined ? { failure } : { seconds: spreadOf(rounds), rounds, ...(ratio && { ratio }), ...(peakMemoryBytes !== undefined && { peakMemoryBytes }) };
  }
  return { workload, description: findWorkload(workload).description, instructions: counts.get(workload) ?? recordedInstructions(workload, scale), cells };
}
