import { CR4_VME, EFLAGS_AC, EFLAGS_IF, EFLAGS_NT, EFLAGS_RF, EFLAGS_TF, EFLAGS_VIF, EFLAGS_VM } from '@ringzero/x86';
import { STATUS_BRANCHED, STATUS_FAULT, STATUS_OK, STATUS_SHUTDOWN } from '../vp/status.ts';
import type { Vp } from '../vp/vp.ts';
import {
  CR2,
  CR4,
  DEBUG_PENDING,
  DR6,
  DR7,
  ESP,
  FAULT,
  IDTR_BASE,
  IDTR_LIMIT,
  INTERRUPT_SHADOW,
  MP_STATE,
  NMI_MASKED,
  RFLAGS,
  RIP,
  SEG_BASE,
  SEG_LIMIT,
} from '../vp/lanes.ts';
import {
  MP_HALTED,
  MP_IDLE,
  MP_MWAIT,
  MP_RUNNING,
  SEG_CS,
  SEG_DS,
  SEG_ES,
  SEG_FS,
  SEG_GS,
  SEG_SS,
  SEG_TR,
  TYPE_INTERRUPT_GATE16,
  TYPE_TASK_GATE,
  TYPE_TRAP_GATE16,
  VECTOR_DB,
  VECTOR_DE,
  VECTOR_DF,
  VECTOR_GP,
  VECTOR_NMI,
  VECTOR_NP,
  VECTOR_OF,
  VECTOR_BP,
  VECTOR_PF,
  VECTOR_TS,
} from './constants.ts';
import { Descriptor, isNull, markAccessed, readDescriptor } from './descriptors.ts';
import { clearBranchDebugging } from './msr/features.ts';
import { enterFlatGate } from './flat-events.ts';
import { openPrivilegeStack } from './privilege-stack.ts';
import { selectorOf, writeNullSegment, writeRealSegment, writeSegment } from './segments.ts';
import { StackFrame } from './stack-frame.ts';
import { readAvailableTss, STATUS_TASK_FAULT, switchTask, TASK_GATE } from './task-switch.ts';
import { unitsOf } from './units.ts';

/** Where an event comes from: it decides the gate's privilege check, the EXT bit, and the RF that is pushed. */
export const EVENT_HARDWARE = 0;
/** Origin of an event: an NMI. */
export const EVENT_NMI = 1;
export const EVENT_EXCEPTION = 2;
/** INT n. */
export const EVENT_SOFTWARE = 3;
/** INT3 and INTO: as INT n, but never redirected and not sensitive to IOPL. */
export const EVENT_BREAKPOINT = 4;
/** INT1: no privilege check. */
export const EVENT_INT1 = 5;

const IOPL_SHIFT = 12;
const DR6_FIXED = 0xffff_0ff0 | 0;
const DR7_GD = 0x2000;
const STATUS_TO_CLEAR = EFLAGS_TF | EFLAGS_RF | EFLAGS_NT | EFLAGS_VM;

/**
 * Delivers an event through the interrupt table (vol. 3A §6.12, §20.1.4, §20.3; SDM "INT n").
 *
 * `errorCode` −1: none. `returnIp` is the offset pushed as EIP. Returns STATUS_BRANCHED with RIP at the handler, or a
 * status with nothing done: STATUS_FAULT leaves the fault that occurred during delivery recorded.
 * Call it with `vp.io.live`, since stacks may lie on any page.
 */
export function deliverInterrupt(vp: Vp, kind: number, vector: number, errorCode: number, returnIp: number): number {
  let status: number;
  if (!vp.isProtected) status = deliverReal(vp, vector, returnIp, pushedFlags(vp, kind, vector), EFLAGS_IF);
  else if (kind === EVENT_SOFTWARE && vp.isVirtual8086) status = deliverVirtual(vp, vector, returnIp);
  else status = deliverProtected(vp, kind, vector, errorCode, returnIp);
  if (status === STATUS_BRANCHED || status === STATUS_TASK_FAULT) {
    vp.R[INTERRUPT_SHADOW] = 0;
    if (vp.R[MP_STATE] === MP_HALTED || vp.R[MP_STATE] === MP_IDLE) vp.R[MP_STATE] = MP_RUNNING;
    else if (vp.R[MP_STATE] === MP_MWAIT) unitsOf(vp).monitor.endWait();
    if (kind === EVENT_NMI) vp.R[NMI_MASKED] = 1;
    vp.updateMode();
  }
  return status;
}

/**
 * Delivers the exception recorded in `vp.faultVector`, `faultError`, `faultCr2`, with R[RIP] as the return address.
 * Faults on the way combine to a double fault and to shutdown (vol. 3A table 6-5).
 * Returns STATUS_BRANCHED, STATUS_SHUTDOWN, or STATUS_ALONE/SUSPEND with the exception still recorded.
 */
export function deliverException(vp: Vp): number {
  const R = vp.R;
  let vector = vp.faultVector;
  let errorCode = vp.faultError;
  notePageFault(vp, vector);
  for (;;) {
    R[FAULT] = 0;
    if (vector === VECTOR_DB) noteDebugException(vp);
    const status = deliverInterrupt(vp, EVENT_EXCEPTION, vector, errorCode, R[RIP]);
    if (status === STATUS_BRANCHED) return status;
    if (status !== STATUS_TASK_FAULT && status !== STATUS_FAULT) {
      vp.faultVector = vector;
      vp.faultError = errorCode;
      return status;
    }
    R[FAULT] = 0;
    notePageFault(vp, vp.faultVector);
    if (vector === VECTOR_DF) return STATUS_SHUTDOWN;
    if (isDoubleFault(vector, vp.faultVector)) {
      vector = VECTOR_DF;
      errorCode = 0;
    } else {
      vector = vp.faultVector;
      errorCode = vp.faultError;
    }
  }
}

/**
 * Delivers the page fault that is recorded, with R[RIP] as the return address, where that touches nothing but plain memory. False: nothing
 * is done, and {@link deliverException} decides.
 */
export function deliverFlatPageFault(vp: Vp): boolean {
  const R = vp.R;
  if (!vp.isProtected || !enterFlatGate(vp, VECTOR_PF, false, vp.faultError, R[RIP], vp.flags() | EFLAGS_RF)) return false;
  R[CR2] = vp.faultCr2;
  R[INTERRUPT_SHADOW] = 0;
  vp.updateMode();
  return true;
}

/**
 * Delivers an event from outside (hardware interrupt, NMI) at an instruction boundary, together with any exception that
 * its delivery causes. The same results as {@link deliverException}.
 */
export function deliverExternal(vp: Vp, kind: number, vector: number): number {
  return settle(vp, deliverInterrupt(vp, kind, vector, -1, vp.R[RIP]));
}

/** Turns a fault of the new task, or of an event's delivery, into the delivery of that fault. */
function settle(vp: Vp, status: number): number {
  return status === STATUS_TASK_FAULT || status === STATUS_FAULT ? deliverException(vp) : status;
}

/** For instructions that may switch tasks: a fault in the new task is delivered there; other statuses pass. */
export function finishTaskSwitch(vp: Vp, status: number): number {
  return status === STATUS_TASK_FAULT ? deliverException(vp) : status;
}

/**
 * Delivers the debug traps gathered in DEBUG_PENDING (single-step, data and I/O breakpoints) after an instruction.
 * The same results as {@link deliverException}.
 */
export function deliverDebugTrap(vp: Vp): number {
  vp.faultVector = VECTOR_DB;
  vp.faultError = -1;
  return deliverException(vp);
}

function notePageFault(vp: Vp, vector: number): void {
  if (vector === VECTOR_PF) vp.R[CR2] = vp.faultCr2;
}

/** DR6 gathers what happened; bits 3:0 tell of this exception alone; DR7.GD lets the handler in (vol. 3B §17.2.3, §17.2.4). */
function noteDebugException(vp: Vp): void {
  const R = vp.R;
  R[DR6] = (R[DR6] & ~15) | R[DEBUG_PENDING] | DR6_FIXED;
  R[DEBUG_PENDING] = 0;
  R[DR7] &= ~DR7_GD;
  clearBranchDebugging(vp);
}

function isContributory(vector: number): boolean {
  return vector === VECTOR_DE || (vector >= VECTOR_TS && vector <= VECTOR_GP);
}

function isDoubleFault(first: number, second: number): boolean {
  if (isContributory(first)) return isContributory(second);
  return first === VECTOR_PF && (second === VECTOR_PF || isContributory(second));
}

/**
 * EFLAGS as the event pushes them (vol. 3B §17.3.1.1). RF is set for faults but instruction breakpoints, so that a breakpoint
 * does not repeat; otherwise it is what it was, which is set in the middle of a REP instruction.
 */
function pushedFlags(vp: Vp, kind: number, vector: number): number {
  const flags = vp.flags();
  const isFault = kind === EVENT_EXCEPTION && vector !== VECTOR_DB && vector !== VECTOR_BP && vector !== VECTOR_OF && vector !== VECTOR_NMI;
  return isFault ? flags | EFLAGS_RF : flags;
}

/** Real-address mode: FLAGS, CS, IP on the stack, then CS:IP from the table (vol. 3A §20.1.4). */
function deliverReal(vp: Vp, vector: number, returnIp: number, flags: number, clear: number): number {
  const R = vp.R;
  const base = vp.isProtected ? 0 : R[IDTR_BASE];
  if (!vp.isProtected && vector * 4 + 3 > vp.U[IDTR_LIMIT]) return vp.raise(VECTOR_GP, vector * 8 + 2);
  const entry = vp.loadSystem32((base + vector * 4) | 0);
  if (R[FAULT] !== 0) return R[FAULT];
  const stack = StackFrame.current(vp);
  if (!stack.reserve(3, 2)) return R[FAULT];
  if (stack.push(flags, 2) || stack.push(selectorOf(vp, SEG_CS), 2) || stack.push(returnIp, 2)) return R[FAULT];
  stack.commit();
  vp.setFlags(0, clear | EFLAGS_TF | EFLAGS_AC | EFLAGS_RF);
  writeRealSegment(vp, SEG_CS, entry >>> 16);
  R[RIP] = entry & 0xffff;
  return STATUS_BRANCHED;
}

/** INT n in virtual-8086 mode (vol. 3A §20.3, table 20-2): redirected by the TSS with CR4.VME, else to the monitor. */
function deliverVirtual(vp: Vp, vector: number, returnIp: number): number {
  const flags = vp.flags();
  const trusted = ((flags >>> IOPL_SHIFT) & 3) === 3;
  if ((vp.R[CR4] & CR4_VME) !== 0) {
    const redirected = isRedirected(vp, vector);
    if (vp.R[FAULT] !== 0) return vp.R[FAULT];
    if (redirected) {
      if (trusted) return deliverReal(vp, vector, returnIp, flags & ~EFLAGS_RF, EFLAGS_IF | EFLAGS_NT);
      const virtual = (flags & ~(EFLAGS_IF | EFLAGS_RF)) | (3 << IOPL_SHIFT) | ((flags & EFLAGS_VIF) !== 0 ? EFLAGS_IF : 0);
      return deliverReal(vp, vector, returnIp, virtual, EFLAGS_VIF | EFLAGS_NT);
    }
  }
  if (!trusted) return vp.raise(VECTOR_GP, 0);
  return deliverProtected(vp, EVENT_SOFTWARE, vector, -1, returnIp);
}

/** The software interrupt redirection bit map: 32 bytes below the I/O map; a clear bit redirects (vol. 3A §20.3.3). */
function isRedirected(vp: Vp, vector: number): boolean {
  const base = vp.R[SEG_BASE + 2 * SEG_TR];
  const limit = vp.U[SEG_LIMIT + SEG_TR];
  if (limit < 0x67) {
    vp.raise(VECTOR_GP, 0);
    return false;
  }
  const map = vp.loadSystem16((base + 0x66) | 0);
  if (vp.R[FAULT] !== 0) return false;
  const at = map - 32 + (vector >>> 3);
  if (at < 0 || at > limit) {
    vp.raise(VECTOR_GP, 0);
    return false;
  }
  const byte = vp.loadSystem8((base + at) | 0);
  return vp.R[FAULT] === 0 && (byte & (1 << (vector & 7))) === 0;
}

function deliverProtected(vp: Vp, kind: number, vector: number, errorCode: number, returnIp: number): number {
  const R = vp.R;
  const ext = kind === EVENT_SOFTWARE || kind === EVENT_BREAKPOINT ? 0 : 1;
  if (enterFlatGate(vp, vector, ext === 0, errorCode, returnIp, pushedFlags(vp, kind, vector))) return STATUS_BRANCHED;
  const gateError = vector * 8 + 2 + ext;
  if (vector * 8 + 7 > vp.U[IDTR_LIMIT]) return vp.raise(VECTOR_GP, gateError);
  const address = (R[IDTR_BASE] + vector * 8) | 0;
  const low = vp.loadSystem32(address);
  if (R[FAULT] !== 0) return R[FAULT];
  const high = vp.loadSystem32((address + 4) | 0);
  if (R[FAULT] !== 0) return R[FAULT];
  const gate = new Descriptor(low >>> 16, low, high, address);
  const type = gate.type;
  const isTask = type === TYPE_TASK_GATE;
  const isGate = (type & ~8) === TYPE_INTERRUPT_GATE16 || (type & ~8) === TYPE_TRAP_GATE16;
  if (gate.isSegment || (!isTask && !isGate)) return vp.raise(VECTOR_GP, gateError);
  if (ext === 0 && gate.dpl < vp.cpl) return vp.raise(VECTOR_GP, gateError);
  if (!gate.isPresent) return vp.raise(VECTOR_NP, gateError);
  if (isTask) {
    const tss = readAvailableTss(vp, gate.gateSelector, VECTOR_GP, ext);
    if (tss === null) return R[FAULT];
    const old = R[RFLAGS];
    R[RFLAGS] |= pushedFlags(vp, kind, vector) & EFLAGS_RF;
    const status = switchTask(vp, tss, TASK_GATE, returnIp, errorCode, ext);
    if (status !== STATUS_BRANCHED && status !== STATUS_TASK_FAULT) R[RFLAGS] = old;
    return status;
  }
  return enterGate(vp, gate, errorCode, returnIp, pushedFlags(vp, kind, vector), ext);
}

function enterGate(vp: Vp, gate: Descriptor, errorCode: number, returnIp: number, flags: number, ext: number): number {
  const R = vp.R;
  const selector = gate.gateSelector;
  if (isNull(selector)) return vp.raise(VECTOR_GP, ext);
  const code = readDescriptor(vp, selector, VECTOR_GP, ext);
  if (code === null) return R[FAULT];
  const codeError = (selector & 0xfffc) | ext;
  if (!code.isCode || code.dpl > vp.cpl) return vp.raise(VECTOR_GP, codeError);
  if (!code.isPresent) return vp.raise(VECTOR_NP, codeError);
  const level = code.isConforming ? vp.cpl : code.dpl;
  const fromVirtual = vp.isVirtual8086;
  if (fromVirtual && level !== 0) return vp.raise(VECTOR_GP, codeError);

  const size = (gate.type & 8) !== 0 ? 4 : 2;
  const inner = level < vp.cpl ? openPrivilegeStack(vp, level, ext) : null;
  if (level < vp.cpl && inner === null) return R[FAULT];
  const stack = inner === null ? StackFrame.current(vp, ext) : inner.frame;
  const count = 3 + (errorCode >= 0 ? 1 : 0) + (inner !== null ? 2 : 0) + (fromVirtual ? 4 : 0);
  if (!stack.reserve(count, size)) return R[FAULT];
  const target = size === 4 ? gate.gateOffset : gate.gateOffset & 0xffff;
  if (target >>> 0 > code.limit >>> 0) return vp.raise(VECTOR_GP, ext);
  if (markAccessed(vp, code) !== STATUS_OK) return R[FAULT];

  if (fromVirtual) {
    for (const segment of [SEG_GS, SEG_FS, SEG_DS, SEG_ES]) if (stack.push(selectorOf(vp, segment), size)) return R[FAULT];
  }
  if (inner !== null && (stack.push(selectorOf(vp, SEG_SS), size) || stack.push(R[ESP], size))) return R[FAULT];
  if (stack.push(flags, size) || stack.push(selectorOf(vp, SEG_CS), size) || stack.push(returnIp, size)) return R[FAULT];
  if (errorCode >= 0 && stack.push(errorCode, size)) return R[FAULT];

  const isInterruptGate = (gate.type & ~8) === TYPE_INTERRUPT_GATE16;
  vp.setFlags(0, isInterruptGate ? STATUS_TO_CLEAR | EFLAGS_IF : STATUS_TO_CLEAR);
  vp.setCpl(level);
  if (fromVirtual) for (const segment of [SEG_GS, SEG_FS, SEG_DS, SEG_ES]) writeNullSegment(vp, segment);
  if (inner !== null) writeSegment(vp, SEG_SS, inner.segment);
  stack.commit();
  writeSegment(vp, SEG_CS, code, (selector & ~3) | level);
  R[RIP] = target;
  return STATUS_BRANCHED;
}
