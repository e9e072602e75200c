import type { Difference, State } from '../machine/state.ts';
import { vectorAt } from '../programs/handlers.ts';
import type { Current } from './instruction-at.ts';

/** Two machines that went apart, for {@link KnownDifference}s to look at. */
export interface Finding {
  readonly program: string;
  /** The instruction behind which they differ; undefined for what was compared at the end. */
  readonly current: Current | undefined;
  /** Vectors whose handlers they are about to enter. */
  readonly ourVector: number | undefined;
  readonly theirVector: number | undefined;
  readonly ours: State;
  readonly theirs: State;
  readonly differences: readonly Difference[];
}

export function findingOf(program: string, current: Current | undefined, ours: State, theirs: State, differences: readonly Difference[]): Finding {
  return { program, current, ours, theirs, differences, ourVector: vectorAt(ours['eip']), theirVector: vectorAt(theirs['eip']) };
}

const hex = (value: number | undefined): string => (value === undefined ? 'nothing' : `0x${value.toString(16)}`);

export function describeFinding({ program, current, differences, ourVector, theirVector }: Finding): string {
  const place = current === undefined ? 'at the end' : `behind ${hex(current.address)} ${current.text}`;
  const vectors = ourVector === theirVector ? '' : ` (vector ${ourVector ?? 'none'} against ${theirVector ?? 'none'} of QEMU)`;
  return `${program}: ${place}${vectors}: ${differences.map(({ what, ours, theirs }) => `${what} is ${hex(ours)} against ${hex(theirs)}`).join(', ')}`;
}
