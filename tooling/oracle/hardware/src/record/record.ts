import type { Case, Code, Outcome } from '../format/cases.ts';
import { codeArea } from '../format/start.ts';
import { buildBatch, readResults } from './batch.ts';
import type { Executor } from './executor.ts';

/** Cases of one run of the executor. */
const BATCH = 20_000;

/** Executes all cases and returns how each ended. */
export function record(executor: Executor, codes: readonly Code[], cases: readonly Case[]): Outcome[] {
  const area = codeArea(codes);
  const outcomes: Outcome[] = [];
  for (let at = 0; at < cases.length; at += BATCH) {
    const batch = cases.slice(at, at + BATCH);
    for (const outcome of readResults(codes, batch, executor.run(buildBatch(codes, area, batch)))) outcomes.push(outcome);
  }
  return outcomes;
}
