import { sharesBy, startProfiler } from '@ringzero/v8-instruments';

/** Where time goes, and the scripts and functions that say so; the first that fits. */
const PLACES: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['compiled code', /^ringzero-/],
  // The JIT's part is what counts blocks and edges.
  ['interpreter', /\/backend-interpreter\/src\/(generated|handlers)\/|\/backend-jit\/src\/jit\.ts/],
  ['exits', /\/backend-jit\/src\/exits\.ts/],
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

/** Samples the call stack of this process until it is stopped, and then says which shares of the time went where. */
export async function profilePlaces(): Promise<{ stop(): Promise<Record<string, number>> }> {
  const profiler = await startProfiler();
  return { stop: async () => sharesBy(await profiler.stop(), placeOf) };
}
