import type { Vp } from '../../vp/vp.ts';
import { constant, ignored, type MsrRows } from './register.ts';

/** The stacks of last branches: first FROM, first TO, pairs, and whose they are (vol. 3B §17.4.8). */
const STACKS: readonly (readonly [from: number, to: number, pairs: number, exists: (vp: Vp) => boolean])[] = [
  [0x040, 0x060, 4, ({ features }) => features.has('ssse3') && !features.has('sse4.2')],
  [0x680, 0x6c0, 16, ({ features }) => features.has('sse4.2')],
];

/**
 * Last-branch records. They are there, since system software of these models writes them unasked, but nothing is recorded: that
 * would cost every branch. They read as 0.
 */
export function addBranchRecords(rows: MsrRows): void {
  for (const [from, to, pairs, exists] of STACKS) {
    for (let i = 0; i < pairs; i++) {
      rows.addIf(from + i, ignored, exists);
      rows.addIf(to + i, ignored, exists);
    }
  }
  rows.add(0x01c8, ignored, 'sse4.2'); // MSR_LBR_SELECT
  rows.add(0x01c9, constant(0, false), 'ssse3'); // MSR_LASTBRANCH_TOS
  // Last branch of the P6 family; last branch before an exception or interrupt of all.
  for (const number of [0x01db, 0x01dc]) rows.addIf(number, ignored, ({ features }) => features.has('p6') && !features.has('sse2'));
  for (const number of [0x01dd, 0x01de]) rows.add(number, ignored, 'p6');
}
