import type { Handler, Operation, RequiredUnit, Units, Vp } from '@ringzero/x86-semantics';

/** What generated handlers close over. */
export interface HandlerContext {
  /** Views of the state. */
  readonly R: Int32Array;
  readonly H: Uint16Array;
  readonly B: Uint8Array;
  readonly F: Float64Array;
  readonly S: Float32Array;
  /** TLB tables for reads and writes. */
  readonly TR: Int32Array;
  readonly TW: Int32Array;
  /** RAM. */
  readonly M: DataView;
  readonly vp: Vp;
  readonly fpu: Units['fpu'];
  readonly vector: Units['vector'];
  readonly x87: Units['x87'];
  /** Leaves because the instruction cannot complete; `R[fault]` says why. */
  readonly fail: Handler;
  /** Raises what `require` found. */
  readonly refuse: (op: Operation, unit: RequiredUnit) => Operation;
  /** Takes an unresolved link, or leaves when the budget is short. */
  readonly leaveTaken: Handler;
  readonly leaveNext: Handler;
  /** Goes to an offset in CS that was computed. */
  readonly indirect: (op: Operation, target: number) => Operation;
}

/** A generated row: the form, the shapes it serves (`16r 16m 32r 32m`), and its handler. */
export type HandlerRow = readonly [form: string, shapes: string, handler: Handler];

/** Shapes a helper serves: it looks at the operation itself. */
export const ALL_SHAPES = '16r 16m 32r 32m';

/** What handlers of helpers close over. */
export interface HelperContext {
  readonly vp: Vp;
  /** Whether the next instruction is of a block as it was decoded, and nothing comes before it. */
  readonly goesOn: (op: Operation) => boolean;
  /** Goes on with it, or leaves for the run loop. */
  readonly goOn: Handler;
  readonly leave: Handler;
  /** Does what a status says that is not that the instruction is complete. */
  readonly otherwise: (op: Operation, status: number) => Operation;
  /** A repetition's last run was done. */
  readonly endRepetition: () => void;
  readonly indirect: (op: Operation, target: number) => Operation;
}

/** A generated row: forms of 32-bit instructions, `.m` where the ModRM operand is in memory, and the handler that executes them in turn. */
export type SequenceRow = readonly [forms: string, handler: Handler];

/** What the dispatch switch closes over, besides. */
export interface SwitchContext extends HandlerContext {
  /** The code TLB. */
  readonly TC: Int32Array;
  /** What is known of the targets of computed branches (`BranchTable`). */
  readonly L: Int32Array;
  /** Operations' rows, whose they are, and the mask for indices (`OperationRows`). */
  readonly C: Int32Array;
  readonly OPS: readonly Operation[];
  readonly mask: number;
  /** What ends dispatch. */
  readonly exit: Operation;
}

/** The dispatch loop that executes frequent instructions itself. */
export interface DispatchSwitch {
  /** Follows operations from `start` until one returns EXIT or `most` have transferred control or been left to their handlers; returns what to run next. */
  run(start: Operation, most: number): Operation;
  /** How many of those `most` were left, the last time. */
  leftOver(): number;
}
