import type { Operation } from '../vp/operation.ts';
import { STATUS_OK } from '../vp/status.ts';
import type { Vp } from '../vp/vp.ts';
import { CHECKED_STACK, EAX, EBP, EDI, ESP, FAULT, INTERRUPT_SHADOW, SHADOW_MOV_SS, STACK_MASK, TLB_SECTION } from '../vp/lanes.ts';
import { TLB_NEVER, TLB_USER } from '../vp/mode.ts';
import { SEG_SS, VECTOR_UD } from './constants.ts';
import { loadFarOffset, loadFarSelector } from './far-transfer.ts';
import { loadSegment, selectorOf } from './segments.ts';
import { StackFrame } from './stack-frame.ts';

/** Writes a register of 16 or 32 bits. */
function setRegister(vp: Vp, lane: number, size: number, value: number): void {
  if (size === 4) vp.R[lane] = value;
  else vp.H[lane << 1] = value;
}

/** Buffer offset of the `bytes` at linear address `at` on a flat 32-bit stack, in a page of plain memory, or −1: StackFrame then looks. */
export function flatStack(vp: Vp, op: Operation, at: number, bytes: number, write: boolean): number {
  const { R } = vp;
  if (R[CHECKED_STACK] >= 0 || R[STACK_MASK] !== -1 || op.operandSize !== 32 || (at & 4095) + bytes > 4096) return -1;
  const section = R[TLB_SECTION];
  const table = write ? vp.tlb.write : vp.tlb.read;
  const entry = table[(at >>> 12) + section];
  if (entry !== -1) return at ^ entry;
  return section !== TLB_NEVER && vp.cachePage(at, write, section === TLB_USER, false) ? at ^ table[(at >>> 12) + section] : -1;
}

/** PUSHA, PUSHAD. */
export function pushAll(vp: Vp, op: Operation): number {
  const top = (vp.R[ESP] - 32) | 0;
  const at = flatStack(vp, op, top, 32, true);
  if (at >= 0) {
    const { view } = vp.memory;
    for (let i = 0; i < 8; i++) view.setInt32(at + 4 * i, vp.R[EDI - 2 * i], true);
    vp.R[ESP] = top;
    return STATUS_OK;
  }
  const size = op.operandSize >> 3;
  const stack = StackFrame.current(vp);
  if (!stack.reserve(8, size)) return vp.R[FAULT];
  // ESP is read whole each time: it changes only at the end, so its old value is what is pushed.
  for (let i = 0; i < 8; i++) if (stack.push(vp.R[EAX + 2 * i], size) !== STATUS_OK) return vp.R[FAULT];
  stack.commit();
  return STATUS_OK;
}

/** POPA, POPAD: the image's ESP is skipped. */
export function popAll(vp: Vp, op: Operation): number {
  const at = flatStack(vp, op, vp.R[ESP], 32, false);
  if (at >= 0) {
    const { view } = vp.memory;
    for (let i = 0; i < 8; i++) if (i !== 3) vp.R[EDI - 2 * i] = view.getInt32(at + 4 * i, true);
    vp.R[ESP] = (vp.R[ESP] + 32) | 0;
    return STATUS_OK;
  }
  const size = op.operandSize >> 3;
  const stack = StackFrame.current(vp);
  const values: number[] = [];
  for (let i = 0; i < 8; i++) {
    values.push(stack.pop(size));
    if (vp.R[FAULT] !== 0) return vp.R[FAULT];
  }
  stack.commit();
  for (let i = 0; i < 8; i++) {
    const lane = EDI - 2 * i;
    if (lane !== ESP) setRegister(vp, lane, size, values[i]);
  }
  return STATUS_OK;
}

/** ENTER: `op.immediate` bytes of locals, `op.immediate2` levels of display. */
export function enterFrame(vp: Vp, op: Operation): number {
  const size = op.operandSize >> 3;
  const level = op.immediate2 & 31;
  const stack = StackFrame.current(vp);
  if (!stack.reserve(level + 1, size)) return vp.R[FAULT];
  if (stack.push(vp.R[EBP], size) !== STATUS_OK) return vp.R[FAULT];
  const frame = (vp.R[ESP] & ~stack.mask) | (stack.sp & stack.mask);
  for (let i = 1; i < level; i++) {
    const link = stack.read((vp.R[EBP] - i * size) | 0, size);
    if (vp.R[FAULT] !== 0 || stack.push(link, size) !== STATUS_OK) return vp.R[FAULT];
  }
  if (level > 0 && stack.push(frame, size) !== STATUS_OK) return vp.R[FAULT];
  stack.release(-(op.immediate & 0xffff));
  // The new top of stack must be writable (vol. 2, ENTER: #PF "if a write using the final value of the stack pointer" would fault).
  if (!stack.probe(size)) return vp.R[FAULT];
  stack.commit();
  setRegister(vp, EBP, size, frame);
  return STATUS_OK;
}

/** PUSH of a segment register. With 32-bit operands only the low half of the slot is written, as recent processors do. */
function pushSegment(vp: Vp, op: Operation, segment: number): number {
  const top = (vp.R[ESP] - 4) | 0;
  const at = flatStack(vp, op, top, 4, true);
  if (at >= 0) {
    vp.memory.view.setUint16(at, selectorOf(vp, segment), true);
    vp.R[ESP] = top;
    return STATUS_OK;
  }
  const size = op.operandSize >> 3;
  const stack = StackFrame.current(vp);
  if (!stack.reserve(1, size)) return vp.R[FAULT];
  stack.release(-size);
  if (stack.write(selectorOf(vp, segment), 2) !== STATUS_OK) return vp.R[FAULT];
  stack.commit();
  return STATUS_OK;
}

function popSegment(vp: Vp, op: Operation, segment: number): number {
  const at = flatStack(vp, op, vp.R[ESP], 4, false);
  if (at >= 0 && segment !== SEG_SS) {
    if (loadSegment(vp, segment, vp.memory.view.getUint16(at, true)) !== STATUS_OK) return vp.R[FAULT];
    vp.R[ESP] = (vp.R[ESP] + 4) | 0;
    vp.updateDataSegment(segment);
    return STATUS_OK;
  }
  const stack = StackFrame.current(vp);
  const selector = stack.pop(op.operandSize >> 3) & 0xffff;
  if (vp.R[FAULT] !== 0) return vp.R[FAULT];
  if (loadSegment(vp, segment, selector) !== STATUS_OK) return vp.R[FAULT];
  stack.commit();
  finishLoad(vp, segment);
  return STATUS_OK;
}

function finishLoad(vp: Vp, segment: number): void {
  if (segment !== SEG_SS) {
    vp.updateDataSegment(segment);
    return;
  }
  vp.R[INTERRUPT_SHADOW] = SHADOW_MOV_SS;
  vp.updateMode();
}

/** PUSH and POP of one segment register. */
export function pushOf(segment: number): (vp: Vp, op: Operation) => number {
  return (vp, op) => pushSegment(vp, op, segment);
}
export function popOf(segment: number): (vp: Vp, op: Operation) => number {
  return (vp, op) => popSegment(vp, op, segment);
}

/** MOV Sreg, r/m16. */
export function moveToSegment(vp: Vp, op: Operation): number {
  const segment = op.regNumber;
  if (segment === 1 || segment > 5) return vp.raise(VECTOR_UD, -1);
  const selector = vp.readRm16(op);
  if (vp.R[FAULT] !== 0) return vp.R[FAULT];
  if (loadSegment(vp, segment, selector) !== STATUS_OK) return vp.R[FAULT];
  finishLoad(vp, segment);
  return STATUS_OK;
}

/** MOV r/m, Sreg: memory takes 16 bits, a 32-bit register is zero-extended. */
export function moveFromSegment(vp: Vp, op: Operation): number {
  if (op.regNumber > 5) return vp.raise(VECTOR_UD, -1);
  return storeSelector(vp, op, selectorOf(vp, op.regNumber));
}

/** Stores a 16-bit system value as MOV from Sreg, SLDT and STR do. */
export function storeSelector(vp: Vp, op: Operation, selector: number): number {
  return op.isMemory || op.operandSize === 16 ? vp.writeRm16(op, selector) : vp.writeRm32(op, selector);
}

/** LES, LSS, LDS, LFS, LGS. */
export function loadFarPointer(segment: number): (vp: Vp, op: Operation) => number {
  return (vp, op) => {
    if (!op.isMemory) return vp.raise(VECTOR_UD, -1);
    const offset = loadFarOffset(vp, op);
    if (vp.R[FAULT] !== 0) return vp.R[FAULT];
    const selector = loadFarSelector(vp, op);
    if (vp.R[FAULT] !== 0) return vp.R[FAULT];
    if (loadSegment(vp, segment, selector) !== STATUS_OK) return vp.R[FAULT];
    setRegister(vp, op.reg, op.operandSize >> 3, offset);
    vp.updateMode();
    return STATUS_OK;
  };
}
