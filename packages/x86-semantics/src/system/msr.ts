import { EFER_NXE, EFER_SCE, lane32, type Feature } from '@ringzero/x86';
import type { Operation } from '../vp/operation.ts';
import { STATUS_ALONE, STATUS_OK } from '../vp/status.ts';
import type { Vp } from '../vp/vp.ts';
import { EAX, ECX, EDX, EFER, FAULT } from '../vp/lanes.ts';
import { readX2apic, writeX2apic, X2APIC_MSR, X2APIC_MSRS } from './apic/x2apic.ts';
import { VECTOR_GP } from './constants.ts';
import { PERFORMANCE_COUNTERS, readCounter, readTsc, writeTsc } from './time-stamp.ts';
import { unitsOf } from './units.ts';

/** One model-specific register: two i32 halves. */
interface Msr {
  /** Reads or changes timers or interrupts: the instruction runs alone, as one that touches a device does. */
  readonly alone?: true;
  /** Undefined: #GP(0). */
  read(vp: Vp): readonly [low: number, high: number] | undefined;
  /** False: #GP(0), nothing written. */
  write(vp: Vp, low: number, high: number): boolean;
}

/** As wide as the page walker's. */
const PHYSICAL_ADDRESS_BITS = 36;
const ADDRESS_HIGH = (1 << (PHYSICAL_ADDRESS_BITS - 32)) - 1;
/** VCNT 8, fixed ranges, write combining (vol. 3A §11.11.1). */
const MTRR_CAPABILITIES = 0x508;
const PLATFORM_CLASS_LOW = 0;

/** A register held in the state; `accept` says which values may be written. */
function stored(lane: number, accept: (low: number, high: number) => boolean = () => true): Msr {
  return {
    read: (vp) => [vp.R[lane], vp.R[lane + 1]],
    write: (vp, low, high) => {
      if (!accept(low, high)) return false;
      vp.R[lane] = low;
      vp.R[lane + 1] = high;
      return true;
    },
  };
}

/** A register that reads as `low`; it takes no writes, or only writes of what it holds. */
function constant(low: number, writable: boolean): Msr {
  return { read: () => [low, 0], write: (_vp, value, high) => writable && value === low && high === 0 };
}

/** A register whose writes do nothing. */
const ignored: Msr = { read: () => [0, 0], write: () => true };

function isMemoryType(type: number): boolean {
  return type === 0 || type === 1 || (type >= 4 && type <= 6);
}

/** Whether all four bytes hold memory types; UC− (7) is one for PAT alone. */
function areMemoryTypes(value: number, pat: boolean): boolean {
  for (let shift = 0; shift < 32; shift += 8) {
    const type = (value >>> shift) & 0xff;
    if (!isMemoryType(type) && !(pat && type === 7)) return false;
  }
  return true;
}

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

const timeStampCounter: Msr = {
  alone: true,
  read: (vp) => halves(readTsc(vp)),
  write: (vp, low, high) => {
    writeTsc(vp, wide(low, high));
    unitsOf(vp).apic.vectors.tscWritten();
    return true;
  },
};

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

function wide(low: number, high: number): bigint {
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}

function halves(value: bigint): readonly [number, number] {
  return [Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n))];
}

const APIC_BASE_LANE = lane32('apicBase');
const apicBase: Msr = {
  alone: true,
  read: (vp) => [vp.R[APIC_BASE_LANE], vp.R[APIC_BASE_LANE + 1]],
  write: (vp, low, high) => {
    return (high & ~ADDRESS_HIGH) === 0 && unitsOf(vp).apic.setBase(low, high);
  },
};

const efer: Msr = {
  read: (vp) => [vp.R[EFER], vp.R[EFER + 1]],
  write: (vp, low, high) => {
    // No long mode: LME is reserved.
    const writable = (vp.features.has('syscall') ? EFER_SCE : 0) | (vp.features.has('nx') ? EFER_NXE : 0);
    if ((low & ~writable) !== 0 || high !== 0) return false;
    const changed = vp.R[EFER] ^ low;
    vp.R[EFER] = low;
    if ((changed & EFER_NXE) !== 0) vp.flushTlb(false);
    vp.updateMode();
    return true;
  },
};

const pat = stored(lane32('pat'), (low, high) => areMemoryTypes(low, true) && areMemoryTypes(high, true));
const mtrrDefault = stored(lane32('mtrrDefType'), (low, high) => high === 0 && (low & ~0xcff) === 0 && isMemoryType(low & 0xff));

function mtrrFixed(index: number): Msr {
  return stored(lane32('mtrrFixed', index), (low, high) => areMemoryTypes(low, false) && areMemoryTypes(high, false));
}

function mtrrVariable(index: number): Msr {
  const isMask = (index & 1) !== 0;
  return stored(lane32('mtrrVariable', index), (low, high) => {
    if ((high & ~ADDRESS_HIGH) !== 0) return false;
    return isMask ? (low & 0x7ff) === 0 : (low & 0xf00) === 0 && isMemoryType(low & 0xff);
  });
}

/** A register, and the features of which one brings it; none: it came with RDMSR. */
interface Row {
  readonly msr: Msr;
  readonly features: readonly Feature[];
}

function register(): ReadonlyMap<number, Row> {
  const map = new Map<number, Row>();
  const row = (number: number, msr: Msr, ...features: Feature[]): void => void map.set(number, { msr, features });
  row(0x0000, constant(0, true)); // IA32_P5_MC_ADDR
  row(0x0001, constant(0, true)); // IA32_P5_MC_TYPE
  row(0x0010, timeStampCounter, 'tsc'); // IA32_TIME_STAMP_COUNTER
  row(0x0017, constant(PLATFORM_CLASS_LOW, false), 'p6'); // IA32_PLATFORM_ID
  row(0x001b, apicBase, 'p6'); // IA32_APIC_BASE
  row(0x002a, constant(0, true), 'p6'); // EBL_CR_POWERON
  row(0x0079, ignored, 'p6'); // IA32_BIOS_UPDT_TRIG
  row(0x008b, stored(lane32('biosSignId')), 'p6'); // IA32_BIOS_SIGN_ID
  row(0x00fe, constant(MTRR_CAPABILITIES, false), 'mtrr'); // IA32_MTRRCAP
  row(0x0174, stored(lane32('sysenterCs')), 'sep'); // IA32_SYSENTER_CS
  row(0x0175, wide32(lane32('sysenterEsp')), 'sep'); // IA32_SYSENTER_ESP
  row(0x0176, wide32(lane32('sysenterEip')), 'sep'); // IA32_SYSENTER_EIP
  row(0x0179, constant(0, false), 'mca'); // IA32_MCG_CAP
  row(0x017a, constant(0, true), 'mca'); // IA32_MCG_STATUS
  row(0x01a0, stored(lane32('miscEnable')), 'sse2'); // IA32_MISC_ENABLE
  row(0x01d9, constant(0, true), 'p6'); // IA32_DEBUGCTL
  row(0x0277, pat, 'pat'); // IA32_PAT
  row(0x02ff, mtrrDefault, 'mtrr'); // IA32_MTRR_DEF_TYPE
  row(0x06e0, tscDeadline, 'tscDeadline'); // IA32_TSC_DEADLINE
  for (let n = 0; n < X2APIC_MSRS; n++) row(X2APIC_MSR + n, x2apic(n), 'x2apic');
  row(0xc000_0080, efer, 'nx', 'syscall'); // IA32_EFER
  row(0xc000_0081, stored(lane32('star')), 'syscall'); // IA32_STAR
  row(0xc000_0103, stored(lane32('tscAux'), (_low, high) => high === 0), 'rdtscp'); // IA32_TSC_AUX
  for (let i = 0; i < PERFORMANCE_COUNTERS; i++) {
    row(0x00c1 + i, { read: readCounter, write: () => true }, 'p6'); // IA32_PMC0
    row(0x0186 + i, ignored, 'p6'); // IA32_PERFEVTSEL0
  }
  for (let i = 0; i < 16; i++) row(0x200 + i, mtrrVariable(i), 'mtrr');
  const fixed = [0x250, 0x258, 0x259, 0x268, 0x269, 0x26a, 0x26b, 0x26c, 0x26d, 0x26e, 0x26f];
  fixed.forEach((number, index) => row(number, mtrrFixed(index), 'mtrr'));
  return map;
}

const MSRS: ReadonlyMap<number, Row> = register();

/** The register that ECX names, where this processor's model has it. */
function find(vp: Vp): Msr | undefined {
  const found = MSRS.get(vp.U[ECX]);
  if (found === undefined) return undefined;
  return found.features.length === 0 || found.features.some((feature) => vp.features.has(feature)) ? found.msr : undefined;
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
