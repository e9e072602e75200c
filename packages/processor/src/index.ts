export type {
  BuiltPartition,
  CpuModelDescription,
  HvConfig,
  Hypervisor,
  PartitionConfig,
  PartitionMemory,
  ProcessorBinder,
  ProtoPartition,
  ProtoPartitionConfig,
  Vtl2Config,
} from './hypervisor.ts';
export type { Processor } from './processor.ts';
export { IOAPIC_LINES } from './partition.ts';
export type { IoApicRouting, LintPin, MsiMessage, Partition, ResetPartition, ScrubVtl } from './partition.ts';
export { uniformTopology, validateTopology } from './topology.ts';
export type { ApicMode, ProcessorTopology, VpInfo } from './topology.ts';
export { createMemoryMapper } from './memory.ts';
export type { GuestMemoryAccess, MemoryLayout, MemoryMapper, MemoryRange } from './memory.ts';
export { capabilitiesFromCpuid } from './capabilities.ts';
export type { CapabilitiesOptions, CpuVendor, PartitionCapabilities, XsaveCapabilities, XsaveComponent } from './capabilities.ts';
export { overrideCpuid } from './cpuid.ts';
export type { CpuidFunction, CpuidLeaf, CpuidResult } from './cpuid.ts';
export type { AccessSize, CpuIo } from './cpu-io.ts';
export type { TimerHandle, VmClock } from './clock.ts';
export type { VpHaltReason } from './halt.ts';
export { isVpStopped, StopVpSource } from './stop.ts';
export type { StopVp, VpStopped } from './stop.ts';
export { NeedsYield } from './yield.ts';
export { createEventLoop } from './event-loop.ts';
export type { EventLoop, Sleep } from './event-loop.ts';
export { breakpointBytes, BreakpointSize, BreakpointType, dr7Bits, fromDr7, NO_BREAKPOINTS } from './debug.ts';
export type { BreakpointIndex, Breakpoints, DebugState, HardwareBreakpoint } from './debug.ts';
export { VTLS } from './vtl.ts';
export type { Vtl } from './vtl.ts';
export {
  formatInspect,
  formatInspectValue,
  hexLeaf,
  inspectLeaf,
  inspectPath,
  inspectValue,
  leaf,
  tree,
  updateInspectLeaf,
} from './inspect.ts';
export type { Inspectable, InspectLeaf, InspectNode, InspectResult, InspectScalar, InspectTree } from './inspect.ts';
export { inspectProcessor } from './inspect-processor.ts';
export { ConfigurationError, InspectError, RingzeroError, StateAccessError, UnsupportedVtlError, VpRunningError } from './errors.ts';
export type { RingzeroErrorOptions } from './errors.ts';
export type { AccessVmState, AccessVpState } from './state/access.ts';
export type { Codec, Json } from './state/codec.ts';
export type { StateElement, VmStateElement, VpStateElement } from './state/element.ts';
export {
  activityAtReset,
  APIC_BASE_ADDRESS,
  APIC_BASE_BSP,
  APIC_BASE_ENABLE,
  APIC_BASE_X2APIC,
  apicAtReset,
  CR0_AT_RESET,
  DEBUG_REGISTERS_AT_RESET,
  PAT_AT_RESET,
  registersAtReset,
  stateAfterInit,
} from './state/reset-values.ts';
export type { InitState } from './state/reset-values.ts';
export {
  checkResetAll,
  checkResetVm,
  compareSaved,
  inspectAll,
  inspectVm,
  resetAll,
  resetVm,
  restoreAll,
  restoreVm,
  saveAll,
  saveVm,
} from './state/saved-state.ts';
export type { SavedVm, SavedVp, StateDifference } from './state/saved-state.ts';
export { VM_STATE, VM_STATE_NAMES } from './state/vm-elements.ts';
export type { VmStateTable } from './state/vm-elements.ts';
export type { HypercallState, VmStateName, VmStateValues } from './state/vm-values.ts';
export { VP_STATE, VP_STATE_NAMES } from './state/vp-elements.ts';
export type { VpStateTable } from './state/vp-elements.ts';
export type {
  Activity,
  Apic,
  Cet,
  CetShadowStacks,
  DebugRegisters,
  MpState,
  Mtrrs,
  PendingEvent,
  PendingInterruption,
  Registers,
  SegmentRegister,
  Synic,
  SynicMessageQueues,
  SynicTimer,
  Latches,
  ModelMsr,
  ModelMsrs,
  MonitorLatch,
  SystemMsrs,
  TableRegister,
  Value64,
  VpStateName,
  VpStateValues,
  Xsave,
} from './state/vp-values.ts';
export {
  compactOffset,
  compactSize,
  FCW_INITIAL,
  FXSAVE_BYTES,
  INITIAL_LEGACY_IMAGE,
  MXCSR_INITIAL,
  normalizeXsave,
  readLegacyImage,
  readXcompBv,
  readXstateBv,
  writeLegacyImage,
  XCOMP_COMPACT,
  XSAVE_HEADER_BYTES,
  XSAVE_MIN_BYTES,
  xsaveComponents,
  xsaveFromLegacy,
  XSTATE_SSE,
  XSTATE_X87,
} from './state/xsave.ts';
export type { LegacyImage } from './state/xsave.ts';
