import { EFLAGS_FIXED } from '@ringzero/x86';
import type { Difference, State } from '../machine/state.ts';
import { SEGMENT_PARTS, SEGMENTS, SYSTEM_SEGMENTS } from '../machine/state.ts';
import type { Current } from './instruction-at.ts';

const SEGMENT_PRESENT = 0x80;
const ALL = 0xffff_ffff;

/** Names that mean nothing in a state: the hidden parts of unusable segment registers. */
function meaningless(ours: State, theirs: State): ReadonlySet<string> {
  const names = [...SEGMENTS, ...SYSTEM_SEGMENTS].filter((name) => [ours, theirs].every((state) => (state[`${name}.attributes`] & SEGMENT_PRESENT) === 0));
  return new Set(names.flatMap((name) => SEGMENT_PARTS.map((part) => `${name}.${part}`)));
}

/** Compares states, but for flags that are undefined. */
export function compareStates(ours: State, theirs: State, undefinedFlags: number): Difference[] {
  const skipped = meaningless(ours, theirs);
  return Object.keys(ours)
    .filter((what) => !skipped.has(what) && ((ours[what] ^ theirs[what]) & (what === 'eflags' ? ~undefinedFlags : ALL)) !== 0)
    .map((what) => ({ what, ours: ours[what], theirs: theirs[what] }));
}

/** Flags that are undefined after an instruction, of those that were before it. */
export function undefinedAfter(before: number, { form }: Current): number {
  const { written, cleared, set, undefined: leaves } = form.flags;
  return (before & ~(written | cleared | set | EFLAGS_FIXED)) | leaves;
}

/** Compares memory by words. */
export function compareMemory(ours: Buffer, theirs: Buffer): Difference[] {
  const differences: Difference[] = [];
  if (ours.equals(theirs)) return differences;
  for (let at = 0; at < ours.length; at += 4) {
    const [our, their] = [ours.readUInt32LE(at), theirs.readUInt32LE(at)];
    if (our !== their) differences.push({ what: `memory+${at.toString(16)}`, ours: our, theirs: their });
  }
  return differences;
}
