import { EFLAGS_RF } from '@ringzero/x86';
import { BUDGET, INTERRUPT_SHADOW, RFLAGS, SHADOW_STI, type Vp } from '@ringzero/x86-semantics';

/**
 * What lasts until the next instruction has completed: EFLAGS.RF behind IRET, and the shadow of STI (vol. 3A §6.8). Only events
 * between two instructions look at either, and no event is due: so execution goes on without them, and they are set again if it
 * ends before one instruction more has completed.
 */
export class UntilNext {
  readonly #vp: Vp;
  #isHeld = false;
  #flags = 0;
  #shadow = 0;
  /** Instructions retired when they were set. */
  #since = 0;

  constructor(vp: Vp) {
    this.#vp = vp;
  }

  /** Takes both out of the state. False where it has anything else that the run loop must look at before the next instruction. */
  hold(): boolean {
    const vp = this.#vp;
    const { R } = vp;
    if ((R[INTERRUPT_SHADOW] & ~SHADOW_STI) !== 0 || vp.io.live) return false;
    this.#isHeld = true;
    this.#flags = R[RFLAGS] & EFLAGS_RF;
    this.#shadow = R[INTERRUPT_SHADOW];
    this.#since = vp.retired + vp.budgetAtSync - R[BUDGET];
    R[RFLAGS] &= ~EFLAGS_RF;
    R[INTERRUPT_SHADOW] = 0;
    return true;
  }

  /** Execution has ended. */
  settle(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    const vp = this.#vp;
    const { R } = vp;
    if (vp.retired + vp.budgetAtSync - R[BUDGET] !== this.#since) return;
    R[RFLAGS] |= this.#flags;
    R[INTERRUPT_SHADOW] |= this.#shadow;
  }
}
