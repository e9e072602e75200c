import { CR4_DE, lane32 } from '@ringzero/x86';
import type { Operation } from '../vp/operation.ts';
import { STATUS_OK } from '../vp/status.ts';
import type { Vp } from '../vp/vp.ts';
import { CR4, DEBUG_PENDING, DR6, DR7 } from '../vp/lanes.ts';
import { VECTOR_DB, VECTOR_GP, VECTOR_UD } from './constants.ts';
import { DR6_BD } from './debug.ts';
import { unitsOf } from './units.ts';

const DR0 = lane32('dr', 0);
const DR7_GD = 0x2000;
/** Bits of DR6 that software may write: B3:0, BD, BS, BT; the others are fixed. */
const DR6_WRITABLE = 0xe00f;
const DR6_FIXED = 0xffff_0ff0 | 0;
/** Bits of DR7 that are always 0 (11, 12, 14, 15) and the one that is always 1 (10). */
const DR7_CLEAR = 0xd800;
const DR7_FIXED = 0x400;

/** The register that an encoding names, −1 for #UD: DR4 and DR5 stand for DR6 and DR7 unless CR4.DE (vol. 3B §17.2.2). */
function debugRegister(vp: Vp, number: number): number {
  if (number > 7) return -1;
  if (number !== 4 && number !== 5) return number;
  return (vp.R[CR4] & CR4_DE) !== 0 ? -1 : number + 2;
}

/** Checks common to both directions. Returns a status. */
function checkAccess(vp: Vp, register: number): number {
  if (register < 0) return vp.raise(VECTOR_UD, -1);
  if (vp.cpl !== 0) return vp.raise(VECTOR_GP, 0);
  if ((vp.R[DR7] & DR7_GD) === 0) return STATUS_OK;
  vp.R[DEBUG_PENDING] |= DR6_BD;
  return vp.raise(VECTOR_DB, -1);
}

/** MOV r32, DRn. */
export function moveFromDebug(vp: Vp, op: Operation): number {
  const register = debugRegister(vp, op.regNumber);
  const status = checkAccess(vp, register);
  if (status !== STATUS_OK) return status;
  vp.R[op.rm] = vp.R[DR0 + 2 * register];
  return STATUS_OK;
}

/** MOV DRn, r32. */
export function moveToDebug(vp: Vp, op: Operation): number {
  const register = debugRegister(vp, op.regNumber);
  const status = checkAccess(vp, register);
  if (status !== STATUS_OK) return status;
  const value = vp.R[op.rm];
  if (register === 6) vp.R[DR6] = (value & DR6_WRITABLE) | DR6_FIXED;
  else {
    vp.R[DR0 + 2 * register] = register === 7 ? (value & ~DR7_CLEAR) | DR7_FIXED : value;
    unitsOf(vp).debug.update();
  }
  return STATUS_OK;
}
