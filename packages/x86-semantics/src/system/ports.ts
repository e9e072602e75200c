import type { Operation } from '../vp/operation.ts';
import { STATUS_OK } from '../vp/status.ts';
import type { Vp } from '../vp/vp.ts';
import { EAX, EDX, FAULT } from '../vp/lanes.ts';
import { checkIoPermission } from './io-permission.ts';
import { unitsOf } from './units.ts';

function input(vp: Vp, op: Operation, port: number, size: number): number {
  if (!checkIoPermission(vp, port, size)) return vp.R[FAULT];
  const value = vp.readPort(port, size, op);
  if (vp.R[FAULT] !== 0) return vp.R[FAULT];
  if (size === 4) vp.R[EAX] = value;
  else if (size === 2) vp.H[EAX << 1] = value;
  else vp.B[EAX << 2] = value;
  unitsOf(vp).debug.noteIo(port, size);
  return STATUS_OK;
}

function output(vp: Vp, op: Operation, port: number, size: number): number {
  if (!checkIoPermission(vp, port, size)) return vp.R[FAULT];
  const value = vp.R[EAX];
  vp.writePort(port, size, size === 4 ? value : value & (size === 2 ? 0xffff : 0xff), op);
  if (vp.R[FAULT] !== 0) return vp.R[FAULT];
  unitsOf(vp).debug.noteIo(port, size);
  return STATUS_OK;
}

/** IN AL, imm8 and IN eAX, imm8. */
export function inputByteImmediate(vp: Vp, op: Operation): number {
  return input(vp, op, op.immediate & 0xff, 1);
}
export function inputImmediate(vp: Vp, op: Operation): number {
  return input(vp, op, op.immediate & 0xff, op.operandSize >> 3);
}
/** IN AL, DX and IN eAX, DX. */
export function inputByte(vp: Vp, op: Operation): number {
  return input(vp, op, vp.R[EDX] & 0xffff, 1);
}
export function inputWord(vp: Vp, op: Operation): number {
  return input(vp, op, vp.R[EDX] & 0xffff, op.operandSize >> 3);
}
/** OUT imm8, AL and OUT imm8, eAX. */
export function outputByteImmediate(vp: Vp, op: Operation): number {
  return output(vp, op, op.immediate & 0xff, 1);
}
export function outputImmediate(vp: Vp, op: Operation): number {
  return output(vp, op, op.immediate & 0xff, op.operandSize >> 3);
}
/** OUT DX, AL and OUT DX, eAX. */
export function outputByte(vp: Vp, op: Operation): number {
  return output(vp, op, vp.R[EDX] & 0xffff, 1);
}
export function outputWord(vp: Vp, op: Operation): number {
  return output(vp, op, vp.R[EDX] & 0xffff, op.operandSize >> 3);
}
