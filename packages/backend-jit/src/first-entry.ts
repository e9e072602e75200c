import { BUDGET, type Handler, type Vp } from '@ringzero/x86-semantics';

/** Instructions that a region may execute when it is entered first: more than any way through it, far less than V8 takes to compile a loop. */
const FIRST_BUDGET = 2_000;

/**
 * A region as it is entered first: for a short time, so that its way out has run before V8 compiles a loop in it. V8 does not give
 * up code that it made for a loop under way where that is left by a way which had never been taken (`Runtime_NotifyDeoptimized`: it
 * takes what is behind the loop for cold), and such code would be entered and deoptimized again and again (JIT.md, trap 1). What
 * is left of the budget is put aside meanwhile, for the clock as well.
 *
 * @param entered called before: the next entries are the region's own.
 */
export function firstEntry(vp: Vp, region: Handler, entered: () => void): Handler {
  const { R } = vp;
  return (op) => {
    entered();
    const aside = Math.max(0, R[BUDGET] - FIRST_BUDGET);
    R[BUDGET] -= aside;
    vp.budgetAtSync -= aside;
    const next = region(op);
    R[BUDGET] += aside;
    vp.budgetAtSync += aside;
    return next;
  };
}
