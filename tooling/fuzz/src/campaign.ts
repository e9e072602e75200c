import { Lockstep } from './lockstep.ts';
import { createProgram } from './program.ts';
import { describeDifference } from './report.ts';
import { shrink } from './shrink.ts';
import { buildSurroundings, type Kind } from './surroundings.ts';

/** Which programs to run. */
export interface Campaign {
  /** Seed of the first program; the others follow. */
  readonly seed: number;
  readonly programs: number;
  readonly kinds?: readonly Kind[];
  /** Differences after which to stop; all are looked for if left out. */
  readonly enough?: number;
}

/** What came of them. */
export interface CampaignResult {
  readonly programs: number;
  readonly instructions: number;
  readonly compiled: number;
  readonly differences: readonly string[];
}

/** Runs the programs of a range of seeds; differences come back shrunk, as text. */
export async function runCampaign({ seed, programs, kinds, enough = Infinity }: Campaign, onProgress: (done: number) => void = () => undefined): Promise<CampaignResult> {
  const surroundings = buildSurroundings();
  const lockstep = new Lockstep(surroundings);
  const differences: string[] = [];
  let done = 0;
  for (; done < programs && differences.length < enough; done++) {
    const difference = await lockstep.run(createProgram(seed + done, surroundings, kinds));
    if (difference !== undefined) {
      const smallest = await shrink(difference, lockstep);
      differences.push(describeDifference(smallest, surroundings.get(smallest.program.kind)!));
    }
    if (done % 500 === 499) onProgress(done + 1);
  }
  return { programs: done, instructions: lockstep.retired, compiled: lockstep.compiled, differences };
}
