import type { Operation } from '../vp/operation.ts';
import { STATUS_OK } from '../vp/status.ts';
import type { Vp } from '../vp/vp.ts';
import { FAULT, SEG_BASE } from '../vp/lanes.ts';
import { VECTOR_GP, VECTOR_UD } from './constants.ts';

/** INVD and WBINVD: memory is always coherent here, so that only the privilege check is left. */
export function invalidateCaches(vp: Vp, _op: Operation): number {
  return vp.cpl !== 0 ? vp.raise(VECTOR_GP, 0) : STATUS_OK;
}

/** INVLPG: no segment check, the address need not be accessible (vol. 2). */
export function invalidatePage(vp: Vp, op: Operation): number {
  if (!op.isMemory) return vp.raise(VECTOR_UD, -1);
  if (vp.cpl !== 0) return vp.raise(VECTOR_GP, 0);
  vp.invalidatePage((vp.R[SEG_BASE + 2 * op.segment] + vp.effectiveAddress(op)) | 0);
  return STATUS_OK;
}

/** CLFLUSH: checked as a load of one byte. */
export function flushLine(vp: Vp, op: Operation): number {
  const linear = vp.operandLinear(op, 1, false);
  if (vp.R[FAULT] !== 0 || !vp.probeRead(linear, vp.cpl === 3)) return vp.R[FAULT];
  return STATUS_OK;
}
