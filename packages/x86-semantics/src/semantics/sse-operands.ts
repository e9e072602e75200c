import { lane32 } from '@ringzero/x86';
import type { Address, Builder } from '../ir/builder.ts';
import type { Expression, VectorFile } from '../ir/nodes.ts';
import type { Operand } from '../ir/operands.ts';
import { SCRATCH } from '../vp/lanes.ts';

const FTW = lane32('ftw');
export const VECTOR_GP = 13;
export const XMM_BYTES = 16;
export const MMX_BYTES = 8;

/** The memory operand; 16 bytes must be aligned unless the instruction says otherwise (vol. 1 §10.2, #GP). */
export function vectorAddress(b: Builder, bytes: number, write: boolean, isAligned: boolean = bytes === XMM_BYTES): Address {
  const address = b.operandAddress(bytes, write);
  if (isAligned) b.if(b.ne(b.and(b.linear(address), bytes - 1), 0), () => b.raise(VECTOR_GP, 0));
  return address;
}

/** Byte offset of a source operand: a register, or scratch with `bytes` bytes read from memory. */
export function vectorSource(b: Builder, operand: Operand, bytes: number, isAligned?: boolean): Expression {
  if (operand.k !== 'memory') return b.read(operand);
  b.loadBlock(vectorAddress(b, bytes, false, isAligned), SCRATCH);
  return b.const(SCRATCH);
}

export function xmmReg(b: Builder): Expression {
  return b.vector('reg', 'xmm');
}

export function mmxReg(b: Builder): Expression {
  return b.vector('reg', 'mmx');
}

/** What MMX instructions do to the x87 state once nothing can fault: TOP is 0, and all registers are valid (vol. 1 §9.5). */
export function enterMmx(b: Builder): void {
  b.setTop(0);
  b.setLane(FTW, 0);
}

/** EMMS: all registers empty (vol. 1 table 12-3). */
export function leaveMmx(b: Builder): void {
  b.setTop(0);
  b.setLane(FTW, 0xff);
}

/** Bits 79:64 of the register written read as ones. */
export function wroteMmx(b: Builder, slot: 'reg' | 'rm' = 'reg'): void {
  b.setStack(b.and(b.field(slot === 'reg' ? 'regNumber' : 'rmNumber'), 7), 2, 0xffff);
}

/** The files an integer instruction exists for: MMX forms end in `mmx`, XMM forms in `xmm`. */
export interface VectorShape {
  readonly file: VectorFile;
  readonly bytes: number;
}

export const MMX: VectorShape = { file: 'mmx', bytes: MMX_BYTES };
export const XMM: VectorShape = { file: 'xmm', bytes: XMM_BYTES };

/** Reads the source, enters the unit's state, computes, and marks the register written. */
export function vectorOperation(b: Builder, shape: VectorShape, operand: Operand, memoryBytes: number, compute: (dst: Expression, src: Expression) => void): void {
  const isMmx = shape.file === 'mmx';
  b.require(isMmx ? 'mmx' : 'sse');
  const src = vectorSource(b, operand, memoryBytes);
  if (isMmx) enterMmx(b);
  compute(b.vector('reg', shape.file), src);
  if (isMmx) wroteMmx(b);
}
