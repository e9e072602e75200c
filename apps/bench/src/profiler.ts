import { Session } from 'node:inspector/promises';
import type { Profiler } from 'node:inspector';

/** Where time goes, and the scripts and functions that say so; the first that fits. */
const PLACES: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['compiled code', /^ringzero-/],
  ['interpreter', /\/backend-interpreter\/src\/(generated|handlers)\//],
  ['compiler', /\/backend-jit\//],
  ['run loop and decoder', /\/(backend-interpreter|x86|processor)\/src\//],
  ['helpers and memory', /\/(x86-semantics|guest-memory)\/src\//],
  ['devices', /\/(devices|machine)\/src\//],
];
const SPECIAL: Readonly<Record<string, string>> = { '(garbage collector)': 'garbage collector', '(idle)': 'idle', '(program)': 'V8' };

/** The place of one function. */
export function placeOf(functionName: string, url: string): string {
  return SPECIAL[functionName] ?? PLACES.find(([, pattern]) => pattern.test(url))?.[0] ?? 'other';
}

/** Shares of the samples by place; they add up to 1. */
export function attribute(profile: Pick<Profiler.Profile, 'nodes' | 'samples' | 'timeDeltas'>): Record<string, number> {
  const places = new Map(profile.nodes.map(({ id, callFrame }) => [id, placeOf(callFrame.functionName, callFrame.url)]));
  const times: Record<string, number> = {};
  let total = 0;
  (profile.samples ?? []).forEach((id, i) => {
    const time = Math.max(0, profile.timeDeltas?.[i] ?? 0);
    const place = places.get(id) ?? 'other';
    times[place] = (times[place] ?? 0) + time;
    total += time;
  });
  return Object.fromEntries(Object.entries(times).map(([place, time]) => [place, time / total]));
}

/** Samples the call stack of this process until it is stopped, and then says where the time went. */
export async function startProfiler(): Promise<{ stop(): Promise<Record<string, number>> }> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: 1000 });
  await session.post('Profiler.start');
  return {
    async stop() {
      const { profile } = await session.post('Profiler.stop');
      session.disconnect();
      return attribute(profile);
    },
  };
}
