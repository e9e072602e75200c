import { DEFAULT_CAPACITY, requireCapacity, SWITCH_USES, type SwitchUse } from '@ringzero/backend-interpreter/engine';
import type { RegionLimits } from './region/form-region.ts';

/**
 * While a guest starts, V8 has not optimized the handlers of tier 0, which take ten times as long as they will, and little waits for it
 * behind regions.
 */
const START_FACTOR = 5;

/** Options of the JIT. Defaults were measured (docs/adr). */
export interface JitOptions {
  /** What a function covers: one basic block, or a region of the blocks that usually follow it. */
  readonly unit?: 'block' | 'region';
  /** Executions of a block in the interpreter before it is compiled; 0 compiles at the first. */
  readonly threshold?: number;
  /** The same of a loop's header: fewer, since what it leads to will be in its region, and need not be compiled by itself. */
  readonly loopThreshold?: number;
  /** The same of a function's first block, while V8 has time for it; not before `loopThreshold`. */
  readonly functionThreshold?: number;
  /** What executions count for in these comparisons while a VP starts (its first 100 million instructions): 5 if none of the thresholds is given, else 1. With more than 1 functions are compiled then whether V8 has time for them or not. */
  readonly startFactor?: number;
  /** Times that a region is left through one exit before it is formed anew with that exit inside. */
  readonly exitThreshold?: number;
  /** Compiled functions kept at most; the oldest go first. */
  readonly maxCompiled?: number;
  /** Blocks and instructions that one function covers at most, those of inlined callees included. */
  readonly maxBlocks?: number;
  readonly maxInstructions?: number;
  /** Instructions of a callee that is inlined, at most. */
  readonly maxInlined?: number;
  /** A block that runs less often than this, for each entry of the region, stays outside: between 0 and 1. */
  readonly minFrequency?: number;
  /** Counts instructions by where they are executed, and how regions are left (`counters/tiers`). Slows the guest down. */
  readonly countTiers?: boolean;
  /**
   * Counts the instructions that regions execute (`counters/tiers`), those of the interpreter's handlers inside among them, and how
   * regions are left. Costs a few percent, and up to a fifth where regions are short: fit for showing people what goes on.
   */
  readonly countRegions?: boolean;
  /** Decoded instructions that each VP keeps, about, as the interpreter's option of this name says. */
  readonly decodedInstructions?: number;
  /** Whether tier 0 executes frequent instructions in one function, as the interpreter's option of this name says. */
  readonly dispatchSwitch?: SwitchUse;
  /** False keeps to the interpreter, as a host without `new Function` does. */
  readonly dynamicCode?: boolean;
}

/** Options with their defaults. */
export interface ResolvedOptions {
  readonly threshold: number;
  readonly loopThreshold: number;
  readonly functionThreshold: number;
  readonly startFactor: number;
  readonly exitThreshold: number;
  readonly maxCompiled: number;
  readonly limits: RegionLimits;
  readonly countTiers: boolean;
  readonly countRegions: boolean;
  readonly dynamicCode: boolean;
  readonly dispatchSwitch: SwitchUse;
  readonly decodedInstructions: number;
}

function count(name: string, value: number | undefined, otherwise: number, least: number): number {
  if (value === undefined) return otherwise;
  if (!Number.isInteger(value) || value < least) throw new RangeError(`JIT ${name} ${value}: expected an integer of at least ${least}`);
  return value;
}

function share(name: string, value: number | undefined, otherwise: number): number {
  if (value === undefined) return otherwise;
  if (!(value >= 0 && value <= 1)) throw new RangeError(`JIT ${name} ${value}: expected a number from 0 to 1`);
  return value;
}

/** Checks the options. Throws a RangeError that names the one that is wrong. */
export function resolveOptions(options: JitOptions): ResolvedOptions {
  const unit = options.unit ?? 'region';
  if (unit !== 'block' && unit !== 'region') throw new RangeError(`JIT unit ${JSON.stringify(unit)}: expected "block" or "region"`);
  const dispatchSwitch = options.dispatchSwitch ?? 'adaptive';
  if (!SWITCH_USES.includes(dispatchSwitch)) throw new RangeError(`JIT dispatchSwitch ${JSON.stringify(dispatchSwitch)}: expected one of ${SWITCH_USES.join(', ')}`);
  const decodedInstructions = options.decodedInstructions ?? DEFAULT_CAPACITY;
  requireCapacity('JIT', decodedInstructions);
  const isDefault = options.threshold === undefined && options.loopThreshold === undefined && options.functionThreshold === undefined;
  const threshold = count('threshold', options.threshold, 100_000, 0);
  return {
    threshold,
    loopThreshold: count('loopThreshold', options.loopThreshold, Math.min(threshold, 10_000), 0),
    functionThreshold: count('functionThreshold', options.functionThreshold, Math.min(threshold, 20_000), 0),
    startFactor: count('startFactor', options.startFactor, isDefault ? START_FACTOR : 1, 1),
    exitThreshold: count('exitThreshold', options.exitThreshold, 1_000_000, 1),
    maxCompiled: count('maxCompiled', options.maxCompiled, 3_000, 1),
    limits: {
      maxBlocks: unit === 'block' ? 1 : count('maxBlocks', options.maxBlocks, 64, 1),
      maxInstructions: count('maxInstructions', options.maxInstructions, 400, 1),
      maxInlined: count('maxInlined', options.maxInlined, 120, 0),
      minFrequency: share('minFrequency', options.minFrequency, 1 / 64),
    },
    countTiers: options.countTiers ?? false,
    countRegions: options.countRegions ?? options.countTiers ?? false,
    dynamicCode: options.dynamicCode ?? true,
    dispatchSwitch,
    decodedInstructions,
  };
}
