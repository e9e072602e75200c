import { setFlagsFromString } from 'node:v8';

/** How much of the heap may be garbage, as a percentage of what is live, before V8 collects it. By itself it waits for more than as much again. */
const GROWTH_PERCENT = 40;

/**
 * Makes V8 collect garbage earlier. Nearly all that a machine holds in the heap is decoded code, and a booting kernel leaves
 * much of it behind: without this, Debian's boot ends with 100 MB more, for a few percent less of processor time.
 */
export function collectEarly(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
}
