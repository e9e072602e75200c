import type { InspectNode, PartitionCapabilities } from '@ringzero/processor';
import type { Vp } from '@ringzero/x86-semantics';
import type { Turns } from './turns.ts';
import type { VirtualProcessor } from './virtual-processor.ts';

/** What a VP needs from its partition. */
export interface VpHost {
  readonly caps: PartitionCapabilities;
  /** Whether every VP of the partition waits for an event (or for a start). */
  allIdle(): boolean;
  /** How processors take turns; undefined for one alone, or where time is the host's. */
  readonly turns: Turns | undefined;
  readTsc(vp: Vp): bigint;
  writeTsc(vp: Vp, value: bigint): void;
  /** Registers back to reset values. */
  resetVp(processor: VirtualProcessor): void;
  /** Counters that an engine adds under `counters`. */
  engineCounters(processor: VirtualProcessor): Record<string, () => InspectNode>;
}
