import type { World } from './world.ts';

/** What a program needs beyond what both machines always have; programs whose need is not met are not run. */
export type Need = 'smep' | 'smap' | 'umip';

/** An exception or interrupt that the manual calls for: its vector, and the error code if it has one. */
export type Raised = number | readonly [vector: number, errorCode: number];

/** A behaviour of the system level, as a flat program. */
export interface SystemProgram {
  readonly name: string;
  /** Where the manual describes it. */
  readonly source: string;
  /** What its handlers see, in order, by the manual: our backends are held to it with or without QEMU. */
  readonly raises: readonly Raised[];
  readonly build: (world: World) => void;
  /** 16: a program in real mode. Others begin in ring 0, flat and without paging. */
  readonly bits?: 16;
  readonly needs?: readonly Need[];
  /** It ends in a triple fault. */
  readonly shutsDown?: boolean;
  /** Compared at its end only, with the reason: what single steps would change or show in another order. */
  readonly atEnd?: string;
}

/** A topic: programs that share a title. */
export interface Topic {
  readonly title: string;
  readonly programs: readonly SystemProgram[];
}
