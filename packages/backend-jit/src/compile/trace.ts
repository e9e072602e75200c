import type { Block } from '@ringzero/backend-interpreter/engine';
import type { Operation } from '@ringzero/x86-semantics';

/** Where control goes on inside a trace at the end of one of its blocks. */
export type Side = 'taken' | 'next';

/** A block of a trace. */
export interface Segment {
  readonly block: Block;
  /** The side of its last operation that leads to the following segment; undefined at the trace's end. */
  readonly side: Side | undefined;
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

/** The block that a link leads to without a check in between: linked, in the same page, decoded for the same mode. */
function linked(from: Block, link: Operation): Block | undefined {
  const block = link.block as Block | null;
  if (block === null || block.head !== link || !block.isValid || block.secondLength > 0) return undefined;
  return link.mode === from.head.mode && link.codeBase === from.head.codeBase && link.codeLimit === from.head.codeLimit ? block : undefined;
}

/** The side that `block` went last time, if it is linked. */
function likelySide(block: Block): Side | undefined {
  const last = lastOperation(block);
  if (block.likely === null) return undefined;
  if (block.likely === last.next) return 'next';
  return block.likely === last.taken ? 'taken' : undefined;
}

/**
 * The blocks that a compiled function for `head` covers: from block to block where control went last, until it comes back
 * to a block that is in already, leaves the page or the limits. `isWhole` tells whether a block can be compiled to its end.
 */
export function buildTrace(head: Block, limits: TraceLimits, isWhole: (block: Block) => boolean): Segment[] {
  const segments: Segment[] = [];
  const seen = new Set<Block>();
  let instructions = 0;
  for (let block: Block | undefined = head; block !== undefined; ) {
    seen.add(block);
    instructions += block.head.count;
    const side: Side | undefined = isWhole(block) && segments.length + 1 < limits.maxBlocks ? likelySide(block) : undefined;
    const following: Block | undefined = side === undefined ? undefined : linked(block, lastOperation(block)[side]);
    const goesOn: boolean = following !== undefined && !seen.has(following) && instructions + following.head.count <= limits.maxInstructions;
    segments.push({ block, side: goesOn ? side : undefined });
    block = goesOn ? following : undefined;
  }
  return segments;
}
