import type { Vp } from '../vp/vp.ts';
import { FAULT, SEG_ATTRIBUTES } from '../vp/lanes.ts';
import { ATTRIBUTE_CODE, ATTRIBUTE_DIRECTION, ATTRIBUTE_UNUSABLE, SEG_DS, SEG_ES, SEG_FS, SEG_GS, VECTOR_GP, VECTOR_NP, VECTOR_SS } from './constants.ts';
import { type Descriptor, isNull, readDescriptor } from './descriptors.ts';
import { writeNullSegment } from './segments.ts';

/** Checks the code segment that RET or IRET returns to (SDM "RET", "IRET"): #GP or #NP with its selector. */
export function readReturnCode(vp: Vp, selector: number): Descriptor | null {
  if (isNull(selector)) return fail(vp, VECTOR_GP, 0);
  const code = readDescriptor(vp, selector, VECTOR_GP);
  if (code === null) return null;
  const error = selector & 0xfffc;
  if (!code.isCode || code.rpl < vp.cpl) return fail(vp, VECTOR_GP, error);
  if (code.isConforming ? code.dpl > code.rpl : code.dpl !== code.rpl) return fail(vp, VECTOR_GP, error);
  if (!code.isPresent) return fail(vp, VECTOR_NP, error);
  return code;
}

/** Checks the stack segment of the outer level `level` that RET or IRET returns to: #GP or #SS with its selector. */
export function readReturnStack(vp: Vp, selector: number, level: number): Descriptor | null {
  if (isNull(selector)) return fail(vp, VECTOR_GP, 0);
  const stack = readDescriptor(vp, selector, VECTOR_GP);
  if (stack === null) return null;
  const error = selector & 0xfffc;
  if (stack.rpl !== level || !stack.isWritableData || stack.dpl !== level) return fail(vp, VECTOR_GP, error);
  if (!stack.isPresent) return fail(vp, VECTOR_SS, error);
  return stack;
}

/** After a return to an outer level: data segments that it may not use become null (vol. 3A §5.8.6). */
export function dropInnerSegments(vp: Vp): void {
  dropInnerSegment(vp, SEG_ES);
  dropInnerSegment(vp, SEG_FS);
  dropInnerSegment(vp, SEG_GS);
  dropInnerSegment(vp, SEG_DS);
}

function dropInnerSegment(vp: Vp, segment: number): void {
  const attributes = vp.R[SEG_ATTRIBUTES + segment];
  if ((attributes & ATTRIBUTE_UNUSABLE) !== 0) return;
  const conforming = (attributes & (ATTRIBUTE_CODE | ATTRIBUTE_DIRECTION)) === (ATTRIBUTE_CODE | ATTRIBUTE_DIRECTION);
  if (!conforming && ((attributes >>> 5) & 3) < vp.cpl) writeNullSegment(vp, segment);
}

function fail(vp: Vp, vector: number, errorCode: number): null {
  if (vp.R[FAULT] === 0) vp.raise(vector, errorCode);
  return null;
}
