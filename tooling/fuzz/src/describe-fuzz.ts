import { expect, it } from 'vitest';
import { runCampaign } from './campaign.ts';

/** Programs that continuous integration runs, in all shards together. */
const PROGRAMS = 200_000;
const SHARDS = 4;
const PATIENCE = 1_500_000;

/** Declares the test of one of four shards: a fixed range of seeds. */
export function describeFuzz(shard: number): void {
  const share = PROGRAMS / SHARDS;
  it(`${share} programs from seed ${1 + shard * share}: the engines agree, and blocks were compiled`, { timeout: PATIENCE }, async () => {
    const result = await runCampaign({ seed: 1 + shard * share, programs: share, enough: 5 });
    expect(result.differences).toEqual([]);
    expect(result.programs).toBe(share);
    expect(result.compiled).toBeGreaterThan(2 * share);
  });
}
