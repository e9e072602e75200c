const NANOSECONDS = 1_000_000_000;

/**
 * The number of whole periods of a `frequency` Hz oscillator within `time` nanoseconds.
 *
 * Exact for every safe integer time and frequencies up to 9 MHz: the seconds are split off, so that the product of
 * the rest stays below 2^53.
 */
export function ticksAt(time: number, frequency: number): number {
  const seconds = Math.floor(time / NANOSECONDS);
  const rest = time - seconds * NANOSECONDS;
  return seconds * frequency + Math.floor((rest * frequency) / NANOSECONDS);
}

/** The first nanosecond at which {@link ticksAt} reaches `ticks`. */
export function timeOfTick(ticks: number, frequency: number): number {
  const seconds = Math.floor(ticks / frequency);
  const rest = ticks - seconds * frequency;
  return seconds * NANOSECONDS + Math.ceil((rest * NANOSECONDS) / frequency);
}
