import type { DeoptCounts } from '@ringzero/v8-instruments';
import type { EngineName } from './engines.ts';

/** One thing to wait for on the serial port, and to time. */
export interface Step {
  /** Name of the table's row. */
  readonly workload: string;
  /** Text after which `send` is typed; at once if empty. */
  readonly prompt: string;
  readonly send: string;
  /** Text at which the clock starts; the machine's start, or the end of the step before, if empty. */
  readonly from: string;
  /** Text at which it stops. */
  readonly until: string;
}

/** One run of one guest on one engine, in a process of its own so that none profits from another's warm code. */
export interface MeasureRequest {
  readonly engine: EngineName;
  /** A benchmark guest, or `linux`. */
  readonly guest: string;
  readonly scale: number;
  readonly steps: readonly Step[];
  /** Where the programs for the host have been built. */
  readonly nativeFolder: string;
  /** What is looked at beside the time. It slows the run down. */
  readonly watch: Watch;
}

/** `samples`: where the time goes. `deopts`: what V8 gives up, and our engine's counters, instructions by tier among them. */
export type Watch = 'nothing' | 'samples' | 'deopts';

/** What was found for one step. */
export interface StepResult {
  readonly workload: string;
  /** Wall time between the two texts. */
  readonly seconds: number;
  /** Time of all processors that the engine's process took meanwhile, where it is known. */
  readonly cpuSeconds?: number;
  /** Guest instructions retired between them, where the engine counts them. */
  readonly instructions?: number;
  /** What the guest wrote between them, without the line ends around it. */
  readonly output: string;
}

/** Milliseconds since the machine's start, and instructions retired by then. */
export type Sample = readonly [milliseconds: number, instructions: number];

/** What a run tells beside its steps. */
export interface RunDetails {
  /** About ten for each second, where the engine counts instructions. */
  readonly samples?: readonly Sample[];
  readonly peakMemoryBytes?: number;
  /** Share of the time by place, of a profiled run. */
  readonly tiers?: Readonly<Record<string, number>>;
  /** Counters of the first VP, of a run with `deopts`. Those in a directory have its name and a slash before their own. */
  readonly counters?: Readonly<Record<string, number>>;
}

/** The steps that were done, and why the others were not. */
export interface MeasureReply extends RunDetails {
  readonly steps: readonly StepResult[];
  readonly failure?: string;
  /** Lines of --trace-deopt, of a run that asked for them: in all, and for each second of the second half. */
  readonly deopts?: DeoptCounts;
}

/** Messages from the process that measures. */
export type Report = { readonly step: StepResult } | { readonly done: RunDetails } | { readonly failure: string };
