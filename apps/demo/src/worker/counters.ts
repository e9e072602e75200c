import type { Machine } from '@ringzero/machine';
import { inspectPath, type InspectResult } from '@ringzero/processor';

/** What is counted of the guest's execution, over all processors, since the engine took over. */
export interface Counters {
  readonly instructions: number;
  /** Instructions that compiled regions executed. */
  readonly compiledInstructions: number;
  /** Functions made. */
  readonly compilations: number;
  /** Times that control left a function for a block outside. */
  readonly exits: number;
  readonly regionsLive: number;
  /** Whether the engine may make functions; false where the page's policy forbids it. */
  readonly hasDynamicCode: boolean;
}

function directory(result: InspectResult | undefined): Readonly<Record<string, InspectResult>> {
  return result?.kind === 'directory' ? result.entries : {};
}

function value(result: InspectResult | undefined): unknown {
  return result?.kind === 'value' ? result.value : undefined;
}

/** Reads the counters; the machine may be running. */
export function readCounters(machine: Machine): Counters {
  const total = { instructions: 0, compiledInstructions: 0, compilations: 0, exits: 0, regionsLive: 0 };
  let hasDynamicCode = true;
  for (let i = 0; i < machine.processors.length; i++) {
    const counters = directory(inspectPath(machine.partition.inspect(), `vps/${i}/counters`));
    const number = (name: string): number => Number(value(counters[name]) ?? 0);
    total.instructions += number('instructionsRetired');
    total.compiledInstructions += Number(value(directory(counters['tiers'])['regions']) ?? 0);
    total.compilations += number('blocksCompiled');
    total.exits += number('exitsTaken');
    total.regionsLive += number('blocksLive');
    if (value(counters['dynamicCode']) === false) hasDynamicCode = false;
  }
  return { ...total, hasDynamicCode };
}
