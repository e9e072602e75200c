import { Session } from 'node:inspector/promises';
import type { Profiler } from 'node:inspector';

/** What of a profile its times are in. */
export type Samples = Pick<Profiler.Profile, 'nodes' | 'samples' | 'timeDeltas'>;

/** Shares of the samples' time by a name that is given to each function; they add up to 1. */
export function sharesBy({ nodes, samples = [], timeDeltas = [] }: Samples, nameOf: (functionName: string, url: string) => string): Record<string, number> {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame.functionName, callFrame.url)]));
  const times: Record<string, number> = {};
  let total = 0;
  samples.forEach((id, i) => {
    const time = Math.max(0, timeDeltas[i] ?? 0);
    const name = names.get(id) ?? 'other';
    times[name] = (times[name] ?? 0) + time;
    total += time;
  });
  return Object.fromEntries(Object.entries(times).map(([name, time]) => [name, time / total]));
}

/** Samples the call stack of this process, each millisecond, until it is stopped. */
export async function startProfiler(): Promise<{ stop(): Promise<Profiler.Profile> }> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: 1000 });
  await session.post('Profiler.start');
  return {
    async stop() {
      const { profile } = await session.post('Profiler.stop');
      session.disconnect();
      return profile;
    },
  };
}
