import { bytecodeLengths } from '@ringzero/v8-instruments';
import { formatList, formatRegion, hexadecimal, type ExplainedRegion } from './format-region.ts';
import { contains, type RegionResult } from './guest-run.ts';
import { resolveSource, type ExplainOptions } from './options.ts';
import { watchGuest, type WatchedRun } from './watch-guest.ts';

/** A request that cannot be met: the message says why. */
export class ExplainError extends Error {}

async function measure(results: readonly RegionResult[], { deopts }: WatchedRun): Promise<ExplainedRegion[]> {
  const lengths = await bytecodeLengths(results.map(({ region }) => region));
  return results.map((result, i) => ({ ...result, bytecode: lengths[i] ?? 0, deopts: deopts.filter(({ functionName }) => functionName === result.region.functionName) }));
}

function describeRun({ deopts, end, instructions, regionCount, seconds }: WatchedRun, name: string): string {
  return `${name}: ${(instructions / 1e6).toFixed(0)} million instructions in ${seconds.toFixed(1)} s (V8 traced and sampled), ended by ${end}; ${regionCount} regions, ${deopts.length} deoptimizations in all`;
}

function nearest(heads: readonly number[], address: number): string {
  const sorted = [...heads].sort((a, b) => Math.abs(a - (address >>> 0)) - Math.abs(b - (address >>> 0)));
  return sorted.slice(0, 5).map(hexadecimal).join(', ');
}

/** Runs the guest, and returns what is to be shown. */
export async function explain(options: ExplainOptions): Promise<string> {
  const { address, jit, seconds, settle, top } = options;
  const { memoryBytes, source } = await resolveSource(options);
  const run = await watchGuest({ source, memoryBytes, options: jit, seconds, settle, top, ...(address !== undefined && { address }) });
  const summary = describeRun(run, source.name ?? options.guest);
  if (address === undefined) {
    if (run.regionCount === 0) throw new ExplainError(`${summary}\nNothing was executed often enough to be compiled; --threshold 100 compiles earlier, --scale and --seconds run longer.`);
    return `${summary}\n\n${formatList(await measure(run.regions, run))}\n\nWith an address: all about the region there.\n`;
  }
  const wanted = run.regions.filter(({ region }) => contains(region, address));
  // The region that begins there is meant, or else the one in which most time went.
  const chosen = wanted.find(({ region }) => region.ip === address) ?? wanted[0];
  if (chosen === undefined) {
    const others = run.regionCount === 0 ? 'Nothing was compiled.' : `The nearest of ${run.regionCount} regions begin at ${nearest(run.heads, address)}.`;
    throw new ExplainError(`${summary}\nNo region contains an instruction at ${hexadecimal(address)}: it was not executed, or not often enough (--threshold). ${others}`);
  }
  const [explained] = await measure([chosen], run);
  if (explained === undefined) throw new ExplainError('no measurement');
  const others = wanted.filter((each) => each !== chosen).map(({ region }) => hexadecimal(region.ip));
  const also = others.length === 0 ? '' : `also in the regions at ${others.slice(0, 8).join(', ')}${others.length > 8 ? `, and ${others.length - 8} more` : ''}\n`;
  return `${summary}\n${also}\n${formatRegion(explained)}`;
}
