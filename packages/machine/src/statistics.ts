import { inspectPath, type InspectResult, type Processor } from '@ringzero/processor';

/** What a machine has done so far. Rates are for whoever looks twice: instructions by the host's time between are the speed. */
export interface MachineStatistics {
  /** Name of the engine that the machine is on. */
  readonly backend: string;
  /** The guest's time, in nanoseconds since the machine was made. */
  readonly nanoseconds: number;
  /** Instructions retired by all processors, on this engine and those before it. */
  readonly instructions: number;
  /** What follows is of the current engine, since the machine is on it; 0 for what it does not count. */
  readonly exits: {
    /** Guest exceptions. */
    readonly faults: number;
    /** Instructions that ran alone: they touch devices, watched memory or decoded code. */
    readonly alone: number;
    /** Accesses that a device answered later. */
    readonly suspensions: number;
    /** Exceptions and interrupts delivered. */
    readonly deliveries: number;
  };
  /** What the engine made of guest code. */
  readonly code: {
    /** Blocks of guest code decoded, and dropped because it changed. */
    readonly blocksDecoded: number;
    readonly blocksInvalidated: number;
    /** Functions compiled; of them in use; dropped because code changed; formed anew; dropped for room. */
    readonly compilations: number;
    readonly live: number;
    readonly invalidated: number;
    readonly reformed: number;
    readonly evicted: number;
  };
  /** Instructions by where they were executed, if the engine counts them (the JIT with `countTiers`). */
  readonly tiers: MachineTiers | undefined;
}

/** Instructions of a tiered engine by where they were executed. */
export interface MachineTiers {
  /** In compiled code. */
  readonly compiled: number;
  /** By tier 0. */
  readonly interpreted: number;
  /** By routines that every tier calls: system instructions, strings. */
  readonly helpers: number;
  /** One by one, with devices reachable. */
  readonly alone: number;
}

/** Sums the counters of the processors; `before` are instructions retired on earlier engines. */
export function readStatistics(backend: string, nanoseconds: number, before: number, processors: readonly Processor[]): MachineStatistics {
  const counters = processors.map((processor) => inspectPath(processor.inspect(), 'counters'));
  const sum = (path: string): number => counters.reduce((total, result) => total + valueAt(result, path.split('/')), 0);
  const hasTiers = counters.some((result) => result.kind === 'directory' && result.entries['tiers']?.kind === 'directory');
  return {
    backend,
    nanoseconds,
    instructions: before + sum('instructionsRetired'),
    exits: { faults: sum('exits/faults'), alone: sum('exits/alone'), suspensions: sum('exits/suspensions'), deliveries: sum('exits/deliveries') },
    code: {
      blocksDecoded: sum('blocksDecoded'),
      blocksInvalidated: sum('blocksInvalidated'),
      compilations: sum('blocksCompiled'),
      live: sum('blocksLive'),
      invalidated: sum('regionsInvalidated'),
      reformed: sum('regionsReformed'),
      evicted: sum('blocksEvicted'),
    },
    tiers: hasTiers ? { compiled: sum('tiers/regions'), interpreted: sum('tiers/interpreter'), helpers: sum('tiers/helpers'), alone: sum('tiers/alone') } : undefined,
  };
}

/** Instructions that the processors have retired since they were made. */
export function instructionsRetired(processors: readonly Processor[]): number {
  return readStatistics('', 0, 0, processors).instructions;
}

function valueAt(result: InspectResult, path: readonly string[]): number {
  let at: InspectResult | undefined = result;
  for (const step of path) at = at?.kind === 'directory' ? at.entries[step] : undefined;
  return at?.kind === 'value' && typeof at.value === 'number' ? at.value : 0;
}
