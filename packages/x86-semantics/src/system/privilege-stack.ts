import type { Vp } from '../vp/vp.ts';
import { FAULT, SEG_ATTRIBUTES, SEG_BASE, SEG_LIMIT } from '../vp/lanes.ts';
import { SEG_TR, VECTOR_SS, VECTOR_TS } from './constants.ts';
import { type Descriptor, isNull, markAccessed, readDescriptor } from './descriptors.ts';
import { selectorOf } from './segments.ts';
import { StackFrame } from './stack-frame.ts';

/** The stack of a more privileged level, checked, with nothing committed. */
export interface PrivilegeStack {
  readonly segment: Descriptor;
  readonly frame: StackFrame;
}

/** Whether TR holds a 32-bit TSS. */
export function isTss32(vp: Vp): boolean {
  return (vp.R[SEG_ATTRIBUTES + SEG_TR] & 8) !== 0;
}

/**
 * Reads SS:ESP of `level` from the current TSS and checks them (SDM "CALL", "INT n"; vol. 3A §5.8.5).
 * Null with #TS, #SS or #PF recorded.
 */
export function openPrivilegeStack(vp: Vp, level: number, ext: number): PrivilegeStack | null {
  const wide = isTss32(vp);
  const offset = wide ? 4 + 8 * level : 2 + 4 * level;
  if (offset + (wide ? 7 : 3) > vp.U[SEG_LIMIT + SEG_TR]) {
    vp.raise(VECTOR_TS, (selectorOf(vp, SEG_TR) & 0xfffc) | ext);
    return null;
  }
  const at = (vp.R[SEG_BASE + 2 * SEG_TR] + offset) | 0;
  const sp = wide ? vp.loadSystem32(at) : vp.loadSystem16(at);
  if (vp.R[FAULT] !== 0) return null;
  const selector = vp.loadSystem16((at + (wide ? 4 : 2)) | 0);
  if (vp.R[FAULT] !== 0) return null;
  const segment = readStackSegment(vp, selector, level, ext);
  return segment === null ? null : { segment, frame: StackFrame.other(vp, segment, sp, level, ext) };
}

/** Checks the stack segment of `level` that a TSS names: #TS(selector), or #SS(selector) when it is not present. */
export function readStackSegment(vp: Vp, selector: number, level: number, ext: number): Descriptor | null {
  const code = (selector & 0xfffc) | ext;
  if (isNull(selector)) {
    vp.raise(VECTOR_TS, code);
    return null;
  }
  const segment = readDescriptor(vp, selector, VECTOR_TS, ext);
  if (segment === null) return null;
  if (segment.rpl !== level || segment.dpl !== level || !segment.isWritableData) {
    vp.raise(VECTOR_TS, code);
    return null;
  }
  if (!segment.isPresent) {
    vp.raise(VECTOR_SS, code);
    return null;
  }
  return markAccessed(vp, segment) === 0 ? segment : null;
}
