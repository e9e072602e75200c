import type { Profile } from './initial-state.ts';
import type { SegmentSet } from './layout.ts';

/** A piece of code that cases run: bytes at a place, closed by INT3. */
export interface Code {
  /** Linear address of its first byte, from `CODE_BASE`. */
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** Names of the forms that it executes, one per instruction. */
  readonly forms: readonly string[];
  /** What it is filed under: `--family`. */
  readonly family: string;
  readonly profile: Profile;
  readonly segments: SegmentSet;
}

/** A lane of the initial state that is not the seed's. */
export interface Override {
  readonly lane: number;
  readonly value: number;
}

/** Bytes of the window that are not the image's. */
export interface Patch {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** How a case begins. */
export interface Case {
  /** Index of its code. */
  readonly code: number;
  readonly seed: number;
  readonly overrides: readonly Override[];
  readonly patches: readonly Patch[];
}

/** A word of the window that a case changed. */
export interface MemoryChange {
  readonly offset: number;
  readonly value: number;
}

/** How a case ended: only what differs from its beginning. */
export interface Outcome {
  /** 3 when it came to its INT3. */
  readonly vector: number;
  readonly errorCode: number;
  /** CR2, for page faults. */
  readonly cr2: number;
  readonly lanes: readonly Override[];
  readonly memory: readonly MemoryChange[];
}

/** A set of vectors: cases with what the processor did. */
export interface Vectors {
  readonly codes: readonly Code[];
  readonly cases: readonly Case[];
  readonly outcomes: readonly Outcome[];
}
