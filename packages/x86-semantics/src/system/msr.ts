import { EFER_NXE, EFER_SCE, lane32 } from '@ringzero/x86';
import type { Operation } from '../vp/operation.ts';
import { STATUS_OK } from '../vp/status.ts';
import type { Vp } from '../vp/vp.ts';
import { EAX, ECX, EDX, EFER } from '../vp/lanes.ts';
import { VECTOR_GP } from './constants.ts';
import { readTsc, writeTsc } from './time-stamp.ts';
import { unitsOf } from './units.ts';

/** One model-specific register: two i32 halves. */
interface Msr {
  read(vp: Vp): readonly [low: number, high: number];
  /** False: #GP(0), nothing written. */
  write(vp: Vp, low: number, high: number): boolean;
}

/** As wide as the page walker's. */
const PHYSICAL_ADDRESS_BITS = 36;
const ADDRESS_HIGH = (1 << (PHYSICAL_ADDRESS_BITS - 32)) - 1;
/** VCNT 8, fixed ranges, write combining (vol. 3A §11.11.1). */
const MTRR_CAPABILITIES = 0x508;
const PLATFORM_CLASS_LOW = 0;
const APIC_BASE_RESERVED = 0x6ff;
const APIC_BASE_X2APIC = 1 << 10;

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
  read: (vp) => halves(readTsc(vp)),
  write: (vp, low, high) => {
    writeTsc(vp, (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0));
    return true;
  },
};

function halves(value: bigint): readonly [number, number] {
  return [Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n))];
}

const APIC_BASE_LANE = lane32('apicBase');
const apicBase: Msr = {
  read: (vp) => [vp.R[APIC_BASE_LANE], vp.R[APIC_BASE_LANE + 1]],
  write: (vp, low, high) => {
    if ((low & (APIC_BASE_RESERVED | APIC_BASE_X2APIC)) !== 0 || (high & ~ADDRESS_HIGH) !== 0) return false;
    unitsOf(vp).apic.setBase(low, high);
    return true;
  },
};

const efer: Msr = {
  read: (vp) => [vp.R[EFER], vp.R[EFER + 1]],
  write: (vp, low, high) => {
    // No long mode: LME is reserved.
    if ((low & ~(EFER_SCE | EFER_NXE)) !== 0 || high !== 0) return false;
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

function register(): ReadonlyMap<number, Msr> {
  const map = new Map<number, Msr>([
    [0x0000, constant(0, true)], // IA32_P5_MC_ADDR
    [0x0001, constant(0, true)], // IA32_P5_MC_TYPE
    [0x0010, timeStampCounter], // IA32_TIME_STAMP_COUNTER
    [0x0017, constant(PLATFORM_CLASS_LOW, false)], // IA32_PLATFORM_ID
    [0x001b, apicBase], // IA32_APIC_BASE
    [0x002a, constant(0, true)], // EBL_CR_POWERON
    [0x0079, ignored], // IA32_BIOS_UPDT_TRIG
    [0x008b, stored(lane32('biosSignId'))], // IA32_BIOS_SIGN_ID
    [0x00fe, constant(MTRR_CAPABILITIES, false)], // IA32_MTRRCAP
    [0x0174, stored(lane32('sysenterCs'))], // IA32_SYSENTER_CS
    [0x0175, wide32(lane32('sysenterEsp'))], // IA32_SYSENTER_ESP
    [0x0176, wide32(lane32('sysenterEip'))], // IA32_SYSENTER_EIP
    [0x0179, constant(0, false)], // IA32_MCG_CAP
    [0x017a, constant(0, true)], // IA32_MCG_STATUS
    [0x01a0, stored(lane32('miscEnable'))], // IA32_MISC_ENABLE
    [0x01d9, constant(0, true)], // IA32_DEBUGCTL
    [0x0277, pat], // IA32_PAT
    [0x02ff, mtrrDefault], // IA32_MTRR_DEF_TYPE
    [0xc000_0080, efer], // IA32_EFER
    [0xc000_0081, stored(lane32('star'))], // IA32_STAR
  ]);
  for (let i = 0; i < 16; i++) map.set(0x200 + i, mtrrVariable(i));
  const fixed = [0x250, 0x258, 0x259, 0x268, 0x269, 0x26a, 0x26b, 0x26c, 0x26d, 0x26e, 0x26f];
  fixed.forEach((number, index) => map.set(number, mtrrFixed(index)));
  return map;
}

const MSRS: ReadonlyMap<number, Msr> = register();

/** RDMSR. An MSR that does not exist is #GP(0). */
export function readMsr(vp: Vp, _op: Operation): number {
  if (vp.cpl !== 0) return vp.raise(VECTOR_GP, 0);
  const msr = MSRS.get(vp.U[ECX]);
  if (msr === undefined) return vp.raise(VECTOR_GP, 0);
  const [low, high] = msr.read(vp);
  vp.R[EAX] = low;
  vp.R[EDX] = high;
  return STATUS_OK;
}

/** WRMSR. */
export function writeMsr(vp: Vp, _op: Operation): number {
  if (vp.cpl !== 0) return vp.raise(VECTOR_GP, 0);
  const msr = MSRS.get(vp.U[ECX]);
  return msr !== undefined && msr.write(vp, vp.R[EAX], vp.R[EDX]) ? STATUS_OK : vp.raise(VECTOR_GP, 0);
}
