import { ZF } from '../flags/kinds.ts';
import type { Operation } from '../vp/operation.ts';
import { STATUS_OK } from '../vp/status.ts';
import type { Vp } from '../vp/vp.ts';
import { FAULT } from '../vp/lanes.ts';
import { VECTOR_GP, VECTOR_UD } from './constants.ts';
import { type Descriptor, descriptorAddress, isNull, readDescriptor } from './descriptors.ts';

// Types of system descriptors that LAR and LSL know, as bit masks (vol. 2, LAR and LSL).
const LAR_TYPES = 0b0001_1010_0011_1110;
const LSL_TYPES = 0b0000_1010_0000_1110;

function isRealOrVirtual(vp: Vp): boolean {
  return !vp.isProtected || vp.isVirtual8086;
}

function setZero(vp: Vp, on: boolean): number {
  vp.setFlags(on ? ZF : 0, ZF);
  return STATUS_OK;
}

/** The descriptor of a selector that may be wrong in any way: null then, and no fault but of the access itself. */
function tryDescriptor(vp: Vp, selector: number): Descriptor | null {
  if (isNull(selector) || descriptorAddress(vp, selector) === -1) return null;
  return readDescriptor(vp, selector, VECTOR_GP);
}

/** Whether the current privilege may see the segment: conforming code always, else DPL ≥ CPL and RPL. */
function isVisible(vp: Vp, descriptor: Descriptor): boolean {
  return descriptor.isConforming || (descriptor.dpl >= vp.cpl && descriptor.dpl >= descriptor.rpl);
}

/** VERR and VERW. */
function verify(vp: Vp, op: Operation, write: boolean): number {
  if (isRealOrVirtual(vp)) return vp.raise(VECTOR_UD, -1);
  const selector = vp.readRm16(op);
  if (vp.R[FAULT] !== 0) return vp.R[FAULT];
  const descriptor = tryDescriptor(vp, selector);
  if (vp.R[FAULT] !== 0) return vp.R[FAULT];
  if (descriptor === null || !isVisible(vp, descriptor)) return setZero(vp, false);
  return setZero(vp, write ? descriptor.isWritableData : descriptor.isReadable);
}

export function verifyRead(vp: Vp, op: Operation): number {
  return verify(vp, op, false);
}

export function verifyWrite(vp: Vp, op: Operation): number {
  return verify(vp, op, true);
}

/** The descriptor that LAR or LSL asks for when it may be seen and has one of `types`; null otherwise. */
function inspect(vp: Vp, op: Operation, types: number): Descriptor | null {
  const selector = vp.readRm16(op);
  if (vp.R[FAULT] !== 0) return null;
  const descriptor = tryDescriptor(vp, selector);
  if (descriptor === null || !isVisible(vp, descriptor)) return null;
  return descriptor.isSegment || ((types >>> descriptor.type) & 1) !== 0 ? descriptor : null;
}

function answer(vp: Vp, op: Operation, value: number): number {
  if (op.operandSize === 16) vp.H[op.reg << 1] = value;
  else vp.R[op.reg] = value;
  return setZero(vp, true);
}

/** LAR. */
export function loadAccessRights(vp: Vp, op: Operation): number {
  if (isRealOrVirtual(vp)) return vp.raise(VECTOR_UD, -1);
  const descriptor = inspect(vp, op, LAR_TYPES);
  if (vp.R[FAULT] !== 0) return vp.R[FAULT];
  return descriptor === null ? setZero(vp, false) : answer(vp, op, descriptor.high & 0x00ff_ff00);
}

/** LSL. */
export function loadSegmentLimit(vp: Vp, op: Operation): number {
  if (isRealOrVirtual(vp)) return vp.raise(VECTOR_UD, -1);
  const descriptor = inspect(vp, op, LSL_TYPES);
  if (vp.R[FAULT] !== 0) return vp.R[FAULT];
  return descriptor === null ? setZero(vp, false) : answer(vp, op, descriptor.limit);
}

/** ARPL: raises the RPL of the destination selector to that of the source. */
export function adjustRpl(vp: Vp, op: Operation): number {
  if (isRealOrVirtual(vp)) return vp.raise(VECTOR_UD, -1);
  const selector = vp.readRm16(op);
  if (vp.R[FAULT] !== 0) return vp.R[FAULT];
  const rpl = vp.R[op.reg] & 3;
  if ((selector & 3) >= rpl) return setZero(vp, false);
  if (vp.writeRm16(op, (selector & ~3) | rpl) !== STATUS_OK) return vp.R[FAULT];
  return setZero(vp, true);
}
