import type { Block } from '@ringzero/backend-interpreter/engine';
import { MODE_USER, TLB_USER, type Operation } from '@ringzero/x86-semantics';

/** Where control goes on inside a trace at the end of one of its blocks: a side of a direct branch, or a computed target that is compared. */
export type Side = 'taken' | 'next' | 'computed';

/** Entry that the code TLB must have for a block of another page, and where. */
export interface PageCheck {
  readonly index: number;
  readonly entry: number;
}

/** A block of a trace. */
export interface Segment {
  readonly block: Block;
  /** The side of its last operation that leads to the following segment; undefined at the trace's end. */
  readonly side: Side | undefined;
  /** What must hold for the following segment, if it is in another page. */
  readonly check: PageCheck | undefined;
}

/** What decides how long traces become. */
export interface TraceLimits {
  readonly maxBlocks: number;
  readonly maxInstructions: number;
}

/** The last operation: the one that transfers, or the pseudo-operation that falls through. */
export function lastOperation(block: Block): Operation {
  return block.operations[block.operations.length - 1];
}

/** Whether `to` may follow `from` in one function: decoded for the same mode and CS, and whole in its page. */
function mayFollow(from: Block, to: Block): boolean {
  const { mode, codeBase, codeLimit } = from.head;
  return to.isValid && to.secondLength === 0 && from.secondLength === 0 && to.head.mode === mode && to.head.codeBase === codeBase && to.head.codeLimit === codeLimit;
}

function pageCheck(from: Block, to: Block): PageCheck | undefined {
  if ((from.linear & -4096) === (to.linear & -4096)) return undefined;
  return { index: (to.linear >>> 12) + ((to.head.mode & MODE_USER) !== 0 ? TLB_USER : 0), entry: to.head.entry };
}

/** Whether a link leads to `head`: itself, or through a gate between pages. */
function leadsTo(link: Operation, head: Operation): boolean {
  return link === head || (link.block === null && link.taken === head);
}

/** The block that followed last time, and the side that leads there. */
function follower(block: Block, isComputed: (block: Block) => boolean): { readonly side: Side; readonly to: Block } | undefined {
  const { likely } = block;
  const to = likely === null ? null : (likely.block as Block | null);
  if (likely === null || to === null || !mayFollow(block, to)) return undefined;
  const last = lastOperation(block);
  if (leadsTo(last.next, likely)) return { side: 'next', to };
  if (leadsTo(last.taken, likely)) return { side: 'taken', to };
  return isComputed(block) ? { side: 'computed', to } : undefined;
}

/** What the builder asks about a block. */
export interface BlockFacts {
  /** Whether it can be compiled to its end. */
  isWhole(block: Block): boolean;
  /** Whether it ends with a branch to a computed target. */
  isComputed(block: Block): boolean;
}

/**
 * The blocks that a compiled function for `head` covers: from block to block where control went last, until it comes back
 * to a block that is in already, or to the limits.
 */
export function buildTrace(head: Block, limits: TraceLimits, facts: BlockFacts): Segment[] {
  const segments: Segment[] = [];
  const seen = new Set<Block>();
  let instructions = 0;
  for (let block: Block | undefined = head; block !== undefined; ) {
    seen.add(block);
    instructions += block.head.count;
    const following: ReturnType<typeof follower> = facts.isWhole(block) && segments.length + 1 < limits.maxBlocks ? follower(block, (b) => facts.isComputed(b)) : undefined;
    const goesOn: boolean = following !== undefined && !seen.has(following.to) && instructions + following.to.head.count <= limits.maxInstructions;
    segments.push({ block, side: goesOn ? following?.side : undefined, check: goesOn && following !== undefined ? pageCheck(block, following.to) : undefined });
    block = goesOn ? following?.to : undefined;
  }
  return segments;
}
