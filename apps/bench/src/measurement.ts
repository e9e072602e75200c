/** Something that runs guests. */
export type EngineName = 'interpreter' | 'jit' | 'v86';

/** The engines, in the order of the table's columns. */
export const ENGINES: readonly EngineName[] = ['interpreter', 'jit', 'v86'];

/** One measurement, done in a process of its own so that none profits from another's warm code. */
export interface MeasureRequest {
  readonly engine: EngineName;
  /** Name of the guest. */
  readonly guest: string;
  /** Work of a benchmark guest. */
  readonly scale: number;
  /** Text on the serial port at which the clock starts; the machine's start if empty. */
  readonly from: string;
  /** Text on the serial port at which it stops. */
  readonly until: string;
}

/** What a measurement found. */
export interface Measurement {
  /** Wall time between the two texts. */
  readonly seconds: number;
  /** Guest instructions retired between them, where the engine counts them. */
  readonly instructions?: number;
  /** What the guest wrote between them, without the line ends around it. */
  readonly output: string;
}

/** A measurement, or why there is none. */
export type MeasureReply = { readonly measurement: Measurement } | { readonly failure: string };
