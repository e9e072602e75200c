import type { TimerHandle } from '@ringzero/processor';
import { byteOffset } from '@ringzero/x86';
import type { Vp } from '../../vp/vp.ts';
import { nanosecondsAtTsc, readTsc } from '../time-stamp.ts';

const DEADLINE = byteOffset('tscDeadline') >> 3;

/** The timer's TSC-deadline mode (vol. 3A §10.5.4.1): IA32_TSC_DEADLINE is in the state, 0 while unarmed. */
export class DeadlineTimer {
  readonly #vp: Vp;
  readonly #expire: () => void;
  #handle: TimerHandle | null = null;

  constructor(vp: Vp, expire: () => void) {
    this.#vp = vp;
    this.#expire = expire;
  }

  get value(): bigint {
    return this.#vp.Q[DEADLINE];
  }

  /** Arms it for a value of the time-stamp counter; 0 disarms it. */
  set value(deadline: bigint) {
    this.#vp.Q[DEADLINE] = deadline;
    this.update();
  }

  /** Looks anew when the deadline comes: after it, or the time-stamp counter, was written. */
  update(): void {
    this.cancel();
    const deadline = this.value;
    if (deadline === 0n) return;
    if (readTsc(this.#vp) >= deadline) {
      this.#fire();
      return;
    }
    const time = nanosecondsAtTsc(this.#vp, deadline);
    if (time <= Number.MAX_SAFE_INTEGER) this.#handle = this.#vp.clock.schedule(time, () => this.update());
  }

  /** Forgets the deadline; the register keeps it. */
  cancel(): void {
    this.#handle?.cancel();
    this.#handle = null;
  }

  #fire(): void {
    this.#vp.Q[DEADLINE] = 0n;
    this.#expire();
  }
}
