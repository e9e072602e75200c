/** A named value, as text. */
export interface NamedValue {
  readonly name: string;
  readonly value: string;
}

/** A processor's registers, as text. */
export interface ProcessorView {
  readonly mode: string;
  readonly general: readonly NamedValue[];
  readonly flags: readonly { readonly name: string; readonly isSet: boolean }[];
  readonly segments: readonly { readonly name: string; readonly selector: string; readonly base: string; readonly limit: string }[];
  readonly control: readonly NamedValue[];
}

/** A disassembled instruction. */
export interface CodeLine {
  readonly address: string;
  readonly bytes: string;
  readonly text: string;
  readonly isCurrent: boolean;
}

/** Instructions around RIP. */
export interface CodeView {
  readonly lines: readonly CodeLine[];
  /** Why there are none. */
  readonly problem?: string;
}

/** A compiled region, in one line. */
export interface RegionSummary {
  /** What names it to `MachineWorker.region`. */
  readonly script: string;
  readonly address: string;
  readonly instructions: number;
  readonly blocks: number;
  readonly exits: number;
  readonly timesCompiled: number;
  readonly isLive: boolean;
  /** Share of the looks at the processor that found it there, 0 to 1. */
  readonly share: number;
}

/** An instruction in a region: guest code, and its meaning as the compiler had it. */
export interface RegionInstruction {
  readonly address: string;
  readonly bytes: string;
  readonly text: string;
  /** The IR that was emitted, a line each. */
  readonly ir: readonly string[];
}

/** A block of a region. */
export interface RegionBlock {
  readonly title: string;
  readonly end: string;
  readonly instructions: readonly RegionInstruction[];
}

/** All about a region. */
export interface RegionView extends RegionSummary {
  readonly code: readonly RegionBlock[];
  readonly source: string;
}
