/** What is compared of a processor, by name: general registers, EFLAGS, segments with their hidden parts, tables, control and debug registers. */
export type State = Readonly<Record<string, number>>;

export const GENERAL = ['eax', 'ecx', 'edx', 'ebx', 'esp', 'ebp', 'esi', 'edi'] as const;
export const SEGMENTS = ['es', 'cs', 'ss', 'ds', 'fs', 'gs'] as const;
/** Segment registers of the system. */
export const SYSTEM_SEGMENTS = ['ldtr', 'tr'] as const;
export const TABLES = ['gdtr', 'idtr'] as const;
/** The parts of a segment register, as they are named in a {@link State} behind a dot. */
export const SEGMENT_PARTS = ['base', 'limit', 'attributes'] as const;

/** Linear address of the next instruction. */
export function pointerOf(state: State): number {
  return (state['cs.base'] + state.eip) >>> 0;
}

/** Something that is not the same on both machines. */
export interface Difference {
  /** A name of {@link State}, or `memory+address`. */
  readonly what: string;
  readonly ours: number;
  readonly theirs: number;
}

