import { ZF } from '../flags/kinds.ts';
import type { Operation } from '../vp/operation.ts';
import { STATUS_OK } from '../vp/status.ts';
import type { Vp } from '../vp/vp.ts';
import { EAX, EBX, ECX, EDX, FAULT } from '../vp/lanes.ts';
import { VECTOR_UD } from './constants.ts';

/** CMPXCHG8B: the store is made whether or not the values are equal (vol. 2). */
export function compareExchange8(vp: Vp, op: Operation): number {
  if (!op.isMemory) return vp.raise(VECTOR_UD, -1);
  const R = vp.R;
  const linear = vp.operandLinear(op, 8, true);
  if (R[FAULT] !== 0) return R[FAULT];
  const high = (linear + 4) | 0;
  const oldLow = vp.loadForWrite(linear, 8, op);
  if (R[FAULT] !== 0) return R[FAULT];
  const oldHigh = vp.load32(high, op);
  if (R[FAULT] !== 0) return R[FAULT];
  // Written back first: should either half need the instruction to run alone, memory is as it was.
  vp.store32(linear, oldLow, op);
  if (R[FAULT] !== 0) return R[FAULT];
  vp.store32(high, oldHigh, op);
  if (R[FAULT] !== 0) return R[FAULT];
  const equal = R[EAX] === oldLow && R[EDX] === oldHigh;
  if (equal) {
    vp.store32(linear, R[EBX], op);
    if (R[FAULT] === 0) vp.store32(high, R[ECX], op);
    if (R[FAULT] !== 0) return R[FAULT];
  } else {
    R[EAX] = oldLow;
    R[EDX] = oldHigh;
  }
  vp.setFlags(equal ? ZF : 0, ZF);
  return STATUS_OK;
}
