import { NO_MEMORY, type Block } from '@ringzero/backend-interpreter/engine';
import { MODE_USER, TLB_USER, type Operation } from '@ringzero/x86-semantics';
import type { AnalyzedProgram } from './programs.ts';

/** A side of a block's end: of a direct branch, or a computed target that is compared. */
export type Side = 'taken' | 'next' | 'computed';

/**
 * How a node ends. `helper`: with an instruction that the interpreter's handler executes, in the region. `partial`: at an instruction that has no IR meaning, which the interpreter executes. `split`: before an
 * instruction at which another block begins, so that a loop is not unrolled into what leads to it. `dispatch`: no block at all, see {@link RegionNode.dispatch}.
 */
export type BlockEnd = 'branch' | 'jump' | 'computed' | 'fall' | 'helper' | 'partial' | 'split' | 'dispatch';

/** A call whose callee is in the region: where its return leads. */
export interface CallContext {
  readonly returnBlock: Block;
  readonly callee: Block;
  /** Whether its return is an indirect branch: it begins with a call ahead, and puts another address in its place. */
  readonly isThunk: boolean;
  readonly parent: CallContext | null;
  readonly depth: number;
}

/** Entry that the code TLB must have for a block of another page, and where. */
export interface PageCheck {
  readonly index: number;
  readonly entry: number;
}

/** Control that stays in the region. */
export interface RegionEdge {
  readonly side: Side;
  readonly to: RegionNode;
  /** What must hold if `to` is in another page, or in two. */
  readonly checks: readonly PageCheck[];
}

/** The part of a block that a node has. */
export interface NodeCode {
  readonly programs: readonly AnalyzedProgram[];
  readonly rest: Block | undefined;
  /** Whether the instruction behind the programs is the block's last, a helper after which control goes on. */
  readonly endsInHelper: boolean;
}

/** A block in a region, as called from one place: an inlined callee has a node for each call. */
export class RegionNode {
  readonly block: Block;
  readonly context: CallContext | null;
  readonly end: BlockEnd;
  /** Programs of the node's instructions: the block's up to the first without one, or to where another block begins. */
  readonly programs: readonly AnalyzedProgram[];
  edges: RegionEdge[] = [];
  /** Sides that lead to a loop which is left to its own region, as long as that does not happen too often. */
  readonly toLoops: Side[] = [];
  /** How often it runs for each entry of the region, loops not counted. */
  readonly frequency: number;
  /** Position in reverse postorder. */
  order = -1;

  /** The block that begins where a `split` node ends. */
  readonly rest: Block | undefined;

  constructor(block: Block, context: CallContext | null, code: NodeCode, frequency: number, end?: BlockEnd) {
    this.block = block;
    this.context = context;
    this.programs = code.programs;
    this.rest = code.rest;
    this.frequency = frequency;
    this.end = end ?? (code.rest !== undefined ? 'split' : code.endsInHelper ? 'helper' : endOf(block, code.programs));
  }

  /** Goes on with one of several nodes of a region whose loops have several entries: to its own entry first, and where those of its edges lead that would enter a loop from its side. */
  static dispatch(entry: RegionNode): RegionNode {
    return new RegionNode(entry.block, null, { programs: [], rest: undefined, endsInHelper: false }, 1, 'dispatch');
  }

  /** Instructions that the budget pays for when control enters: those of the whole block, which an exit in its middle goes on with. */
  get count(): number {
    return this.end === 'dispatch' ? 0 : this.block.head.count;
  }

  edge(side: Side): RegionEdge | undefined {
    return this.edges.find((edge) => edge.side === side);
  }
}

/** The last operation: the one that transfers, or the pseudo-operation that falls through. */
export function lastOperation(block: Block): Operation {
  return block.operations[block.operations.length - 1];
}

function endOf(block: Block, programs: readonly AnalyzedProgram[]): BlockEnd {
  if (programs.length < block.head.count) return 'partial';
  const kinds = programs[programs.length - 1].program.statements.map((statement) => statement.k);
  return kinds.includes('branch') ? 'branch' : kinds.includes('jumpTo') ? 'computed' : kinds.includes('jump') ? 'jump' : 'fall';
}

/** Whether `to` may follow `from` in one function: decoded for the same mode and CS, from memory. */
export function mayFollow(from: Block, to: Block): boolean {
  const { mode, codeBase, codeLimit } = from.head;
  return to.isValid && to.secondStart !== NO_MEMORY && from.secondStart !== NO_MEMORY && to.head.mode === mode && to.head.codeBase === codeBase && to.head.codeLimit === codeLimit;
}

/** What must hold for control to pass from `from` to `to`. */
export function pageChecks(from: Block, to: Block): PageCheck[] {
  const section = (to.head.mode & MODE_USER) !== 0 ? TLB_USER : 0;
  const check = (linear: number, entry: number): PageCheck => ({ index: (linear >>> 12) + section, entry });
  // A successor that a profile tells of may have been in another page at the same address.
  const isSamePage = (from.linear & -4096) === (to.linear & -4096) && from.head.entry === to.head.entry;
  const checks = isSamePage ? [] : [check(to.linear, to.head.entry)];
  if (to.secondLength > 0) checks.push(check((to.linear & -4096) + 4096, to.secondEntry));
  return checks;
}
