import type { AccessVpState, AccessVmState, PartitionCapabilities, VmStateName, VmStateValues, VpStateName, VpStateValues } from '../src/index.ts';

/** Capabilities of a plain software processor, with changes. */
export function capsOf(changes: Partial<PartitionCapabilities>): PartitionCapabilities {
  return {
    vendor: 'intel',
    hv1: false,
    xsave: { features: 0n, supervisorFeatures: 0n, components: [] },
    x2apic: false,
    x2apicEnabled: false,
    apic: true,
    resetRdx: 0x6f6n,
    cet: false,
    cetSs: false,
    tscAux: false,
    tscDeadline: false,
    physicalAddressWidth: 36,
    canFreezeTime: true,
    nestedVirt: false,
    highestVtl: 0,
    ...changes,
  };
}

/** A state access over a plain record, that keeps the order of sets. */
export class PlainVpAccess implements AccessVpState {
  readonly values: Partial<Record<VpStateName, unknown>> = {};
  readonly order: string[] = [];
  readonly caps: PartitionCapabilities;

  constructor(caps: PartitionCapabilities) {
    this.caps = caps;
  }

  get<Name extends VpStateName>(name: Name): VpStateValues[Name] {
    return this.values[name] as VpStateValues[Name];
  }

  set<Name extends VpStateName>(name: Name, value: VpStateValues[Name]): void {
    this.order.push(name);
    this.values[name] = value;
  }

  commit(): void {
    this.order.push('commit');
  }
}

/** The same for the VM. */
export class PlainVmAccess implements AccessVmState {
  readonly values: Partial<Record<VmStateName, unknown>> = {};
  readonly caps: PartitionCapabilities;

  constructor(caps: PartitionCapabilities) {
    this.caps = caps;
  }

  get<Name extends VmStateName>(name: Name): VmStateValues[Name] {
    return this.values[name] as VmStateValues[Name];
  }

  set<Name extends VmStateName>(name: Name, value: VmStateValues[Name]): void {
    this.values[name] = value;
  }

  commit(): void {}
}
