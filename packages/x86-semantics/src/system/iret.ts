import {
  CR4_VME,
  EFLAGS_AC,
  EFLAGS_ID,
  EFLAGS_IF,
  EFLAGS_IOPL,
  EFLAGS_NT,
  EFLAGS_RF,
  EFLAGS_TF,
  EFLAGS_VIF,
  EFLAGS_VIP,
  EFLAGS_VM,
} from '@ringzero/x86';
import type { Operation } from '../vp/operation.ts';
import { STATUS_BRANCHED, STATUS_OK } from '../vp/status.ts';
import type { Vp } from '../vp/vp.ts';
import { CR4, ESP, FAULT, NMI_MASKED, RFLAGS, RIP, SEG_BASE } from '../vp/lanes.ts';
import { SEG_CS, SEG_DS, SEG_ES, SEG_FS, SEG_GS, SEG_SS, SEG_TR, TYPE_TSS16_BUSY, VECTOR_GP, VECTOR_NP, VECTOR_TS } from './constants.ts';
import { finishTaskSwitch } from './deliver.ts';
import { type Descriptor, markAccessed, readDescriptor } from './descriptors.ts';
import { returnFlat } from './flat-events.ts';
import { dropInnerSegments, readReturnCode, readReturnStack } from './return-segments.ts';
import { withinCode, writeRealSegment, writeSegment } from './segments.ts';
import { StackFrame } from './stack-frame.ts';
import { switchTask, TASK_IRET } from './task-switch.ts';

/** CF PF AF ZF SF TF DF OF NT: what every IRET loads. */
const FLAGS_ALWAYS = 0x4dd5;
const FLAGS_WIDE = EFLAGS_RF | EFLAGS_AC | EFLAGS_ID;

/** IRET, IRETD (SDM "IRET/IRETD"). */
export function interruptReturn(vp: Vp, op: Operation): number {
  if (!vp.isProtected) return returnReal(vp, op, FLAGS_ALWAYS | EFLAGS_IF | EFLAGS_IOPL);
  const flags = vp.R[RFLAGS];
  if ((flags & EFLAGS_VM) !== 0) {
    if ((flags & EFLAGS_IOPL) === EFLAGS_IOPL) return returnReal(vp, op, FLAGS_ALWAYS | EFLAGS_IF);
    if ((vp.R[CR4] & CR4_VME) !== 0 && op.operandSize === 16) return returnVirtual(vp, op);
    return vp.raise(VECTOR_GP, 0);
  }
  if ((flags & EFLAGS_NT) !== 0) return returnTask(vp, op);
  return op.operandSize === 32 && returnFlat(vp, returnMask) ? finish(vp, vp.R[RIP]) : returnProtected(vp, op);
}

function finish(vp: Vp, ip: number): number {
  vp.R[RIP] = ip;
  // NMIs are let in again by any IRET (vol. 3A §6.7.1).
  vp.R[NMI_MASKED] = 0;
  vp.updateMode();
  return STATUS_BRANCHED;
}

/** In real-address mode, and in virtual-8086 mode at IOPL 3. */
function returnReal(vp: Vp, op: Operation, mask: number): number {
  const size = op.operandSize >> 3;
  const stack = StackFrame.current(vp);
  const ip = stack.pop(size);
  if (vp.R[FAULT] !== 0) return vp.R[FAULT];
  const selector = stack.pop(size) & 0xffff;
  if (vp.R[FAULT] !== 0) return vp.R[FAULT];
  const flags = stack.pop(size);
  if (vp.R[FAULT] !== 0) return vp.R[FAULT];
  if (!withinCode(vp, ip)) return vp.raise(VECTOR_GP, 0);
  stack.commit();
  writeRealSegment(vp, SEG_CS, selector);
  vp.setFlags(flags, size === 4 ? mask | FLAGS_WIDE : mask);
  return finish(vp, ip);
}

/** IRET at IOPL < 3 with CR4.VME: IF of the image goes to VIF (vol. 3A §20.3.3). */
function returnVirtual(vp: Vp, _op: Operation): number {
  const stack = StackFrame.current(vp);
  const ip = stack.pop(2);
  if (vp.R[FAULT] !== 0) return vp.R[FAULT];
  const selector = stack.pop(2);
  if (vp.R[FAULT] !== 0) return vp.R[FAULT];
  const flags = stack.pop(2);
  if (vp.R[FAULT] !== 0) return vp.R[FAULT];
  const pending = (vp.flags() & EFLAGS_VIP) !== 0;
  if ((flags & EFLAGS_TF) !== 0 || (pending && (flags & EFLAGS_IF) !== 0)) return vp.raise(VECTOR_GP, 0);
  if (!withinCode(vp, ip)) return vp.raise(VECTOR_GP, 0);
  stack.commit();
  writeRealSegment(vp, SEG_CS, selector);
  const virtual = (flags & EFLAGS_IF) !== 0 ? flags | EFLAGS_VIF : flags & ~EFLAGS_VIF;
  vp.setFlags(virtual, FLAGS_ALWAYS | EFLAGS_VIF);
  return finish(vp, ip);
}

/** NT set: back to the task that the back link names (vol. 3A §7.4). */
function returnTask(vp: Vp, op: Operation): number {
  const link = vp.loadSystem16(vp.R[SEG_BASE + 2 * SEG_TR]);
  if (vp.R[FAULT] !== 0) return vp.R[FAULT];
  const error = link & 0xfffc;
  if ((link & 4) !== 0) return vp.raise(VECTOR_TS, error);
  const tss = readDescriptor(vp, link, VECTOR_TS);
  if (tss === null) return vp.R[FAULT];
  if (tss.isSegment || (tss.type & ~8) !== TYPE_TSS16_BUSY) return vp.raise(VECTOR_TS, error);
  if (!tss.isPresent) return vp.raise(VECTOR_NP, error);
  const status = switchTask(vp, tss, TASK_IRET, op.nextIp, -1, 0);
  if (status === STATUS_BRANCHED) vp.R[NMI_MASKED] = 0;
  return finishTaskSwitch(vp, status);
}

function returnProtected(vp: Vp, op: Operation): number {
  const size = op.operandSize >> 3;
  const stack = StackFrame.current(vp);
  const ip = stack.pop(size);
  if (vp.R[FAULT] !== 0) return vp.R[FAULT];
  const selector = stack.pop(size) & 0xffff;
  if (vp.R[FAULT] !== 0) return vp.R[FAULT];
  const flags = stack.pop(size);
  if (vp.R[FAULT] !== 0) return vp.R[FAULT];
  if (size === 4 && (flags & EFLAGS_VM) !== 0 && vp.cpl === 0) return returnToVirtual(vp, stack, ip, selector, flags);

  const code = readReturnCode(vp, selector);
  if (code === null) return vp.R[FAULT];
  const mask = returnMask(vp, size);
  if (code.rpl > vp.cpl) return returnOuter(vp, stack, code, ip, flags, mask, size);
  if (ip >>> 0 > code.limit >>> 0) return vp.raise(VECTOR_GP, 0);
  if (markAccessed(vp, code) !== STATUS_OK) return vp.R[FAULT];
  stack.commit();
  writeSegment(vp, SEG_CS, code);
  vp.setFlags(flags, mask);
  return finish(vp, ip);
}

/** The EFLAGS bits that IRET may change at this privilege. */
function returnMask(vp: Vp, size: number): number {
  const iopl = (vp.R[RFLAGS] >>> 12) & 3;
  let mask = size === 4 ? FLAGS_ALWAYS | FLAGS_WIDE : FLAGS_ALWAYS;
  if (vp.cpl <= iopl) mask |= EFLAGS_IF;
  if (vp.cpl === 0) mask |= size === 4 ? EFLAGS_IOPL | EFLAGS_VIF | EFLAGS_VIP : EFLAGS_IOPL;
  return mask;
}

function returnOuter(vp: Vp, stack: StackFrame, code: Descriptor, ip: number, flags: number, mask: number, size: number): number {
  const sp = stack.pop(size);
  if (vp.R[FAULT] !== 0) return vp.R[FAULT];
  const selector = stack.pop(size) & 0xffff;
  if (vp.R[FAULT] !== 0) return vp.R[FAULT];
  const level = code.rpl;
  const segment = readReturnStack(vp, selector, level);
  if (segment === null) return vp.R[FAULT];
  if (ip >>> 0 > code.limit >>> 0) return vp.raise(VECTOR_GP, 0);
  if (markAccessed(vp, code) !== STATUS_OK || markAccessed(vp, segment) !== STATUS_OK) return vp.R[FAULT];
  vp.setCpl(level);
  vp.setFlags(flags, mask);
  writeSegment(vp, SEG_CS, code);
  writeSegment(vp, SEG_SS, segment);
  StackFrame.other(vp, segment, sp, level, 0).commit();
  dropInnerSegments(vp);
  return finish(vp, ip);
}

/** IRETD at CPL 0 with VM set in the image (vol. 3A §20.2.5). */
function returnToVirtual(vp: Vp, stack: StackFrame, ip: number, selector: number, flags: number): number {
  const sp = stack.pop(4);
  if (vp.R[FAULT] !== 0) return vp.R[FAULT];
  const selectors: number[] = [];
  for (let i = 0; i < 5; i++) {
    selectors.push(stack.pop(4) & 0xffff);
    if (vp.R[FAULT] !== 0) return vp.R[FAULT];
  }
  if (ip >>> 0 > 0xffff) return vp.raise(VECTOR_GP, 0);
  vp.setFlags(flags, FLAGS_ALWAYS | FLAGS_WIDE | EFLAGS_IF | EFLAGS_IOPL | EFLAGS_VIF | EFLAGS_VIP | EFLAGS_VM);
  vp.setCpl(3);
  writeRealSegment(vp, SEG_CS, selector);
  const order = [SEG_SS, SEG_ES, SEG_DS, SEG_FS, SEG_GS];
  for (let i = 0; i < 5; i++) writeRealSegment(vp, order[i], selectors[i]);
  vp.R[ESP] = sp;
  return finish(vp, ip);
}
