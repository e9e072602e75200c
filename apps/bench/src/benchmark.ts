import { benchmarkChecksum, benchmarkInstructions } from '@ringzero/guests';
import type { EngineName, Measurement, MeasureReply, MeasureRequest } from './measurement.ts';

/** What to measure. */
export interface BenchmarkPlan {
  /** Names of benchmark guests, and `debian` for its boot time. */
  readonly guests: readonly string[];
  readonly engines: readonly EngineName[];
  readonly scale: number;
  readonly rounds: number;
}

/** What one engine did with one guest: the median of its rounds, or why it failed. */
export type Cell = { readonly seconds: number } | { readonly failure: string };

/** One line of the table. */
export interface Row {
  readonly guest: string;
  /** Guest instructions of one run; `undefined` for Debian. */
  readonly instructions: number | undefined;
  readonly cells: Readonly<Partial<Record<EngineName, Cell>>>;
}

/** Does one measurement. */
export type Measure = (request: MeasureRequest) => Promise<MeasureReply>;

const BOOTED = 'ringzero: shell ready';

function requestFor(engine: EngineName, guest: string, scale: number): MeasureRequest {
  if (guest === 'debian') return { engine, guest, scale, from: '', until: BOOTED };
  return { engine, guest, scale, from: 'READY\r\n', until: 'DONE\r\n' };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** What is wrong with a guest's output, or `undefined`. Without a recorded checksum the engines must at least agree. */
function checkOutput(guest: string, scale: number, measurement: Measurement, agreed: Map<string, string>): string | undefined {
  if (guest === 'debian') return undefined;
  const expected = benchmarkChecksum(guest, scale) ?? agreed.get(guest) ?? measurement.output;
  agreed.set(guest, expected);
  return measurement.output === expected ? undefined : `wrong checksum ${measurement.output.slice(0, 40)} instead of ${expected}`;
}

/** Engines in turn within each guest and round, the first one changing, so that a slow spell of the host hits all alike. */
export async function runBenchmarks(plan: BenchmarkPlan, measure: Measure, onProgress: (text: string) => void): Promise<Row[]> {
  const { engines, guests, rounds, scale } = plan;
  const times = new Map<string, number[]>();
  const failures = new Map<string, string>();
  const counts = new Map<string, number>();
  const agreed = new Map<string, string>();
  for (let round = 0; round < rounds; round++) {
    for (const guest of guests) {
      for (let i = 0; i < engines.length; i++) {
        const engine = engines[(i + round) % engines.length];
        const key = `${guest} ${engine}`;
        if (engine === undefined || failures.has(key)) continue;
        onProgress(`round ${round + 1} of ${rounds}: ${guest} on ${engine}`);
        const result = await measure(requestFor(engine, guest, scale));
        const failure = 'failure' in result ? result.failure : checkOutput(guest, scale, result.measurement, agreed);
        if (failure !== undefined) failures.set(key, failure);
        else if ('measurement' in result) {
          times.set(key, [...(times.get(key) ?? []), result.measurement.seconds]);
          if (result.measurement.instructions !== undefined) counts.set(guest, result.measurement.instructions);
        }
      }
    }
  }
  return guests.map((guest) => {
    const cells: Partial<Record<EngineName, Cell>> = {};
    for (const engine of engines) {
      const failure = failures.get(`${guest} ${engine}`);
      cells[engine] = failure === undefined ? { seconds: median(times.get(`${guest} ${engine}`) ?? []) } : { failure };
    }
    return { guest, instructions: guest === 'debian' ? undefined : (counts.get(guest) ?? benchmarkInstructions(guest, scale)), cells };
  });
}
