/*
 * Where QEMU and the backends are known to differ, who is right, and the section of the manual that decides. An entry covers the
 * differences that it describes and no others. The command and the test print those that were met.
 */
import type { Finding } from './lockstep/findings.ts';
import type { Difference } from './machine/state.ts';

export interface KnownDifference {
  readonly name: string;
  readonly programs: RegExp;
  readonly reason: string;
  /** Where the manual decides, or leaves it open. */
  readonly source: string;
  /** Who does what the manual says. */
  readonly right: 'ringzero' | 'both';
  readonly covers: (difference: Difference, finding: Finding) => boolean;
  /** From here on the machines do different things, and are not compared. */
  readonly goesApart?: boolean;
}

/** Type of a TSS: busy. */
const TSS_BUSY = 2;

const differsBy = ({ ours, theirs }: Difference, bits: number): boolean => (ours ^ theirs) === bits;

export const KNOWN: readonly KnownDifference[] = [
  {
    name: 'busy in TR', programs: /./, right: 'ringzero',
    reason: 'LTR leaves the type of the descriptor that it read in the hidden part; nothing that a program can do shows it', source: 'vol. 3C §24.4.1: TR has a busy type',
    covers: (difference) => difference.what === 'tr.attributes' && differsBy(difference, TSS_BUSY),
  },
];
