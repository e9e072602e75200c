import { BUDGET, deliverFlatPageFault, FAULT, MODE_NOWHERE, STATUS_FAULT, type Vp } from '@ringzero/x86-semantics';
import type { ExitCounters } from './exit-counters.ts';

const VECTOR_PF = 14;

/**
 * Delivers page faults without the run loop, as it would: an operating system has thousands a second, and the way out of dispatch
 * and back takes longer than the delivery. Returns whether the fault recorded was delivered, to go on at R[RIP].
 */
export function createPageFaults(vp: Vp, counters: ExitCounters): () => boolean {
  const R = vp.R;
  return () => {
    if (R[FAULT] !== STATUS_FAULT || vp.faultVector !== VECTOR_PF || vp.io.live || vp.mode === MODE_NOWHERE || !deliverFlatPageFault(vp)) return false;
    R[FAULT] = 0;
    // A delivery counts as an instruction: a guest that only faults still makes time pass.
    R[BUDGET]--;
    counters.faults++;
    counters.deliveries++;
    return true;
  };
}
