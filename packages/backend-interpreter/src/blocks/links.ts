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
 * Notes that `source` leads to `target`, directly or through a gate. Sources are dropped without a word to where they lead, so a
 * guest that writes code again and again would have us hold all of them: from time to time those are forgotten.
 */
export function noteLink(target: Block, source: Operation): void {
  target.incoming = { source, rest: target.incoming };
  if (++target.incomingCount < target.incomingLimit) return;
  let kept: IncomingLink | null = null;
  let count = 0;
  for (let link: IncomingLink | null = target.incoming; link !== null; link = link.rest) {
    if (!leadsTo(link.source, target)) continue;
    kept = { source: link.source, rest: kept };
    count++;
  }
  target.incoming = kept;
  target.incomingCount = count;
  target.incomingLimit = Math.max(FEW_LINKS, 2 * count);
}

function leadsTo(source: Operation, { head }: Block): boolean {
  const { taken, next, block } = source;
  return (block as Block).isValid && (taken === head || next === head || taken.taken === head || next.taken === head);
}
