import { lane32, MISC_ENABLE_LIMIT_CPUID, MISC_ENABLE_MONITOR, MISC_ENABLE_XD_DISABLE_HIGH } from '@ringzero/x86';
import type { Vp } from '../../vp/vp.ts';
import { modelLane, SLOT_CST_CONFIG, SLOT_DEBUG_CONTROL, SLOT_POWER_CONTROL, stored, type Msr, type MsrRows } from './register.ts';

const LANE = lane32('miscEnable');
/** Fast strings; no branch trace storage, no precise event sampling: those two bits are read-only (vol. 4 table 2-2). */
const AT_RESET = 0x1801;
const READ_ONLY = 0x1880;
/** Performance monitoring is there. */
const PERFORMANCE_MONITORING = 0x80;
/** Bits that Core 2 and Nehalem document: the rest is reserved. */
const DOCUMENTED_LOW = 0x1 | 0x8 | 0x80 | 0x200 | 0x400 | 0x800 | 0x1000 | 0x2000 | 0x1_0000 | 0x4_0000 | 0x8_0000 | 0x10_0000 | 0x40_0000 | 0x80_0000;
/** XD disable; IDA, turbo, and instruction-pointer prefetcher disable. */
const DOCUMENTED_HIGH = 0x4 | 0x20 | 0x40 | 0x80;

/** IA32_MISC_ENABLE at power-up. */
export function miscEnableAtReset(vp: Vp): number {
  return AT_RESET | (vp.features.has('monitor') ? MISC_ENABLE_MONITOR : 0) | (vp.features.has('perfmon') ? PERFORMANCE_MONITORING : 0);
}

const miscEnable: Msr = {
  read: (vp) => [vp.R[LANE], vp.R[LANE + 1]],
  write: (vp, low, high) => {
    if ((low & ~DOCUMENTED_LOW) !== 0 || (high & ~DOCUMENTED_HIGH) !== 0) return false;
    vp.R[LANE] = (low & ~READ_ONLY) | (vp.R[LANE] & READ_ONLY);
    vp.R[LANE + 1] = high;
    return true;
  },
};

/** Whether IA32_MISC_ENABLE limits CPUID to leaves 0 to 3. */
export function limitsCpuid(vp: Vp): boolean {
  return (vp.R[LANE] & MISC_ENABLE_LIMIT_CPUID) !== 0;
}

/** Whether IA32_MISC_ENABLE hides execute-disable. */
export function hidesExecuteDisable(vp: Vp): boolean {
  return (vp.R[LANE + 1] & MISC_ENABLE_XD_DISABLE_HIGH) !== 0;
}

/** IA32_DEBUGCTL: LBR and BTF of the P6; TR, BTS, BTINT and the freeze bits came later (vol. 4 table 2-2). There are no branch records. */
const DEBUG_CONTROL_P6 = 0x7f;
const DEBUG_CONTROL = 0x1fc3;
export const DEBUG_CONTROL_BTF = 2;
const DEBUG_CONTROL_LBR = 1;

/** Whether EFLAGS.TF traps branches alone. */
export function stepsOnBranches(vp: Vp): boolean {
  return (vp.R[modelLane(SLOT_DEBUG_CONTROL)] & DEBUG_CONTROL_BTF) !== 0;
}

/** What a debug exception clears (vol. 3B §17.4.3, §17.4.4). */
export function clearBranchDebugging(vp: Vp): void {
  vp.R[modelLane(SLOT_DEBUG_CONTROL)] &= ~(DEBUG_CONTROL_BTF | DEBUG_CONTROL_LBR);
}

/** MSR_PKG_CST_CONFIG_CONTROL: C-state limit, I/O redirection to MWAIT, auto-demotion; MSR_POWER_CTL: C1E. Kept, without effect. */
const CST_CONFIG = 0x0600_040f;
const POWER_CONTROL = 2;

/** Registers that switch features on and off. */
export function addFeatureControls(rows: MsrRows): void {
  rows.add(0x01a0, miscEnable, 'sse2'); // IA32_MISC_ENABLE
  const accepts = (low: number, high: number, vp: Vp): boolean => high === 0 && (low & ~(vp.features.has('sse2') ? DEBUG_CONTROL : DEBUG_CONTROL_P6)) === 0;
  rows.add(0x00e2, stored(modelLane(SLOT_CST_CONFIG), (low, high) => high === 0 && (low & ~CST_CONFIG) === 0), 'sse4.2'); // MSR_PKG_CST_CONFIG_CONTROL
  rows.add(0x01fc, stored(modelLane(SLOT_POWER_CONTROL), (low, high) => high === 0 && (low & ~POWER_CONTROL) === 0), 'sse4.2'); // MSR_POWER_CTL
  rows.add(0x01d9, stored(modelLane(SLOT_DEBUG_CONTROL), accepts), 'p6'); // IA32_DEBUGCTL
}
