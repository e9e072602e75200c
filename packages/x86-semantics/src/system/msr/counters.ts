import { byteOffset, CR4_PCE } from '@ringzero/x86';
import { CR4, EAX, ECX, EDX } from '../../vp/lanes.ts';
import type { Operation } from '../../vp/operation.ts';
import { STATUS_OK } from '../../vp/status.ts';
import type { Vp } from '../../vp/vp.ts';
import { VECTOR_GP } from '../constants.ts';
import type { PerformanceCounters } from '../performance.ts';
import { unitsOf } from '../units.ts';
import {
  halves,
  SLOT_EVENT_SELECT,
  SLOT_FIXED_CONTROL,
  SLOT_GLOBAL_CONTROL,
  SLOT_GLOBAL_STATUS,
  wide,
  type Msr,
  type MsrRows,
} from './register.ts';

const MSRS = byteOffset('modelMsrs') >> 3;
const MOST_COUNTERS = 4;
const MOST_FIXED = 3;
/** First of the fixed counters, as RDPMC and the global registers number them. */
const FIXED = 32;

/** ECX of RDPMC: a fixed counter. */
const RDPMC_FIXED = 0x4000_0000;

function countersOf(vp: Vp): PerformanceCounters {
  return unitsOf(vp).performance;
}

/** Counter `i`. A write of a general one takes 32 bits, sign-extended (vol. 3B §18.2.6 says where it takes all). */
function counter(i: number): Msr {
  return {
    alone: true,
    read: (vp) => halves(countersOf(vp).read(i)),
    write: (vp, low, high) => {
      const value = i < FIXED ? BigInt(low) : wide(low, high);
      if (i >= FIXED && value >> BigInt(countersOf(vp).leaf.width) !== 0n) return false;
      countersOf(vp).write(i, value);
      return true;
    },
  };
}

/** A register that says what counts. */
function control(slot: number, bits: (counters: PerformanceCounters) => bigint): Msr {
  return {
    alone: true,
    read: (vp) => halves(vp.Q[MSRS + slot]),
    write: (vp, low, high) => {
      const counters = countersOf(vp);
      const value = wide(low, high);
      if ((value & ~bits(counters)) !== 0n) return false;
      counters.control(() => (vp.Q[MSRS + slot] = value));
      return true;
    },
  };
}

const globalStatus: Msr = {
  alone: true,
  read: (vp) => {
    countersOf(vp).sync();
    return halves(vp.Q[MSRS + SLOT_GLOBAL_STATUS]);
  },
  write: () => false,
};

/** IA32_PERF_GLOBAL_OVF_CTRL: ones clear bits of the status; bits 63 and 62 are for what does not exist here. */
const overflowControl: Msr = {
  alone: true,
  read: () => [0, 0],
  write: (vp, low, high) => {
    const value = wide(low, high);
    if ((value & ~(countersOf(vp).globalBits | (3n << 62n))) !== 0n) return false;
    countersOf(vp).sync();
    vp.Q[MSRS + SLOT_GLOBAL_STATUS] &= ~value;
    return true;
  },
};

/** Performance counters: the P6 family's two, or those that leaf 0Ah reports. */
export function addCounters(rows: MsrRows): void {
  for (let i = 0; i < MOST_COUNTERS; i++) {
    const exists = (vp: Vp): boolean => vp.features.has('p6') && countersOf(vp).has(i);
    rows.addIf(0x00c1 + i, counter(i), exists); // IA32_PMC0
    rows.addIf(0x0186 + i, control(SLOT_EVENT_SELECT + i, ({ selectBits }) => selectBits), exists); // IA32_PERFEVTSEL0
  }
  const hasGlobal = (vp: Vp): boolean => vp.features.has('perfmon') && countersOf(vp).leaf.version >= 2;
  for (let i = 0; i < MOST_FIXED; i++) rows.addIf(0x0309 + i, counter(FIXED + i), (vp) => hasGlobal(vp) && countersOf(vp).has(FIXED + i)); // IA32_FIXED_CTR0
  rows.addIf(0x038d, control(SLOT_FIXED_CONTROL, ({ fixedBits }) => fixedBits), hasGlobal); // IA32_FIXED_CTR_CTRL
  rows.addIf(0x038e, globalStatus, hasGlobal); // IA32_PERF_GLOBAL_STATUS
  rows.addIf(0x038f, control(SLOT_GLOBAL_CONTROL, ({ globalBits }) => globalBits), hasGlobal); // IA32_PERF_GLOBAL_CTRL
  rows.addIf(0x0390, overflowControl, hasGlobal); // IA32_PERF_GLOBAL_OVF_CTRL
}

/** RDPMC: in ring 0 or with CR4.PCE, of a counter that exists (vol. 2). */
export function readPerformanceCounter(vp: Vp, _op: Operation): number {
  const index = vp.U[ECX];
  const i = index >= RDPMC_FIXED ? FIXED + index - RDPMC_FIXED : index;
  const isAllowed = vp.cpl === 0 || (vp.R[CR4] & CR4_PCE) !== 0;
  const exists = vp.features.has('p6') && (index >= RDPMC_FIXED || index < FIXED) && countersOf(vp).has(i);
  if (!isAllowed || !exists) return vp.raise(VECTOR_GP, 0);
  [vp.R[EAX], vp.R[EDX]] = halves(countersOf(vp).read(i));
  return STATUS_OK;
}
