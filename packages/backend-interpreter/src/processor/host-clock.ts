interface HostTime {
  readonly performance: { now(): number };
}

const HOST = globalThis as unknown as HostTime;

/** The host's monotonic time in milliseconds, as finely as the host tells it. No guest sees it. */
export function hostMilliseconds(): number {
  return HOST.performance.now();
}
