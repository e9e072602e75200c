import { Operation } from '@ringzero/x86-semantics';

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
