import { CR0_PG, CR0_TS, CR4_PAE, EFLAGS_NT, EFLAGS_VM } from '@ringzero/x86';
import { STATUS_ALONE, STATUS_BRANCHED, STATUS_OK } from '../vp/status.ts';
import type { Vp } from '../vp/vp.ts';
import { CR0, CR3, CR4, DEBUG_PENDING, DR7, EAX, ESP, FAULT, RIP, SEG_BASE } from '../vp/lanes.ts';
import {
  SEG_CS,
  SEG_DS,
  SEG_ES,
  SEG_FS,
  SEG_GS,
  SEG_LDTR,
  SEG_SS,
  SEG_TR,
  TYPE_LDT,
  VECTOR_DB,
  VECTOR_GP,
  VECTOR_NP,
  VECTOR_TS,
} from './constants.ts';
import { type Descriptor, isNull, markAccessed, readDescriptor, writeBusy } from './descriptors.ts';
import { readStackSegment } from './privilege-stack.ts';
import { selectorOf, withinCode, writeNullSegment, writeRealSegment, writeSegment } from './segments.ts';
import { StackFrame } from './stack-frame.ts';
import { minimumTssLimit, readTaskState, saveTaskState, savedRange, type TaskState } from './task-state.ts';

/** What starts a task switch (vol. 3A §7.3, table 7-1). */
export const TASK_JUMP = 0;
export const TASK_CALL = 1;
export const TASK_IRET = 2;
/** An interrupt or exception through a task gate: nests as a call does. */
export const TASK_GATE = 3;

/**
 * The switch is done, but the new task faulted before its first instruction: the fault is recorded and belongs to it
 * (vol. 3A §7.3, "if all checks ... "). The caller delivers it there.
 */
export const STATUS_TASK_FAULT = 16;

const DR6_BT = 0x8000;
/** L0..L3 and LE of DR7: breakpoints local to a task (vol. 3B §17.2.4). */
const DR7_LOCAL = 0x155;
const FLAGS_LOADED = 0x3f_7fd7;

/**
 * Switches to the task of `tss`, whose type, presence and privilege the caller has checked (vol. 3A §7.3).
 *
 * `returnIp` is saved as EIP of the old task; `errorCode` (−1: none) is pushed on the new task's stack; `ext` is the EXT
 * bit of error codes. Returns STATUS_BRANCHED; a status with nothing done; or {@link STATUS_TASK_FAULT}.
 */
export function switchTask(vp: Vp, tss: Descriptor, source: number, returnIp: number, errorCode: number, ext: number): number {
  // It writes to many places after the point of no return: no other code may have a say in between.
  if (!vp.io.live) return (vp.R[FAULT] = STATUS_ALONE);
  const wide = (tss.type & 8) !== 0;
  if (tss.limit >>> 0 < minimumTssLimit(wide)) return vp.raise(VECTOR_TS, (tss.selector & 0xfffc) | ext);
  const next = readTaskState(vp, tss.base, wide);
  if (next === null) return vp.R[FAULT];
  const status = leaveTask(vp, tss, source, returnIp);
  if (status !== STATUS_OK) return status;
  enterTask(vp, tss, source, next);
  const checked = loadTask(vp, next, errorCode, ext);
  vp.updateMode();
  if (checked !== STATUS_OK) return STATUS_TASK_FAULT;
  return STATUS_BRANCHED;
}

/** Saves the old task, links the new one, and moves the busy bits. */
function leaveTask(vp: Vp, tss: Descriptor, source: number, returnIp: number): number {
  const R = vp.R;
  const nests = source === TASK_CALL || source === TASK_GATE;
  const oldBase = R[SEG_BASE + 2 * SEG_TR];
  const [first, last] = savedRange(vp);
  if (!vp.probeSystemWrite((oldBase + first) | 0, last - first + 1)) return R[FAULT];
  if (nests && !vp.probeSystemWrite(tss.base, 2)) return R[FAULT];
  if (source !== TASK_IRET && !vp.probeSystemWrite((tss.address + 5) | 0, 1)) return R[FAULT];
  const flags = source === TASK_IRET ? vp.flags() & ~EFLAGS_NT : vp.flags();
  if (saveTaskState(vp, returnIp, flags) !== STATUS_OK) return R[FAULT];
  if (nests) {
    vp.storeSystem16(tss.base, selectorOf(vp, SEG_TR));
    if (R[FAULT] !== 0) return R[FAULT];
  } else {
    const old = readDescriptor(vp, selectorOf(vp, SEG_TR), VECTOR_TS);
    if (old === null || writeBusy(vp, old.address, false) !== STATUS_OK) return R[FAULT];
  }
  return source === TASK_IRET ? STATUS_OK : writeBusy(vp, tss.address, true);
}

/** The point of no return: TR, CR3, flags, EIP, registers and selectors are the new task's. */
function enterTask(vp: Vp, tss: Descriptor, source: number, next: TaskState): void {
  const R = vp.R;
  tss.high |= 0x200;
  writeSegment(vp, SEG_TR, tss);
  R[CR0] |= CR0_TS;
  if (R[DR7] & DR7_LOCAL) R[DR7] &= ~DR7_LOCAL;
  if (next.wide && (R[CR0] & CR0_PG) !== 0 && R[CR3] !== next.cr3) {
    R[CR3] = next.cr3;
    vp.flushTlb(true);
  }
  const nests = source === TASK_CALL || source === TASK_GATE;
  vp.setFlags(nests ? next.flags | EFLAGS_NT : next.flags, next.wide ? FLAGS_LOADED : 0xffff);
  if (!next.wide) vp.setFlags(0, EFLAGS_VM);
  R[RIP] = next.ip;
  for (let i = 0; i < 8; i++) R[EAX + 2 * i] = next.registers[i];
  // Selectors are visible at once; until it is checked, a segment is unusable.
  const level = next.selectors[SEG_CS] & 3;
  vp.setCpl((next.flags & EFLAGS_VM) !== 0 && next.wide ? 3 : level);
  for (let segment = 0; segment < 6; segment++) writeNullSegment(vp, segment, next.selectors[segment]);
  writeNullSegment(vp, SEG_LDTR, next.ldt);
}

/** Checks and loads the segments of the new task, in its context. */
function loadTask(vp: Vp, next: TaskState, errorCode: number, ext: number): number {
  const R = vp.R;
  if (next.wide && (R[CR0] & CR0_PG) !== 0 && (R[CR4] & CR4_PAE) !== 0 && !vp.loadPdptes()) return vp.raise(VECTOR_GP, ext);
  const ldt = loadTaskLdt(vp, next.ldt, ext);
  if (ldt !== STATUS_OK) return ldt;
  if (vp.isVirtual8086) {
    for (let segment = 0; segment < 6; segment++) writeRealSegment(vp, segment, next.selectors[segment]);
  } else {
    const status = loadTaskSegments(vp, next, ext);
    if (status !== STATUS_OK) return status;
  }
  vp.updateMode();
  if (errorCode >= 0) {
    const stack = StackFrame.current(vp, ext);
    const size = next.wide ? 4 : 2;
    if (!stack.reserve(1, size) || stack.push(errorCode, size) !== STATUS_OK) return R[FAULT];
    stack.commit();
  }
  if (!withinCode(vp, R[RIP])) return vp.raise(VECTOR_GP, ext);
  if (!next.trap) return STATUS_OK;
  R[DEBUG_PENDING] |= DR6_BT;
  return vp.raise(VECTOR_DB, -1);
}

function loadTaskLdt(vp: Vp, selector: number, ext: number): number {
  if (isNull(selector)) return STATUS_OK;
  const code = (selector & 0xfffc) | ext;
  if ((selector & 4) !== 0) return vp.raise(VECTOR_TS, code);
  const descriptor = readDescriptor(vp, selector, VECTOR_TS, ext);
  if (descriptor === null) return vp.R[FAULT];
  if (descriptor.isSegment || descriptor.type !== TYPE_LDT || !descriptor.isPresent) return vp.raise(VECTOR_TS, code);
  writeSegment(vp, SEG_LDTR, descriptor);
  return STATUS_OK;
}

function loadTaskSegments(vp: Vp, next: TaskState, ext: number): number {
  const code = loadTaskCode(vp, next.selectors[SEG_CS], ext);
  if (code !== STATUS_OK) return code;
  const stack = readStackSegment(vp, next.selectors[SEG_SS], vp.cpl, ext);
  if (stack === null) return vp.R[FAULT];
  writeSegment(vp, SEG_SS, stack);
  // With a 16-bit stack only SP counts, but all of ESP was loaded.
  vp.R[ESP] = next.registers[4];
  for (const segment of [SEG_ES, SEG_DS, SEG_FS, SEG_GS]) {
    const status = loadTaskData(vp, segment, next.selectors[segment], ext);
    if (status !== STATUS_OK) return status;
  }
  return STATUS_OK;
}

function loadTaskCode(vp: Vp, selector: number, ext: number): number {
  const error = (selector & 0xfffc) | ext;
  if (isNull(selector)) return vp.raise(VECTOR_TS, error);
  const code = readDescriptor(vp, selector, VECTOR_TS, ext);
  if (code === null) return vp.R[FAULT];
  if (!code.isCode || (code.isConforming ? code.dpl > code.rpl : code.dpl !== code.rpl)) return vp.raise(VECTOR_TS, error);
  if (!code.isPresent) return vp.raise(VECTOR_NP, error);
  if (markAccessed(vp, code) !== STATUS_OK) return vp.R[FAULT];
  writeSegment(vp, SEG_CS, code);
  return STATUS_OK;
}

function loadTaskData(vp: Vp, segment: number, selector: number, ext: number): number {
  if (isNull(selector)) return STATUS_OK;
  const error = (selector & 0xfffc) | ext;
  const data = readDescriptor(vp, selector, VECTOR_TS, ext);
  if (data === null) return vp.R[FAULT];
  if (!data.isReadable) return vp.raise(VECTOR_TS, error);
  if (!data.isConforming && (data.rpl > data.dpl || vp.cpl > data.dpl)) return vp.raise(VECTOR_TS, error);
  if (!data.isPresent) return vp.raise(VECTOR_NP, error);
  if (markAccessed(vp, data) !== STATUS_OK) return vp.R[FAULT];
  writeSegment(vp, segment, data);
  return STATUS_OK;
}

/** Checks a TSS selector for a switch to it and reads its descriptor; raises `vector` when it will not do, #NP if absent. */
export function readAvailableTss(vp: Vp, selector: number, vector: number, ext: number): Descriptor | null {
  const error = (selector & 0xfffc) | ext;
  if ((selector & 4) !== 0) {
    vp.raise(vector, error);
    return null;
  }
  const tss = readDescriptor(vp, selector, vector, ext);
  if (tss === null) return null;
  if (tss.isSegment || (tss.type & ~8) !== 1) {
    vp.raise(vector, error);
    return null;
  }
  if (!tss.isPresent) {
    vp.raise(VECTOR_NP, error);
    return null;
  }
  return tss;
}
