/** The Hyper-V hypercall interface of the VM (TLFS §3.13). */
export interface HypercallState {
  /** HV_X64_MSR_GUEST_OS_ID. */
  readonly guestOsId: bigint;
  /** HV_X64_MSR_HYPERCALL. */
  readonly hypercall: bigint;
}

/** Type of each state element of the VM, by name. */
export interface VmStateValues {
  readonly hypercall: HypercallState;
  /** Reference time of the VM, in units of 100 ns. */
  readonly referenceTime: { readonly value: bigint };
  /** HV_X64_MSR_REFERENCE_TSC. */
  readonly referenceTscPage: { readonly value: bigint };
}

/** Name of a state element of the VM. */
export type VmStateName = keyof VmStateValues;
