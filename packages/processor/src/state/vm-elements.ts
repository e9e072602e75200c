import type { Codec } from './codec.ts';
import { hexInteger, record } from './codec.ts';
import type { VmStateElement } from './element.ts';
import type { HypercallState, VmStateName, VmStateValues } from './vm-values.ts';

type Value = { readonly value: bigint };

const u64 = hexInteger(64);
const value64 = record<Value>({ value: u64 });
const zero = (): Value => ({ value: 0n });

function element<Name extends VmStateName>(
  id: number,
  name: Name,
  codec: Codec<VmStateValues[Name]>,
  atReset: () => VmStateValues[Name],
  comparable: boolean,
): VmStateElement<Name, VmStateValues[Name]> {
  return {
    id,
    name,
    isPresent: (caps) => caps.hv1,
    atReset,
    canCompare: (caps) => comparable || caps.canFreezeTime,
    encode: (value) => codec.encode(value, name),
    decode: (json) => codec.decode(json, name),
  };
}

/** The table of the VM's state: each element once. All of it belongs to the Hyper-V interface. */
export type VmStateTable = { readonly [Name in VmStateName]: VmStateElement<Name, VmStateValues[Name]> };

/** The table. */
export const VM_STATE: VmStateTable = {
  hypercall: element(1, 'hypercall', record<HypercallState>({ guestOsId: u64, hypercall: u64 }), () => ({ guestOsId: 0n, hypercall: 0n }), true),
  referenceTime: element(2, 'referenceTime', value64, zero, false),
  referenceTscPage: element(3, 'referenceTscPage', value64, zero, true),
};

/** Names of all VM elements, in the order in which they are restored. */
export const VM_STATE_NAMES: readonly VmStateName[] = (Object.keys(VM_STATE) as VmStateName[]).sort((a, b) => VM_STATE[a].id - VM_STATE[b].id);
