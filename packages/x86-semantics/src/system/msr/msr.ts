import { byteOffset, EFER_NXE, EFER_SCE, lane32 } from '@ringzero/x86';
import { EAX, ECX, EDX, EFER, FAULT } from '../../vp/lanes.ts';
import type { Operation } from '../../vp/operation.ts';
import { STATUS_ALONE, STATUS_OK } from '../../vp/status.ts';
import type { Vp } from '../../vp/vp.ts';
import { readX2apic, writeX2apic, X2APIC_MSR, X2APIC_MSRS } from '../apic/x2apic.ts';
import { VECTOR_GP } from '../constants.ts';
import { readTsc, writeTsc } from '../time-stamp.ts';
import { unitsOf } from '../units.ts';
import { addBranchRecords } from './branch-records.ts';
import { addCounters } from './counters.ts';
import { addFeatureControls, hidesExecuteDisable } from './features.ts';
import { addMachineCheck } from './machine-check.ts';
import { addMemoryTypes } from './memory-types.ts';
import { ADDRESS_HIGH, constant, halves, ignored, MsrRows, SLOT_TSC_ADJUST, stored, wide, type Msr } from './register.ts';

const PLATFORM_CLASS_LOW = 0;

/** Sign extension is not asked of SYSENTER's registers in a 32-bit processor: the upper half reads as 0. */
function wide32(lane: number): Msr {
  return {
    read: (vp) => [vp.R[lane], 0],
    write: (vp, low) => {
      vp.R[lane] = low;
      vp.R[lane + 1] = 0;
      return true;
    },
  };
}

const TSC_ADJUST = (byteOffset('modelMsrs') >> 3) + SLOT_TSC_ADJUST;

/** Moves the time-stamp counter by what is written less what it replaces; IA32_TSC_ADJUST counts all such moves (vol. 3B §17.17.3). */
function movesTsc(read: (vp: Vp) => bigint): Msr {
  return {
    alone: true,
    read: (vp) => halves(read(vp)),
    write: (vp, low, high) => {
      const move = wide(low, high) - read(vp);
      writeTsc(vp, BigInt.asUintN(64, readTsc(vp) + move));
      vp.Q[TSC_ADJUST] = BigInt.asUintN(64, vp.Q[TSC_ADJUST] + move);
      unitsOf(vp).apic.vectors.tscWritten();
      return true;
    },
  };
}

const tscDeadline: Msr = {
  alone: true,
  read: (vp) => halves(unitsOf(vp).apic.vectors.tscDeadline),
  write: (vp, low, high) => {
    unitsOf(vp).apic.vectors.tscDeadline = wide(low, high);
    return true;
  },
};

/** Register `n` of the local APIC, in x2APIC mode alone (vol. 3A §10.12.1.2). */
function x2apic(n: number): Msr {
  return {
    alone: true,
    read: (vp) => (unitsOf(vp).apic.base.state === 'x2apic' ? readX2apic(unitsOf(vp).apic, n) : undefined),
    write: (vp, low, high) => unitsOf(vp).apic.base.state === 'x2apic' && writeX2apic(unitsOf(vp).apic, n, low, high),
  };
}

const APIC_BASE_LANE = lane32('apicBase');
const apicBase: Msr = {
  alone: true,
  read: (vp) => [vp.R[APIC_BASE_LANE], vp.R[APIC_BASE_LANE + 1]],
  write: (vp, low, high) => (high & ~ADDRESS_HIGH) === 0 && unitsOf(vp).apic.setBase(low, high),
};

const efer: Msr = {
  read: (vp) => [vp.R[EFER], vp.R[EFER + 1]],
  write: (vp, low, high) => {
    // No long mode: LME is reserved.
    const writable = (vp.features.has('syscall') ? EFER_SCE : 0) | (vp.features.has('nx') && !hidesExecuteDisable(vp) ? EFER_NXE : 0);
    if ((low & ~writable) !== 0 || high !== 0) return false;
    const changed = vp.R[EFER] ^ low;
    vp.R[EFER] = low;
    if ((changed & EFER_NXE) !== 0) vp.flushTlb(false);
    vp.updateMode();
    return true;
  },
};

function register(): MsrRows {
  const rows = new MsrRows();
  rows.add(0x0010, movesTsc(readTsc), 'tsc'); // IA32_TIME_STAMP_COUNTER
  rows.add(0x0017, constant(PLATFORM_CLASS_LOW, false), 'p6'); // IA32_PLATFORM_ID
  rows.add(0x001b, apicBase, 'p6'); // IA32_APIC_BASE
  rows.add(0x002a, constant(0, true), 'p6'); // EBL_CR_POWERON
  rows.add(0x003b, movesTsc((vp) => vp.Q[TSC_ADJUST]), 'tscAdjust'); // IA32_TSC_ADJUST
  rows.add(0x0079, ignored, 'p6'); // IA32_BIOS_UPDT_TRIG
  rows.add(0x008b, stored(lane32('biosSignId')), 'p6'); // IA32_BIOS_SIGN_ID
  rows.add(0x0174, stored(lane32('sysenterCs')), 'sep'); // IA32_SYSENTER_CS
  rows.add(0x0175, wide32(lane32('sysenterEsp')), 'sep'); // IA32_SYSENTER_ESP
  rows.add(0x0176, wide32(lane32('sysenterEip')), 'sep'); // IA32_SYSENTER_EIP
  rows.add(0x06e0, tscDeadline, 'tscDeadline'); // IA32_TSC_DEADLINE
  rows.add(0xc000_0080, efer, 'nx', 'syscall'); // IA32_EFER
  rows.add(0xc000_0081, stored(lane32('star')), 'syscall'); // IA32_STAR
  rows.add(0xc000_0103, stored(lane32('tscAux'), (_low, high) => high === 0), 'rdtscp'); // IA32_TSC_AUX
  for (let n = 0; n < X2APIC_MSRS; n++) rows.add(X2APIC_MSR + n, x2apic(n), 'x2apic');
  addMemoryTypes(rows);
  addMachineCheck(rows);
  addFeatureControls(rows);
  addBranchRecords(rows);
  addCounters(rows);
  return rows;
}

const MSRS = register().rows;

/** The register that ECX names, where this processor's model has it. */
function find(vp: Vp): Msr | undefined {
  const found = MSRS.get(vp.U[ECX]);
  return found?.exists(vp) === true ? found.msr : undefined;
}

/** RDMSR. An MSR that does not exist is #GP(0). */
export function readMsr(vp: Vp, _op: Operation): number {
  if (vp.cpl !== 0) return vp.raise(VECTOR_GP, 0);
  const msr = find(vp);
  if (msr === undefined) return vp.raise(VECTOR_GP, 0);
  if (msr.alone && !vp.io.live) return (vp.R[FAULT] = STATUS_ALONE);
  const value = msr.read(vp);
  if (value === undefined) return vp.raise(VECTOR_GP, 0);
  [vp.R[EAX], vp.R[EDX]] = value;
  return STATUS_OK;
}

/** WRMSR. */
export function writeMsr(vp: Vp, _op: Operation): number {
  if (vp.cpl !== 0) return vp.raise(VECTOR_GP, 0);
  const msr = find(vp);
  if (msr === undefined) return vp.raise(VECTOR_GP, 0);
  if (msr.alone && !vp.io.live) return (vp.R[FAULT] = STATUS_ALONE);
  return msr.write(vp, vp.R[EAX], vp.R[EDX]) ? STATUS_OK : vp.raise(VECTOR_GP, 0);
}
