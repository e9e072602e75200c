import { EFLAGS_IF, EFLAGS_RF, EFLAGS_TF } from '@ringzero/x86';
import { DEBUG_PENDING, INTERRUPT_SHADOW, MP_STATE, NMI_PENDING, RFLAGS, type Vp } from '@ringzero/x86-semantics';
import type { UntilNext } from './until-next.ts';

/** Whether the run loop must look at something before the next instruction. Asked behind what may have changed that. */
export function createNeedsRunLoop(vp: Vp, untilNext: UntilNext): () => boolean {
  const R = vp.R;
  return () => {
    const flags = R[RFLAGS];
    const isDue = (R[MP_STATE] | R[DEBUG_PENDING] | R[NMI_PENDING] | (flags & EFLAGS_TF)) !== 0 || (vp.interruptWaits && (flags & EFLAGS_IF) !== 0);
    if (isDue || vp.breaksOnExecution || vp.haltRequest !== null) return true;
    return (R[INTERRUPT_SHADOW] | (flags & EFLAGS_RF)) !== 0 && !untilNext.hold();
  };
}
