import { EFLAGS_VM } from '@ringzero/x86';
import { OF } from '../flags/kinds.ts';
import type { Operation } from '../vp/operation.ts';
import { STATUS_OK } from '../vp/status.ts';
import type { Vp } from '../vp/vp.ts';
import { FAULT, MP_STATE, RFLAGS } from '../vp/lanes.ts';
import { MP_HALTED, VECTOR_BP, VECTOR_BR, VECTOR_DB, VECTOR_GP, VECTOR_OF, VECTOR_UD } from './constants.ts';
import { deliverInterrupt, EVENT_BREAKPOINT, EVENT_INT1, EVENT_SOFTWARE, finishTaskSwitch } from './deliver.ts';

/** INT n. */
export function interrupt(vp: Vp, op: Operation): number {
  return finishTaskSwitch(vp, deliverInterrupt(vp, EVENT_SOFTWARE, op.immediate & 0xff, -1, op.nextIp));
}

/** INT3. */
export function breakpoint(vp: Vp, op: Operation): number {
  return finishTaskSwitch(vp, deliverInterrupt(vp, EVENT_BREAKPOINT, VECTOR_BP, -1, op.nextIp));
}

/** INTO. */
export function interruptOnOverflow(vp: Vp, op: Operation): number {
  if ((vp.flags() & OF) === 0) return STATUS_OK;
  return finishTaskSwitch(vp, deliverInterrupt(vp, EVENT_BREAKPOINT, VECTOR_OF, -1, op.nextIp));
}

/** INT1 (ICEBP): a #DB that leaves DR6 alone and skips the gate's privilege check. */
export function debugInterrupt(vp: Vp, op: Operation): number {
  return finishTaskSwitch(vp, deliverInterrupt(vp, EVENT_INT1, VECTOR_DB, -1, op.nextIp));
}

/** BOUND. */
export function checkBounds(vp: Vp, op: Operation): number {
  if (!op.isMemory) return vp.raise(VECTOR_UD, -1);
  const size = op.operandSize >> 3;
  const linear = vp.operandLinear(op, 2 * size, false);
  if (vp.R[FAULT] !== 0) return vp.R[FAULT];
  const lower = loadSigned(vp, op, linear, size);
  if (vp.R[FAULT] !== 0) return vp.R[FAULT];
  const upper = loadSigned(vp, op, (linear + size) | 0, size);
  if (vp.R[FAULT] !== 0) return vp.R[FAULT];
  const index = size === 4 ? vp.R[op.reg] : (vp.R[op.reg] << 16) >> 16;
  return index < lower || index > upper ? vp.raise(VECTOR_BR, -1) : STATUS_OK;
}

function loadSigned(vp: Vp, op: Operation, linear: number, size: number): number {
  return size === 4 ? vp.load32(linear, op) : (vp.load16(linear, op) << 16) >> 16;
}

/** HLT: the run loop finds the VP halted at the next instruction. */
export function halt(vp: Vp, _op: Operation): number {
  if (vp.cpl !== 0 || (vp.R[RFLAGS] & EFLAGS_VM) !== 0) return vp.raise(VECTOR_GP, 0);
  vp.R[MP_STATE] = MP_HALTED;
  return STATUS_OK;
}

/** UD0, UD1 and UD2; and what exists only in system management mode (RSM): #UD by the manual (vol. 2). */
export function undefinedOpcode(vp: Vp, _op: Operation): number {
  return vp.raise(VECTOR_UD, -1);
}
