import type { PartitionCapabilities } from '../capabilities.ts';
import type { VpInfo } from '../topology.ts';
import type { Codec } from './codec.ts';
import { boolean, bytes, hexInteger, list, oneOf, optional, record, unsigned } from './codec.ts';
import type { VpStateElement } from './element.ts';
import { activityAtReset, apicAtReset, DEBUG_REGISTERS_AT_RESET, PAT_AT_RESET, registersAtReset } from './reset-values.ts';
import type { VpStateName, VpStateValues } from './vp-values.ts';
import type * as V from './vp-values.ts';
import { pendingEvent } from './pending-event.ts';
import { INITIAL_LEGACY_IMAGE, xsaveFromLegacy } from './xsave.ts';
import { xsaveCodec } from './xsave-codec.ts';

const u64 = hexInteger(64);
const u32 = unsigned(32);
const u16 = unsigned(16);
const u8 = unsigned(8);
const value64: Codec<V.Value64> = record<V.Value64>({ value: u64 });
const segment = record<V.SegmentRegister>({ base: u64, limit: u32, selector: u16, attributes: u16 });
const table = record<V.TableRegister>({ base: u64, limit: u16 });
/** Bytes of one page of the synthetic interrupt controller. */
const SYNIC_PAGE = 4096;
/** Bytes of one of its messages (TLFS §11.10). */
const SYNIC_MESSAGE = 256;
const synicPage = record<{ readonly page: Uint8Array }>({ page: bytes(SYNIC_PAGE) });
/** Bound on an opaque nested state, so that a saved file cannot ask for the world. */
const NESTED_STATE_LIMIT = 1 << 20;

// prettier-ignore
const registers = record<V.Registers>({
  rax: u64, rcx: u64, rdx: u64, rbx: u64, rsp: u64, rbp: u64, rsi: u64, rdi: u64,
  r8: u64, r9: u64, r10: u64, r11: u64, r12: u64, r13: u64, r14: u64, r15: u64,
  rip: u64, rflags: u64,
  cs: segment, ds: segment, es: segment, fs: segment, gs: segment, ss: segment, tr: segment, ldtr: segment,
  gdtr: table, idtr: table,
  cr0: u64, cr2: u64, cr3: u64, cr4: u64, cr8: u64, efer: u64,
});

const activity = record<V.Activity>({
  mpState: oneOf('running', 'waitForSipi', 'halted', 'idle'),
  nmiPending: boolean,
  nmiMasked: boolean,
  interruptShadow: boolean,
  pendingEvent: optional(pendingEvent),
  pendingInterruption: optional(
    record<V.PendingInterruption>({ kind: oneOf('exception', 'interrupt', 'nmi'), vector: u8, errorCode: optional(u32) }),
  ),
});

const synic = record<V.Synic>({ scontrol: u64, siefp: u64, simp: u64, vpAssistPage: u64, sints: list(u64, 16) });
const synicTimer = record<V.SynicTimer>({ config: u64, count: u64, undelivered: optional(u64) });

type Caps = PartitionCapabilities;

const always = (): boolean => true;
const never = (): boolean => false;
const withHv1 = (caps: Caps): boolean => caps.hv1;
const frozen = (caps: Caps): boolean => caps.canFreezeTime;
const zero64 = (): V.Value64 => ({ value: 0n });
const zeros = (count: number): bigint[] => new Array<bigint>(count).fill(0n);
const zeroPage = (): { readonly page: Uint8Array } => ({ page: new Uint8Array(SYNIC_PAGE) });
const zeroMsrs = (): V.SystemMsrs => ({
  kernelGsBase: 0n,
  sysenterCs: 0n,
  sysenterEip: 0n,
  sysenterEsp: 0n,
  star: 0n,
  lstar: 0n,
  cstar: 0n,
  sfmask: 0n,
});

function element<Name extends VpStateName>(
  id: number,
  name: Name,
  codec: Codec<VpStateValues[Name]>,
  isPresent: (caps: Caps) => boolean,
  atReset: (caps: Caps, vp: VpInfo) => VpStateValues[Name],
  canCompare: (caps: Caps) => boolean,
): VpStateElement<Name, VpStateValues[Name]> {
  return { id, name, isPresent, atReset, canCompare, encode: (value) => codec.encode(value, name), decode: (json) => codec.decode(json, name) };
}

/** The table of a processor's state: each element once, in the order in which it is restored. */
export type VpStateTable = { readonly [Name in VpStateName]: VpStateElement<Name, VpStateValues[Name]> };

const record64 = (names: readonly (keyof V.SystemMsrs)[]): Codec<V.SystemMsrs> =>
  record<V.SystemMsrs>(Object.fromEntries(names.map((name) => [name, u64])) as { [Name in keyof V.SystemMsrs]: Codec<bigint> });
const msrs = record64(['kernelGsBase', 'sysenterCs', 'sysenterEip', 'sysenterEsp', 'star', 'lstar', 'cstar', 'sfmask']);
const mtrrs = record<V.Mtrrs>({ defType: u64, fixed: list(u64, 11), variable: list(u64, 16) });
const apic = record<V.Apic>({ apicBase: u64, registers: list(u32, 64), autoEoi: list(u32, 8) });
const modelMsrs = record<V.ModelMsrs>({ registers: list(record<V.ModelMsr>({ index: u32, value: u64 }), { most: 256 }) });
const debugRegs = record<V.DebugRegisters>({ dr0: u64, dr1: u64, dr2: u64, dr3: u64, dr6: u64, dr7: u64 });
const latches = record<V.Latches>({
  stackShadow: boolean,
  extInt: boolean,
  apicErrors: u32,
  apicTimerPhase: u32,
  monitor: optional(record<V.MonitorLatch>({ address: u32, isWaiting: boolean, breaksOnMasked: boolean })),
});
const NO_LATCHES: V.Latches = { stackShadow: false, extInt: false, apicErrors: 0, apicTimerPhase: 0, monitor: undefined };
const queues = record<V.SynicMessageQueues>({ queues: list(list(bytes(SYNIC_MESSAGE), { most: 64 }), 16) });
const timers = record<{ readonly timers: readonly V.SynicTimer[] }>({ timers: list(synicTimer, 4) });

/**
 * The table.
 *
 * | id | element | content | present |
 * |---|---|---|---|
 * | 1 | `registers` | general, segment, table and control registers | always |
 * | 2 | `activity` | running or waiting for what; pending and blocked events | always |
 * | 3 | `xsave` | x87, SSE and what XSAVE adds, normalised | always |
 * | 4 | `apic` | the local APIC | always |
 * | 5, 6 | `xcr`, `xss` | XCR0 and IA32_XSS | with XSAVE, with supervisor components |
 * | 7, 8 | `mtrrs`, `pat` | memory types | always |
 * | 9 | `msrs` | registers of SYSENTER, SYSCALL and SWAPGS | always |
 * | 10 | `debugRegs` | the guest's DR0–DR3, DR6, DR7 | always |
 * | 11 | `tsc` | the time-stamp counter | always |
 * | 12, 13 | `cet`, `cetSs` | control-flow enforcement, shadow stacks | by capability |
 * | 14 | `tscAux` | IA32_TSC_AUX | with RDTSCP or RDPID |
 * | 15 | `tscDeadline` | IA32_TSC_DEADLINE, 0 while unarmed | by capability |
 * | 16 | `modelMsrs` | other model-specific registers that hold no reset value | always |
 * | 17 | `latches` | what is held between two instructions beside registers | where time can be frozen |
 * | 100–104 | `synic` … `synicTimers` | Hyper-V's synthetic interrupt controller | with hv1 |
 * | 200 | `nestedState` | opaque | with nested virtualization |
 *
 * Synic MSRs come before the pages that they place, and the pages before the queues and timers that write to
 * them; ids say so, and `restoreAll` follows ids.
 */
// prettier-ignore
export const VP_STATE: VpStateTable = {
  registers:    element(1, 'registers', registers, always, registersAtReset, always),
  activity:     element(2, 'activity', activity, always, (_caps, vp) => activityAtReset(vp), always),
  xsave:        element(3, 'xsave', xsaveCodec, always, (caps) => ({ data: xsaveFromLegacy(INITIAL_LEGACY_IMAGE, caps) }), always),
  apic:         element(4, 'apic', apic, always, apicAtReset, frozen),
  xcr:          element(5, 'xcr', value64, (caps) => caps.xsave.features !== 0n, () => ({ value: 1n }), always),
  xss:          element(6, 'xss', value64, (caps) => caps.xsave.supervisorFeatures !== 0n, zero64, always),
  mtrrs:        element(7, 'mtrrs', mtrrs, always, () => ({ defType: 0n, fixed: zeros(11), variable: zeros(16) }), always),
  pat:          element(8, 'pat', value64, always, () => ({ value: PAT_AT_RESET }), always),
  msrs:         element(9, 'msrs', msrs, always, zeroMsrs, always),
  debugRegs:    element(10, 'debugRegs', debugRegs, always, () => DEBUG_REGISTERS_AT_RESET, always),
  tsc:          element(11, 'tsc', value64, always, zero64, frozen),
  cet:          element(12, 'cet', record<V.Cet>({ scet: u64 }), (caps) => caps.cet, () => ({ scet: 0n }), always),
  cetSs:        element(13, 'cetSs', record<V.CetShadowStacks>({ ssp: u64, interruptSspTableAddr: u64 }), (caps) => caps.cetSs, () => ({ ssp: 0n, interruptSspTableAddr: 0n }), always),
  tscAux:       element(14, 'tscAux', value64, (caps) => caps.tscAux, zero64, always),
  tscDeadline:  element(15, 'tscDeadline', value64, (caps) => caps.tscDeadline, zero64, always),
  modelMsrs:    element(16, 'modelMsrs', modelMsrs, always, () => ({ registers: [] }), frozen),
  latches:      { ...element(17, 'latches', latches, frozen, () => NO_LATCHES, frozen), isOptional: true },
  synic:        element(100, 'synic', synic, withHv1, () => ({ scontrol: 1n, siefp: 0n, simp: 0n, vpAssistPage: 0n, sints: new Array<bigint>(16).fill(0x10000n) }), always),
  simp:         element(101, 'simp', synicPage, withHv1, zeroPage, always),
  siefp:        element(102, 'siefp', synicPage, withHv1, zeroPage, always),
  synicMessageQueues: element(103, 'synicMessageQueues', queues, withHv1, () => ({ queues: Array.from({ length: 16 }, () => []) }), always),
  synicTimers:  element(104, 'synicTimers', timers, withHv1, () => ({ timers: Array.from({ length: 4 }, () => ({ config: 0n, count: 0n, undelivered: undefined })) }), never),
  nestedState:  element(200, 'nestedState', record<{ readonly data: Uint8Array }>({ data: bytes({ most: NESTED_STATE_LIMIT }) }), (caps) => caps.nestedVirt, () => ({ data: new Uint8Array(0) }), never),
};

/** Names of all processor elements, in the order in which they are restored. */
export const VP_STATE_NAMES: readonly VpStateName[] = (Object.keys(VP_STATE) as VpStateName[]).sort((a, b) => VP_STATE[a].id - VP_STATE[b].id);
