import { lane32 } from '@ringzero/x86';
import type { StackPart, Width } from '../ir/nodes.ts';

const ST = lane32('st');

/** An element of the state at byte offset `start + at`. */
export function stateAt(width: Width, start: string, at: number): string {
  const constant = /^\d+$/.test(start) ? Number(start) + at : undefined;
  const byte = constant === undefined ? `(${start} + ${at})` : `${constant}`;
  if (width === 8) return `B[${byte}]`;
  const shift = width === 32 ? 2 : 1;
  const index = constant === undefined ? `${byte} >> ${shift}` : `${constant >> shift}`;
  return width === 32 ? `R[${index}]` : `H[${index}]`;
}

/** A doubleword of an x87 register. */
export function stackAt(physical: string, part: StackPart): string {
  return `R[(${physical} << 2) + ${ST + part}]`;
}

/** An element of eight or four bytes, at a byte offset that is a multiple of that. */
function floatAt(view: string, shift: number, start: string, at: number): string {
  if (/^\d+$/.test(start)) return `${view}[${(Number(start) + at) >> shift}]`;
  return `${view}[${at === 0 ? start : `(${start} + ${at})`} >> ${shift}]`;
}

/** The double at byte offset `start + at` of the state. */
export function doubleAt(start: string, at: number): string {
  return floatAt('F', 3, start, at);
}

/** The single there. */
export function singleAt(start: string, at: number): string {
  return floatAt('S', 2, start, at);
}
