import type { Operation } from '../vp/operation.ts';
import { STATUS_BRANCHED, STATUS_OK } from '../vp/status.ts';
import type { Vp } from '../vp/vp.ts';
import { ESP, FAULT, RIP } from '../vp/lanes.ts';
import {
  SEG_CS,
  SEG_SS,
  TYPE_CALL_GATE16,
  TYPE_CALL_GATE32,
  TYPE_TASK_GATE,
  TYPE_TSS16_AVAILABLE,
  TYPE_TSS32_AVAILABLE,
  VECTOR_GP,
  VECTOR_NP,
} from './constants.ts';
import { finishTaskSwitch } from './deliver.ts';
import { type Descriptor, isNull, markAccessed, readDescriptor } from './descriptors.ts';
import { openPrivilegeStack } from './privilege-stack.ts';
import { dropInnerSegments, readReturnCode, readReturnStack } from './return-segments.ts';
import { selectorOf, withinCode, writeRealSegment, writeSegment } from './segments.ts';
import { StackFrame } from './stack-frame.ts';
import { readAvailableTss, switchTask, TASK_CALL, TASK_JUMP } from './task-switch.ts';

/** JMP ptr16:16, JMP ptr16:32. */
export function jumpFarImmediate(vp: Vp, op: Operation): number {
  return jumpFar(vp, op, op.immediate2, offsetOf(op, op.immediate));
}

/** JMP m16:16, JMP m16:32. */
export function jumpFarMemory(vp: Vp, op: Operation): number {
  const offset = loadFarOffset(vp, op);
  if (vp.R[FAULT] !== 0) return vp.R[FAULT];
  const selector = loadFarSelector(vp, op);
  return vp.R[FAULT] !== 0 ? vp.R[FAULT] : jumpFar(vp, op, selector, offset);
}

/** CALL ptr16:16, CALL ptr16:32. */
export function callFarImmediate(vp: Vp, op: Operation): number {
  return callFar(vp, op, op.immediate2, offsetOf(op, op.immediate));
}

/** CALL m16:16, CALL m16:32. */
export function callFarMemory(vp: Vp, op: Operation): number {
  const offset = loadFarOffset(vp, op);
  if (vp.R[FAULT] !== 0) return vp.R[FAULT];
  const selector = loadFarSelector(vp, op);
  return vp.R[FAULT] !== 0 ? vp.R[FAULT] : callFar(vp, op, selector, offset);
}

function offsetOf(op: Operation, offset: number): number {
  return op.operandSize === 16 ? offset & 0xffff : offset;
}

/** Offset of a far pointer in memory; check `R[FAULT]`. The whole pointer passes the segment check first. */
export function loadFarOffset(vp: Vp, op: Operation): number {
  const size = op.operandSize >> 3;
  const linear = vp.operandLinear(op, size + 2, false);
  if (vp.R[FAULT] !== 0) return 0;
  return size === 4 ? vp.load32(linear, op) : vp.load16(linear, op);
}

/** Selector of a far pointer in memory; check `R[FAULT]`. */
export function loadFarSelector(vp: Vp, op: Operation): number {
  const size = op.operandSize >> 3;
  const linear = vp.operandLinear(op, size + 2, false);
  return vp.R[FAULT] !== 0 ? 0 : vp.load16((linear + size) | 0, op);
}

function branch(vp: Vp, ip: number): number {
  vp.R[RIP] = ip;
  vp.updateMode();
  return STATUS_BRANCHED;
}

function jumpFar(vp: Vp, op: Operation, selector: number, offset: number): number {
  if (!vp.isProtected || vp.isVirtual8086) {
    if (!withinCode(vp, offset)) return vp.raise(VECTOR_GP, 0);
    writeRealSegment(vp, SEG_CS, selector);
    return branch(vp, offset);
  }
  if (isNull(selector)) return vp.raise(VECTOR_GP, 0);
  const target = readDescriptor(vp, selector, VECTOR_GP);
  if (target === null) return vp.R[FAULT];
  if (target.isSegment) {
    const status = checkDirect(vp, target);
    return status !== STATUS_OK ? status : jumpToCode(vp, target, offset);
  }
  if (target.type === TYPE_CALL_GATE16 || target.type === TYPE_CALL_GATE32) return jumpGate(vp, target);
  return toTask(vp, op, target, TASK_JUMP);
}

function jumpToCode(vp: Vp, code: Descriptor, offset: number): number {
  if (offset >>> 0 > code.limit >>> 0) return vp.raise(VECTOR_GP, 0);
  if (markAccessed(vp, code) !== STATUS_OK) return vp.R[FAULT];
  writeSegment(vp, SEG_CS, code, (code.selector & ~3) | vp.cpl);
  return branch(vp, offset);
}

/** A code segment named by the instruction itself (vol. 3A §5.8.1). */
function checkDirect(vp: Vp, code: Descriptor): number {
  const error = code.selector & 0xfffc;
  if (!code.isCode) return vp.raise(VECTOR_GP, error);
  if (code.isConforming ? code.dpl > vp.cpl : code.rpl > vp.cpl || code.dpl !== vp.cpl) return vp.raise(VECTOR_GP, error);
  return code.isPresent ? STATUS_OK : vp.raise(VECTOR_NP, error);
}

/** Privilege and presence of a gate or TSS that a far transfer names (vol. 3A §5.8.4). */
function checkGate(vp: Vp, gate: Descriptor): number {
  const error = gate.selector & 0xfffc;
  if (gate.dpl < vp.cpl || gate.dpl < gate.rpl) return vp.raise(VECTOR_GP, error);
  return gate.isPresent ? STATUS_OK : vp.raise(VECTOR_NP, error);
}

/** The code segment that a call gate names; null with the fault recorded. */
function readGateCode(vp: Vp, gate: Descriptor, jump: boolean): Descriptor | null {
  if (checkGate(vp, gate) !== STATUS_OK) return null;
  const selector = gate.gateSelector;
  if (isNull(selector)) {
    vp.raise(VECTOR_GP, 0);
    return null;
  }
  const code = readDescriptor(vp, selector, VECTOR_GP);
  if (code === null) return null;
  const error = selector & 0xfffc;
  if (!code.isCode || code.dpl > vp.cpl || (jump && !code.isConforming && code.dpl !== vp.cpl)) vp.raise(VECTOR_GP, error);
  else if (!code.isPresent) vp.raise(VECTOR_NP, error);
  else return code;
  return null;
}

function gateTarget(gate: Descriptor): number {
  return gate.type === TYPE_CALL_GATE32 ? gate.gateOffset : gate.gateOffset & 0xffff;
}

function jumpGate(vp: Vp, gate: Descriptor): number {
  const code = readGateCode(vp, gate, true);
  return code === null ? vp.R[FAULT] : jumpToCode(vp, code, gateTarget(gate));
}

/** A far transfer to a TSS or a task gate (vol. 3A §7.3); anything else is #GP. */
function toTask(vp: Vp, op: Operation, target: Descriptor, source: number): number {
  const isTss = target.type === TYPE_TSS16_AVAILABLE || target.type === TYPE_TSS32_AVAILABLE;
  if (!isTss && target.type !== TYPE_TASK_GATE) return vp.raise(VECTOR_GP, target.selector & 0xfffc);
  const status = checkGate(vp, target);
  if (status !== STATUS_OK) return status;
  const tss = readAvailableTss(vp, isTss ? target.selector : target.gateSelector, VECTOR_GP, 0);
  if (tss === null) return vp.R[FAULT];
  return finishTaskSwitch(vp, switchTask(vp, tss, source, op.nextIp, -1, 0));
}

function callFar(vp: Vp, op: Operation, selector: number, offset: number): number {
  const size = op.operandSize >> 3;
  if (!vp.isProtected || vp.isVirtual8086) {
    const stack = StackFrame.current(vp);
    if (!stack.reserve(2, size)) return vp.R[FAULT];
    if (!withinCode(vp, offset)) return vp.raise(VECTOR_GP, 0);
    if (stack.push(selectorOf(vp, SEG_CS), size) || stack.push(op.nextIp, size)) return vp.R[FAULT];
    stack.commit();
    writeRealSegment(vp, SEG_CS, selector);
    return branch(vp, offset);
  }
  if (isNull(selector)) return vp.raise(VECTOR_GP, 0);
  const target = readDescriptor(vp, selector, VECTOR_GP);
  if (target === null) return vp.R[FAULT];
  if (target.isSegment) {
    const status = checkDirect(vp, target);
    return status !== STATUS_OK ? status : callSameLevel(vp, op, target, offset, size);
  }
  if (target.type === TYPE_CALL_GATE16 || target.type === TYPE_CALL_GATE32) return callGate(vp, op, target);
  return toTask(vp, op, target, TASK_CALL);
}

function callSameLevel(vp: Vp, op: Operation, code: Descriptor, offset: number, size: number): number {
  const stack = StackFrame.current(vp);
  if (!stack.reserve(2, size)) return vp.R[FAULT];
  if (offset >>> 0 > code.limit >>> 0) return vp.raise(VECTOR_GP, 0);
  if (markAccessed(vp, code) !== STATUS_OK) return vp.R[FAULT];
  if (stack.push(selectorOf(vp, SEG_CS), size) || stack.push(op.nextIp, size)) return vp.R[FAULT];
  stack.commit();
  writeSegment(vp, SEG_CS, code, (code.selector & ~3) | vp.cpl);
  return branch(vp, offset);
}

function callGate(vp: Vp, op: Operation, gate: Descriptor): number {
  const code = readGateCode(vp, gate, false);
  if (code === null) return vp.R[FAULT];
  const size = gate.type === TYPE_CALL_GATE32 ? 4 : 2;
  const target = gateTarget(gate);
  if (code.isConforming || code.dpl === vp.cpl) return callSameLevel(vp, op, code, target, size);

  // More privileged: a new stack, with the parameters copied (vol. 3A §5.8.5).
  const level = code.dpl;
  const inner = openPrivilegeStack(vp, level, 0);
  if (inner === null) return vp.R[FAULT];
  const parameters = gate.gateCount;
  const stack = inner.frame;
  if (!stack.reserve(4 + parameters, size)) return vp.R[FAULT];
  if (target >>> 0 > code.limit >>> 0) return vp.raise(VECTOR_GP, 0);
  const outer = StackFrame.current(vp);
  const copied: number[] = [];
  for (let i = parameters - 1; i >= 0; i--) {
    copied.push(outer.peek(i * size, size));
    if (vp.R[FAULT] !== 0) return vp.R[FAULT];
  }
  if (markAccessed(vp, code) !== STATUS_OK) return vp.R[FAULT];
  if (stack.push(selectorOf(vp, SEG_SS), size) || stack.push(vp.R[ESP], size)) return vp.R[FAULT];
  for (const parameter of copied) if (stack.push(parameter, size)) return vp.R[FAULT];
  if (stack.push(selectorOf(vp, SEG_CS), size) || stack.push(op.nextIp, size)) return vp.R[FAULT];

  vp.setCpl(level);
  writeSegment(vp, SEG_SS, inner.segment);
  stack.commit();
  writeSegment(vp, SEG_CS, code, (code.selector & ~3) | level);
  return branch(vp, target);
}

/** RET far; `op.immediate` is the number of bytes released besides, 0 for the form without (SDM "RET"). */
export function returnFar(vp: Vp, op: Operation): number {
  const size = op.operandSize >> 3;
  const released = op.immediate & 0xffff;
  const stack = StackFrame.current(vp);
  const ip = stack.pop(size);
  if (vp.R[FAULT] !== 0) return vp.R[FAULT];
  const selector = stack.pop(size) & 0xffff;
  if (vp.R[FAULT] !== 0) return vp.R[FAULT];
  if (!vp.isProtected || vp.isVirtual8086) {
    if (!withinCode(vp, ip)) return vp.raise(VECTOR_GP, 0);
    stack.release(released);
    stack.commit();
    writeRealSegment(vp, SEG_CS, selector);
    return branch(vp, ip);
  }
  const code = readReturnCode(vp, selector);
  if (code === null) return vp.R[FAULT];
  stack.release(released);
  if (code.rpl === vp.cpl) {
    if (ip >>> 0 > code.limit >>> 0) return vp.raise(VECTOR_GP, 0);
    if (markAccessed(vp, code) !== STATUS_OK) return vp.R[FAULT];
    stack.commit();
    writeSegment(vp, SEG_CS, code);
    return branch(vp, ip);
  }
  return returnOuter(vp, stack, code, ip, size, released);
}

function returnOuter(vp: Vp, stack: StackFrame, code: Descriptor, ip: number, size: number, released: number): number {
  const sp = stack.pop(size);
  if (vp.R[FAULT] !== 0) return vp.R[FAULT];
  const selector = stack.pop(size) & 0xffff;
  if (vp.R[FAULT] !== 0) return vp.R[FAULT];
  const level = code.rpl;
  const segment = readReturnStack(vp, selector, level);
  if (segment === null) return vp.R[FAULT];
  if (ip >>> 0 > code.limit >>> 0) return vp.raise(VECTOR_GP, 0);
  if (markAccessed(vp, code) !== STATUS_OK || markAccessed(vp, segment) !== STATUS_OK) return vp.R[FAULT];
  const outer = StackFrame.other(vp, segment, sp, level, 0);
  outer.release(released);
  vp.setCpl(level);
  writeSegment(vp, SEG_CS, code);
  writeSegment(vp, SEG_SS, segment);
  outer.commit();
  dropInnerSegments(vp);
  return branch(vp, ip);
}
