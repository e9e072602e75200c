import { createDeoptReader, forkSource, TRACE_DEOPT_LINES, type Deopt } from '@ringzero/v8-instruments';
import type { GuestMessage, GuestRequest, GuestResult } from './guest-run.ts';

/** A run, with what V8 gave up in it and when: seconds since the process began. */
export interface WatchedRun extends GuestResult {
  readonly deopts: readonly (Deopt & { readonly time: number })[];
}

/** Runs a guest in a process of its own, whose deoptimizations V8 writes down with their lines. */
export function watchGuest(request: GuestRequest): Promise<WatchedRun> {
  return new Promise((resolve, reject) => {
    const child = forkSource(new URL('./run-guest.ts', import.meta.url), [TRACE_DEOPT_LINES]);
    const start = performance.now();
    const deopts: WatchedRun['deopts'][number][] = [];
    const read = createDeoptReader(TRACE_DEOPT_LINES, (deopt) => deopts.push({ ...deopt, time: (performance.now() - start) / 1000 }));
    let errors = '';
    let message: GuestMessage | undefined;
    child.stdout?.setEncoding('utf8').on('data', read);
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-2000)));
    child.once('message', (received: GuestMessage) => (message = received));
    child.once('error', reject);
    // Its output has been read by then.
    child.once('close', (code, signal) => {
      read('\n');
      if (message === undefined) reject(new Error(`the guest's process ended with ${signal ?? code}: ${errors.trim()}`));
      else if ('failure' in message) reject(new Error(message.failure));
      else resolve({ ...message.result, deopts });
    });
    child.send(request);
  });
}
