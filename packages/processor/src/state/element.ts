import type { PartitionCapabilities } from '../capabilities.ts';
import type { VpInfo } from '../topology.ts';
import type { Json } from './codec.ts';

/**
 * One row of a state table. Everything that is done with all state (save, restore, reset, check, inspect, compare)
 * derives from these rows.
 */
export interface StateElement<Name extends string, Value, Context> {
  /** Never reused, and ascending in the order in which elements must be restored. */
  readonly id: number;
  readonly name: Name;
  /** Whether the element exists on a partition of these capabilities. */
  isPresent(caps: PartitionCapabilities): boolean;
  /** Its value after a reset. */
  atReset(caps: PartitionCapabilities, context: Context): Value;
  /** A saved state without it is restored with its value after a reset: it came later than states that are about. */
  readonly isOptional?: boolean;
  /** Whether reading it twice, with nothing run in between, gives the same value: then it can be compared. */
  canCompare(caps: PartitionCapabilities): boolean;
  /** To JSON: 64-bit values as hexadecimal strings, x87 registers as 80-bit ones. Throws `StateAccessError` for a value out of range. */
  encode(value: Value): Json;
  /**
   * From JSON, which may come from a file that somebody edited: every field is checked, and lengths are bounded.
   * Throws `StateAccessError`, naming the field, for anything malformed.
   */
  decode(json: Json): Value;
}

/** A row of the processor's table. */
export type VpStateElement<Name extends string, Value> = StateElement<Name, Value, VpInfo>;

/** A row of the VM's table. */
export type VmStateElement<Name extends string, Value> = StateElement<Name, Value, void>;
