import type { PartitionCapabilities } from '../capabilities.ts';
import type { VmStateName, VmStateValues } from './vm-values.ts';
import type { VpStateName, VpStateValues } from './vp-values.ts';

/**
 * The state of one processor in one VTL, element by element. Elements are those of the table in `vp-elements.ts`.
 *
 * Values are plain data without ties to the processor: reading copies, and changing what was read changes nothing.
 */
export interface AccessVpState {
  readonly caps: PartitionCapabilities;
  /** Reads one element. Throws `StateAccessError` for one that is not present on this partition. */
  get<Name extends VpStateName>(name: Name): VpStateValues[Name];
  /** Writes one element. It need not take effect before {@link commit}. Throws `StateAccessError` for an absent element or a value that the processor cannot hold. */
  set<Name extends VpStateName>(name: Name, value: VpStateValues[Name]): void;
  /** Ends a series of sets: afterwards all of them are in effect, and what the backend derives from state is derived anew. */
  commit(): void;
}

/** The state of the VM as a whole, element by element. Elements are those of the table in `vm-elements.ts`. */
export interface AccessVmState {
  readonly caps: PartitionCapabilities;
  /** Reads one element. Throws `StateAccessError` for one that is not present on this partition. */
  get<Name extends VmStateName>(name: Name): VmStateValues[Name];
  /** Writes one element. */
  set<Name extends VmStateName>(name: Name, value: VmStateValues[Name]): void;
  /** Ends a series of sets. */
  commit(): void;
}
