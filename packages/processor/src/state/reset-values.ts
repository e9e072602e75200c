import type { PartitionCapabilities } from '../capabilities.ts';
import type { VpInfo } from '../topology.ts';
import type { Activity, Apic, DebugRegisters, Registers, SegmentRegister } from './vp-values.ts';

/** Reset value of PAT: WB, WT, UC−, UC, twice (SDM vol. 3A §11.12.4). */
export const PAT_AT_RESET = 0x0007_0406_0007_0406n;
/** CR0 after reset: CD, NW and ET (SDM vol. 3A table 9-1). */
export const CR0_AT_RESET = 0x6000_0010n;
/** CR0.CD and CR0.NW, which an INIT leaves alone. */
const CR0_CACHE_BITS = 0x6000_0000n;
/** Where the local APIC is mapped after reset. */
export const APIC_BASE_ADDRESS = 0xfee0_0000n;
/** IA32_APIC_BASE: this is the bootstrap processor. */
export const APIC_BASE_BSP: bigint = 1n << 8n;
/** IA32_APIC_BASE: x2APIC mode. */
export const APIC_BASE_X2APIC: bigint = 1n << 10n;
/** IA32_APIC_BASE: enabled. */
export const APIC_BASE_ENABLE: bigint = 1n << 11n;

/** Registers of the local APIC that are not 0 after reset, by offset / 16 (SDM vol. 3A table 10-1). */
const APIC_ID = 0x2;
const APIC_VERSION = 0x3;
const APIC_LDR = 0xd;
const APIC_DFR = 0xe;
const APIC_SVR = 0xf;
/** CMCI, then timer, thermal, performance, LINT0, LINT1, error. */
const APIC_LVTS = [0x32, 0x33, 0x34, 0x35, 0x36, 0x37];
const LVT_MASKED = 0x10000;
/** Version 14h, and 5 as the number of the highest LVT entry. */
const APIC_VERSION_VALUE = 0x0005_0014;
/** With x2APIC: EOI broadcasts can be suppressed. */
const APIC_VERSION_SUPPRESS = 0x0100_0000;

function dataSegment(attributes: number): SegmentRegister {
  return { base: 0n, limit: 0xffff, selector: 0, attributes };
}

/**
 * General, segment and control registers after power-up or RESET (SDM vol. 3A table 9-1): real mode, with CS based 64 KB below 4 GB, so that the
 * first instruction is fetched from FFFFFFF0h. RDX holds the processor's signature.
 */
export function registersAtReset(caps: PartitionCapabilities): Registers {
  const data = dataSegment(0x93);
  const table = { base: 0n, limit: 0xffff };
  return {
    rax: 0n,
    rcx: 0n,
    rdx: caps.resetRdx,
    rbx: 0n,
    rsp: 0n,
    rbp: 0n,
    rsi: 0n,
    rdi: 0n,
    r8: 0n,
    r9: 0n,
    r10: 0n,
    r11: 0n,
    r12: 0n,
    r13: 0n,
    r14: 0n,
    r15: 0n,
    rip: 0xfff0n,
    rflags: 2n,
    cs: { base: 0xffff_0000n, limit: 0xffff, selector: 0xf000, attributes: 0x9b },
    ds: data,
    es: data,
    fs: data,
    gs: data,
    ss: data,
    tr: dataSegment(0x8b),
    ldtr: dataSegment(0x82),
    gdtr: table,
    idtr: table,
    cr0: CR0_AT_RESET,
    cr2: 0n,
    cr3: 0n,
    cr4: 0n,
    cr8: 0n,
    efer: 0n,
  };
}

/** The bootstrap processor runs; the others wait for a start-up IPI. */
export function activityAtReset(vp: VpInfo): Activity {
  return {
    mpState: vp.isBsp ? 'running' : 'waitForSipi',
    nmiPending: false,
    nmiMasked: false,
    interruptShadow: false,
    pendingEvent: undefined,
    pendingInterruption: undefined,
  };
}

/** The local APIC after reset (SDM vol. 3A §10.4.7.1); disabled where the processors have none. */
export function apicAtReset(caps: PartitionCapabilities, vp: VpInfo): Apic {
  const registers = new Array<number>(64).fill(0);
  registers[APIC_ID] = caps.x2apicEnabled ? vp.apicId : (vp.apicId << 24) >>> 0;
  registers[APIC_VERSION] = APIC_VERSION_VALUE | (caps.x2apic ? APIC_VERSION_SUPPRESS : 0);
  // In x2APIC mode it follows from the ID (vol. 3A §10.12.10.2).
  if (caps.x2apicEnabled) registers[APIC_LDR] = (((vp.apicId >>> 4) << 16) | (1 << (vp.apicId & 15))) >>> 0;
  registers[APIC_DFR] = 0xffff_ffff;
  registers[APIC_SVR] = 0xff;
  for (const lvt of APIC_LVTS) registers[lvt] = LVT_MASKED;
  return {
    apicBase: APIC_BASE_ADDRESS | (caps.apic ? APIC_BASE_ENABLE : 0n) | (vp.isBsp ? APIC_BASE_BSP : 0n) | (caps.x2apicEnabled ? APIC_BASE_X2APIC : 0n),
    registers,
    autoEoi: new Array<number>(8).fill(0),
  };
}

/** The guest's debug registers after reset (SDM vol. 3A table 9-1). */
export const DEBUG_REGISTERS_AT_RESET: DebugRegisters = { dr0: 0n, dr1: 0n, dr2: 0n, dr3: 0n, dr6: 0xffff_0ff0n, dr7: 0x400n };

/** The elements that an INIT changes. */
export interface InitState {
  readonly registers: Registers;
  readonly activity: Activity;
  readonly apic: Apic;
  readonly debugRegs: DebugRegisters;
}

/**
 * What an INIT makes of a processor (SDM vol. 3A §9.1.1 and §10.4.7.3): registers and debug registers take their reset
 * values, but CR0.CD and CR0.NW are kept; the APIC is reset but for its ID and base; an application processor waits for
 * a start-up IPI. x87 and SSE, MSRs, MTRRs and PAT are untouched.
 */
export function stateAfterInit(current: { readonly registers: Registers; readonly apic: Apic }, caps: PartitionCapabilities, vp: VpInfo): InitState {
  const registers = registersAtReset(caps);
  const apic = apicAtReset({ ...caps, x2apicEnabled: false }, vp);
  const isX2apic = (current.apic.apicBase & APIC_BASE_X2APIC) !== 0n;
  return {
    registers: { ...registers, cr0: (registers.cr0 & ~CR0_CACHE_BITS) | (current.registers.cr0 & CR0_CACHE_BITS) },
    activity: activityAtReset(vp),
    apic: {
      ...apic,
      apicBase: current.apic.apicBase,
      registers: apic.registers.map((value, index) => (index === APIC_ID || (index === APIC_LDR && isX2apic) ? (current.apic.registers[index] ?? value) : value)),
    },
    debugRegs: DEBUG_REGISTERS_AT_RESET,
  };
}
