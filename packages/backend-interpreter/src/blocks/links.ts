import { Operation } from '@ringzero/x86-semantics';
import type { Block, IncomingLink } from './block.ts';

/** Larger than any budget: a transfer to an unresolved link always takes the slow way. */
export const UNRESOLVED_COUNT: number = 0x4000_0000;

function never(): Operation {
  throw new Error('an unresolved link was executed: the budget check must have stopped it');
}

/** Where a link leads before its target was looked up. Never executed. */
export const UNRESOLVED: Operation = new Operation(never);
UNRESOLVED.count = UNRESOLVED_COUNT;

/** Returned by a handler to leave the dispatch loop. Never executed. */
export const EXIT: Operation = new Operation(never);

/** Links to a block before it is looked for those of blocks that are gone. */
export const FEW_LINKS = 16;

/**
 * Notes that `source` leads to `target`, directly or through a gate. Sources are dropped, relocated and used again without a word
 * to where they led, so a guest that writes code again and again would have us hold all of them: from time to time those are
 * forgotten, and each is kept once.
 */
export function noteLink(target: Block, source: Operation): void {
  target.incoming = { source, rest: target.incoming };
  if (++target.incomingCount < target.incomingLimit) return;
  const kept = new Set<Operation>();
  for (let link: IncomingLink | null = target.incoming; link !== null; link = link.rest) if (leadsTo(link.source, target)) kept.add(link.source);
  target.incoming = null;
  for (const each of kept) target.incoming = { source: each, rest: target.incoming };
  target.incomingCount = kept.size;
  target.incomingLimit = Math.max(FEW_LINKS, 2 * kept.size);
}

/** Whether an operation ends its block: the place of one that is gone may be in the middle of another block, and leads to what follows there. */
export function isBlockEnd(source: Operation): boolean {
  const { operations } = source.block as Block;
  return operations[operations.length - 1] === source;
}

function leadsTo(source: Operation, { head }: Block): boolean {
  const { taken, next } = source;
  return (source.block as Block).isValid && isBlockEnd(source) && (taken === head || next === head || taken.taken === head || next.taken === head);
}
