/** What is done to a running guest at a moment of its time, in nanoseconds. */
export interface Disturbance {
  readonly at: number;
  /** `swap`: it goes on on the other engine. `save`: it is saved to a file, and another machine goes on from there. */
  readonly kind: 'swap' | 'save';
}

export interface PlanOptions {
  readonly seed: number;
  /** When the load begins and the run ends, in nanoseconds. */
  readonly begin: number;
  readonly end: number;
  readonly swaps: number;
  readonly saves: number;
}

/** How long a stretch on the slower engine is, as a part of one on the faster. */
const SLOW_PART = 0.1;

/** A generator of numbers from 0 to 1 that repeats. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Disturbances at random moments, in order. Every second swap ends a stretch on the slower engine, which is a short one. */
export function createPlan({ seed, begin, end, swaps, saves }: PlanOptions): readonly Disturbance[] {
  const next = random(seed);
  const pair = (end - begin) / Math.max(1, Math.ceil(swaps / 2));
  const plan: Disturbance[] = [];
  for (let i = 0; i < swaps; i++) {
    const from = begin + Math.floor(i / 2) * pair;
    const slow = pair * SLOW_PART;
    const at = i % 2 === 0 ? from + next() * (pair - 2 * slow) : plan.at(-1)!.at + slow * (0.5 + next());
    plan.push({ at: Math.floor(at), kind: 'swap' });
  }
  for (let i = 0; i < saves; i++) plan.push({ at: Math.floor(begin + next() * (end - begin)), kind: 'save' });
  return plan.sort((a, b) => a.at - b.at);
}
