import type { Width } from '../ir/nodes.ts';

/** An element of the state at byte offset `start + at`. */
export function stateAt(width: Width, start: string, at: number): string {
  const constant = /^\d+$/.test(start) ? Number(start) + at : undefined;
  const byte = constant === undefined ? `(${start} + ${at})` : `${constant}`;
  if (width === 8) return `B[${byte}]`;
  const shift = width === 32 ? 2 : 1;
  const index = constant === undefined ? `${byte} >> ${shift}` : `${constant >> shift}`;
  return width === 32 ? `R[${index}]` : `H[${index}]`;
}
