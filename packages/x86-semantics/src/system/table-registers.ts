import { CR4_UMIP } from '@ringzero/x86';
import type { Operation } from '../vp/operation.ts';
import { STATUS_OK } from '../vp/status.ts';
import type { Vp } from '../vp/vp.ts';
import { CR4, FAULT, GDTR_BASE, GDTR_LIMIT, IDTR_BASE, IDTR_LIMIT } from '../vp/lanes.ts';
import { SEG_LDTR, SEG_TR, VECTOR_GP, VECTOR_UD } from './constants.ts';
import { loadLdtr, loadTr, selectorOf } from './segments.ts';
import { storeSelector } from './stack.ts';

function loadTable(vp: Vp, op: Operation, baseLane: number, limitLane: number): number {
  if (!op.isMemory) return vp.raise(VECTOR_UD, -1);
  if (vp.cpl !== 0) return vp.raise(VECTOR_GP, 0);
  const linear = vp.operandLinear(op, 6, false);
  if (vp.R[FAULT] !== 0) return vp.R[FAULT];
  const limit = vp.load16(linear, op);
  if (vp.R[FAULT] !== 0) return vp.R[FAULT];
  const base = vp.load32((linear + 2) | 0, op);
  if (vp.R[FAULT] !== 0) return vp.R[FAULT];
  vp.R[limitLane] = limit;
  // A 16-bit operand size loads 24 bits of base (vol. 2, LGDT).
  vp.R[baseLane] = op.operandSize === 16 ? base & 0xff_ffff : base;
  vp.R[baseLane + 1] = 0;
  return STATUS_OK;
}

function storeTable(vp: Vp, op: Operation, baseLane: number, limitLane: number): number {
  if (!op.isMemory) return vp.raise(VECTOR_UD, -1);
  if (isKeptFromUser(vp)) return vp.raise(VECTOR_GP, 0);
  const linear = vp.operandLinear(op, 6, true);
  if (vp.R[FAULT] !== 0 || !vp.probeWrite(linear, 6, vp.cpl === 3)) return vp.R[FAULT];
  vp.store16(linear, vp.R[limitLane], op);
  if (vp.R[FAULT] === 0) vp.store32((linear + 2) | 0, vp.R[baseLane], op);
  return vp.R[FAULT];
}

/** User-mode instruction prevention: SGDT, SIDT, SLDT, STR and SMSW only at CPL 0 (vol. 3A §2.5, CR4.UMIP). */
export function isKeptFromUser(vp: Vp): boolean {
  return vp.cpl !== 0 && (vp.R[CR4] & CR4_UMIP) !== 0;
}

/** LGDT, LIDT, SGDT, SIDT. */
export function loadGdtr(vp: Vp, op: Operation): number {
  return loadTable(vp, op, GDTR_BASE, GDTR_LIMIT);
}
export function loadIdtr(vp: Vp, op: Operation): number {
  return loadTable(vp, op, IDTR_BASE, IDTR_LIMIT);
}
export function storeGdtr(vp: Vp, op: Operation): number {
  return storeTable(vp, op, GDTR_BASE, GDTR_LIMIT);
}
export function storeIdtr(vp: Vp, op: Operation): number {
  return storeTable(vp, op, IDTR_BASE, IDTR_LIMIT);
}

function checkProtected(vp: Vp, privileged: boolean): number {
  if (!vp.isProtected || vp.isVirtual8086) return vp.raise(VECTOR_UD, -1);
  return privileged && vp.cpl !== 0 ? vp.raise(VECTOR_GP, 0) : STATUS_OK;
}

/** LLDT and LTR. */
function loadSystemSegment(vp: Vp, op: Operation, load: (vp: Vp, selector: number) => number): number {
  if (checkProtected(vp, true) !== STATUS_OK) return vp.R[FAULT];
  const selector = vp.readRm16(op);
  return vp.R[FAULT] !== 0 ? vp.R[FAULT] : load(vp, selector);
}

export function loadLdtRegister(vp: Vp, op: Operation): number {
  return loadSystemSegment(vp, op, loadLdtr);
}
export function loadTaskRegister(vp: Vp, op: Operation): number {
  return loadSystemSegment(vp, op, loadTr);
}

/** SLDT and STR. */
export function storeLdtRegister(vp: Vp, op: Operation): number {
  return checkProtected(vp, isKeptFromUser(vp)) !== STATUS_OK ? vp.R[FAULT] : storeSelector(vp, op, selectorOf(vp, SEG_LDTR));
}
export function storeTaskRegister(vp: Vp, op: Operation): number {
  return checkProtected(vp, isKeptFromUser(vp)) !== STATUS_OK ? vp.R[FAULT] : storeSelector(vp, op, selectorOf(vp, SEG_TR));
}
