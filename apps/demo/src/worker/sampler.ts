import type { Machine } from '@ringzero/machine';
import type { BackendName, Sample } from '../protocol/machine-worker.ts';
import { readCounters, type Counters } from './counters.ts';

const NOTHING: Counters = { instructions: 0, compiledInstructions: 0, compilations: 0, exits: 0, regionsLive: 0, hasDynamicCode: true };

/** Makes samples of a machine's counters. Counters start anew with each engine; what samples add up does not. */
export class Sampler {
  #before = NOTHING;
  #at = 0;
  #seconds = 0;
  #instructions = 0;

  /** A machine that was just switched on, at `now` milliseconds of a monotonic clock. */
  start(now: number): void {
    this.#seconds = 0;
    this.#instructions = 0;
    this.engineChanged(now);
  }

  /** Counters are zero again. */
  engineChanged(now: number): void {
    this.#before = NOTHING;
    this.#at = now;
  }

  /** The machine goes on after a pause: the time between does not count. */
  resumed(now: number): void {
    this.#at = now;
  }

  /** What the counters say now is not of this run. */
  restartFrom(counters: Counters): void {
    this.#before = counters;
  }

  /** The stretch since the last sample. */
  sample(machine: Machine, backend: BackendName, now: number): Sample {
    const counters = readCounters(machine);
    const before = this.#before;
    const seconds = Math.max(1e-3, (now - this.#at) / 1000);
    const instructions = Math.max(0, counters.instructions - before.instructions);
    this.#before = counters;
    this.#at = now;
    this.#seconds += seconds;
    this.#instructions += instructions;
    return {
      time: this.#seconds,
      backend,
      mips: instructions / seconds / 1e6,
      compiledShare: instructions === 0 ? 0 : Math.min(1, Math.max(0, (counters.compiledInstructions - before.compiledInstructions) / instructions)),
      compilations: Math.max(0, counters.compilations - before.compilations),
      exits: Math.max(0, counters.exits - before.exits),
      regionsLive: counters.regionsLive,
      instructions: this.#instructions,
    };
  }
}
