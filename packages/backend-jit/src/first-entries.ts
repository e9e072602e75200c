import { BUDGET, type Handler, type Operation, type Vp } from '@ringzero/x86-semantics';
import { FIRST_ASKED } from './warm-up.ts';

/** Instructions that a region may execute when it is entered at first: more than any way through it, far less than V8 takes to compile a loop. */
const SHORT_BUDGET = 2_000;
/** Times that it is entered so: until V8 has been asked to optimize it, and some more, for what that takes. */
const ENTRIES = 150;

/**
 * A region as it is entered at first: each time for so short that V8 has no reason to compile a loop that is under way. That would
 * take its thread as long as the region itself does, for code that is worse (JIT.md, trap 3); and V8 does not give up such code where
 * the loop is left by a way that had never been taken (`Runtime_NotifyDeoptimized`: it takes what is behind the loop for cold), so
 * that it would be entered and deoptimized again and again (trap 1). What is left of the budget is put aside meanwhile, for the clock as well.
 *
 * @param ask called behind {@link FIRST_ASKED} of them.
 * @param entered called with the last of them: the next entries are the region's own.
 */
export function firstEntries(vp: Vp, region: Handler, ask: (op: Operation) => void, entered: () => void): Handler {
  const { R } = vp;
  let left = ENTRIES;
  return (op) => {
    if (--left === 0) entered();
    else if (left === ENTRIES - FIRST_ASKED) ask(op);
    const aside = Math.max(0, R[BUDGET] - SHORT_BUDGET);
    R[BUDGET] -= aside;
    vp.budgetAtSync -= aside;
    const next = region(op);
    R[BUDGET] += aside;
    vp.budgetAtSync += aside;
    return next;
  };
}
