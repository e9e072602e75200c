import type { Browser, Page } from 'playwright-core';

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Processor time of the thread, in microseconds. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

/** The tasks of a page's main thread. */
export interface TracedTasks {
  readonly count: number;
  readonly milliseconds: number;
}

/**
 * Traces the tasks of a page: the function that this gives ends the trace, and tells how many there were and how long the longest
 * took. It is processor time: on a busy host a short task can take long by the clock, and would say nothing about the page.
 */
export async function traceTasks(browser: Browser, page: Page): Promise<() => Promise<TracedTasks>> {
  await browser.startTracing(page, { categories: ['toplevel', 'disabled-by-default-devtools.timeline', '__metadata'] });
  return async () => {
    const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { readonly traceEvents: readonly TraceEvent[] };
    const mains = new Set(traceEvents.filter(({ args, name }) => name === 'thread_name' && args?.name === 'CrRendererMain').map(({ pid, tid }) => `${pid} ${tid}`));
    const tasks = traceEvents.filter(({ name, pid, tdur, tid }) => /RunTask$/.test(name) && tdur !== undefined && mains.has(`${pid} ${tid}`));
    return { count: tasks.length, milliseconds: Math.max(0, ...tasks.map(({ tdur }) => tdur! / 1000)) };
  };
}
