import { isDeepStrictEqual } from 'node:util';
import type { Case, Code, Outcome } from '../format/cases.ts';
import { codeArea } from '../format/start.ts';
import { buildBatch, readResults } from './batch.ts';
import type { Executor } from './executor.ts';

/** Cases of one run of the executor. */
const BATCH = 20_000;

/** Forms whose result is never the same twice. */
const CHANGING = /^(Rdtscp?|Rdpmc)$/;
/** Times a case is executed again when two executions differ. */
const ATTEMPTS = 8;

function recordOnce(executor: Executor, codes: readonly Code[], area: Uint8Array, cases: readonly Case[]): Outcome[] {
  const outcomes: Outcome[] = [];
  for (let at = 0; at < cases.length; at += BATCH) {
    const batch = cases.slice(at, at + BATCH);
    for (const outcome of readResults(codes, batch, executor.run(buildBatch(codes, area, batch)))) outcomes.push(outcome);
  }
  return outcomes;
}

/**
 * Executes all cases, twice, and returns how each ended. Where the two differ the kernel has switched tasks in between, which loses
 * x87 pointers on AMD: such cases are executed until two executions in a row agree.
 */
export function record(executor: Executor, codes: readonly Code[], cases: readonly Case[]): Outcome[] {
  const area = codeArea(codes);
  const outcomes = recordOnce(executor, codes, area, cases);
  let doubtful = cases.map((_, index) => index).filter((index) => !codes[cases[index].code].forms.some((form) => CHANGING.test(form)));
  for (let attempt = 0; attempt < ATTEMPTS && doubtful.length > 0; attempt++) {
    const again = recordOnce(executor, codes, area, doubtful.map((index) => cases[index]));
    doubtful = doubtful.filter((index, position) => {
      if (isDeepStrictEqual(outcomes[index], again[position])) return false;
      outcomes[index] = again[position];
      return true;
    });
  }
  if (doubtful.length > 0) throw new RangeError(`case ${doubtful[0]} and ${doubtful.length - 1} more end differently each time`);
  return outcomes;
}
