import {
  CR0_AM,
  CR0_CD,
  CR0_EM,
  CR0_ET,
  CR0_MP,
  CR0_NE,
  CR0_NW,
  CR0_PE,
  CR0_PG,
  CR0_TS,
  CR0_WP,
  CR4_DE,
  CR4_MCE,
  CR4_OSFXSR,
  CR4_OSXMMEXCPT,
  CR4_OSXSAVE,
  CR4_PAE,
  CR4_PCE,
  CR4_PGE,
  CR4_PSE,
  CR4_PVI,
  CR4_SMAP,
  CR4_SMEP,
  CR4_TSD,
  CR4_UMIP,
  CR4_VME,
  type Feature,
} from '@ringzero/x86';
import type { Operation } from '../vp/operation.ts';
import { STATUS_OK } from '../vp/status.ts';
import type { Vp } from '../vp/vp.ts';
import { CR0, CR2, CR3, CR4, FAULT } from '../vp/lanes.ts';
import { VECTOR_GP, VECTOR_UD } from './constants.ts';
import { refreshAllSegments } from './segments.ts';
import { isKeptFromUser } from './table-registers.ts';

const CR0_WRITABLE = CR0_PE | CR0_MP | CR0_EM | CR0_TS | CR0_NE | CR0_WP | CR0_AM | CR0_NW | CR0_CD | CR0_PG;
/** Bits of CR4 by the feature that brings them (vol. 3A §2.5); setting another is #GP(0). */
const CR4_BITS: readonly (readonly [Feature, number])[] = [
  ['vme', CR4_VME | CR4_PVI],
  ['tsc', CR4_TSD],
  ['de', CR4_DE],
  ['pse', CR4_PSE],
  ['pae', CR4_PAE],
  ['mce', CR4_MCE],
  ['pge', CR4_PGE],
  ['rdpmc', CR4_PCE],
  ['fxsr', CR4_OSFXSR],
  ['sse', CR4_OSXMMEXCPT],
  ['umip', CR4_UMIP],
  ['xsave', CR4_OSXSAVE],
  ['smep', CR4_SMEP],
  ['smap', CR4_SMAP],
];
/** CR4 bits whose change invalidates all translations (vol. 3A §4.10.4.1). */
const CR4_PAGING = CR4_PSE | CR4_PAE | CR4_PGE | CR4_SMEP | CR4_SMAP;
/** Those whose change loads the PDPTEs, with PAE paging (vol. 3A §4.4.1). */
const CR4_LOADS_PDPTES = CR4_PSE | CR4_PAE | CR4_PGE | CR4_SMEP;
/** PE MP EM TS: what LMSW loads. */
const MSW_WRITABLE = CR0_PE | CR0_MP | CR0_EM | CR0_TS;

/** MOV r32, CRn. */
export function moveFromControl(vp: Vp, op: Operation): number {
  const lane = controlLane(vp, op.regNumber);
  if (lane < 0) return vp.raise(VECTOR_UD, -1);
  if (vp.cpl !== 0) return vp.raise(VECTOR_GP, 0);
  vp.R[op.rm] = vp.R[lane];
  return STATUS_OK;
}

/** MOV CRn, r32. */
export function moveToControl(vp: Vp, op: Operation): number {
  if (controlLane(vp, op.regNumber) < 0) return vp.raise(VECTOR_UD, -1);
  if (vp.cpl !== 0) return vp.raise(VECTOR_GP, 0);
  const value = vp.R[op.rm];
  switch (op.regNumber) {
    case 0:
      return writeCr0(vp, value);
    case 2:
      vp.R[CR2] = value;
      return STATUS_OK;
    case 3:
      return writeCr3(vp, value);
    default:
      return writeCr4(vp, value);
  }
}

/** The register's lane, −1 where there is none: CR4 exists with the first of its bits. */
function controlLane(vp: Vp, number: number): number {
  return number === 0 ? CR0 : number === 2 ? CR2 : number === 3 ? CR3 : number === 4 && writableCr4(vp) !== 0 ? CR4 : -1;
}

/** The bits of CR4 that this processor has. */
function writableCr4(vp: Vp): number {
  let bits = 0;
  for (const [feature, mask] of CR4_BITS) if (vp.features.has(feature)) bits |= mask;
  return bits;
}

/** Writes CR0 with the checks and effects of MOV (vol. 3A §2.5, vol. 2 MOV). Returns a status. */
export function writeCr0(vp: Vp, value: number): number {
  const R = vp.R;
  const pages = (value & CR0_PG) !== 0;
  if (pages && (value & CR0_PE) === 0) return vp.raise(VECTOR_GP, 0);
  if ((value & CR0_NW) !== 0 && (value & CR0_CD) === 0) return vp.raise(VECTOR_GP, 0);
  const old = R[CR0];
  const next = (value & CR0_WRITABLE) | CR0_ET;
  const changed = old ^ next;
  // With PAE, the PDPTEs are loaded when PG, CD or NW change (vol. 3A §4.4.1).
  if (pages && (R[CR4] & CR4_PAE) !== 0 && (changed & (CR0_PG | CR0_CD | CR0_NW)) !== 0 && !vp.loadPdptes()) return vp.raise(VECTOR_GP, 0);
  R[CR0] = next;
  if ((changed & CR0_PE) !== 0) {
    vp.setCpl(0);
    refreshAllSegments(vp);
  }
  if ((changed & (CR0_PE | CR0_PG | CR0_WP)) !== 0) vp.flushTlb(false);
  vp.updateMode();
  return STATUS_OK;
}

/** Writes CR3: translations but global ones are dropped; with PAE paging the PDPTEs are loaded. Returns a status. */
export function writeCr3(vp: Vp, value: number): number {
  const R = vp.R;
  const old = R[CR3];
  R[CR3] = value;
  if ((R[CR0] & CR0_PG) !== 0 && (R[CR4] & CR4_PAE) !== 0 && !vp.loadPdptes()) {
    R[CR3] = old;
    return vp.raise(VECTOR_GP, 0);
  }
  vp.flushTlb(true);
  return STATUS_OK;
}

/** Writes CR4 with the checks and effects of MOV. Returns a status. */
export function writeCr4(vp: Vp, value: number): number {
  const R = vp.R;
  if ((value & ~writableCr4(vp)) !== 0) return vp.raise(VECTOR_GP, 0);
  const old = R[CR4];
  const changed = old ^ value;
  R[CR4] = value;
  if ((R[CR0] & CR0_PG) !== 0 && (value & CR4_PAE) !== 0 && (changed & CR4_LOADS_PDPTES) !== 0 && !vp.loadPdptes()) {
    R[CR4] = old;
    return vp.raise(VECTOR_GP, 0);
  }
  if ((changed & CR4_PAGING) !== 0) vp.flushTlb(false);
  vp.updateMode();
  return STATUS_OK;
}

/** SMSW. */
export function storeMachineStatus(vp: Vp, op: Operation): number {
  if (isKeptFromUser(vp)) return vp.raise(VECTOR_GP, 0);
  return op.isMemory || op.operandSize === 16 ? vp.writeRm16(op, vp.R[CR0] & 0xffff) : vp.writeRm32(op, vp.R[CR0]);
}

/** LMSW: sets PE but never clears it. */
export function loadMachineStatus(vp: Vp, op: Operation): number {
  if (vp.cpl !== 0) return vp.raise(VECTOR_GP, 0);
  const value = vp.readRm16(op);
  if (vp.R[FAULT] !== 0) return vp.R[FAULT];
  const old = vp.R[CR0];
  return writeCr0(vp, (old & ~MSW_WRITABLE) | (value & MSW_WRITABLE) | (old & CR0_PE));
}

/** CLTS. */
export function clearTaskSwitched(vp: Vp, _op: Operation): number {
  if (vp.cpl !== 0) return vp.raise(VECTOR_GP, 0);
  vp.R[CR0] &= ~CR0_TS;
  return STATUS_OK;
}
