import type { Latches, VmClock } from '@ringzero/processor';
import { lane32 } from '@ringzero/x86';
import type { Vp } from '../../vp/vp.ts';
import type { ApicBaseRegister } from './base.ts';
import { DeadlineTimer } from './deadline-timer.ts';
import type { ApicMessage } from './message.ts';
import {
  APIC_LVT_ERROR,
  APIC_LVT_LINT0,
  APIC_LVT_TIMER,
  APIC_SVR,
  APIC_TIMER_CURRENT,
  APIC_TIMER_DIVIDE,
  APIC_TIMER_INITIAL,
  DELIVERY_FIXED,
  DELIVERY_LOWEST,
  DELIVERY_SMI,
  DELIVERY_STARTUP,
  DIVIDE_WRITABLE,
  LVT_DEADLINE,
  LVT_LEVEL,
  LVT_MASKED,
  LVT_PERIODIC,
  LVT_REMOTE_IRR,
  LVT_TIMER_MODE,
  LVT_WRITABLE,
  SVR_ENABLE,
} from './registers.ts';
import type { InterruptRequests } from './requests.ts';
import { ApicTimer } from './timer.ts';

const REGISTERS = lane32('apicRegisters');

/** The local vector table (vol. 3A §10.5): timer, thermal sensor, performance counters, LINT0, LINT1 and errors, without CMCI. */
export class LocalVectorTable {
  readonly #vp: Vp;
  readonly #R: Int32Array;
  readonly #base: ApicBaseRegister;
  readonly #receive: (message: ApicMessage) => void;
  readonly #timer: ApicTimer;
  readonly #deadline: DeadlineTimer;
  /** Errors since the last write to ESR. */
  #errors = 0;

  constructor(vp: Vp, clock: VmClock, base: ApicBaseRegister, requests: InterruptRequests, receive: (message: ApicMessage) => void) {
    this.#vp = vp;
    this.#R = vp.R;
    this.#base = base;
    this.#receive = receive;
    const expire = (): void => this.deliver(APIC_LVT_TIMER);
    const isWaiting = (): boolean => requests.isRequested(vp.R[REGISTERS + APIC_LVT_TIMER] & 0xff);
    this.#timer = new ApicTimer(clock, () => vp.now(), { expire, isWaiting });
    this.#deadline = new DeadlineTimer(vp, expire);
  }

  /** Writable bits of an entry. */
  writable(n: number): number {
    return LVT_WRITABLE[n - APIC_LVT_TIMER] | (n === APIC_LVT_TIMER && this.#vp.features.has('tscDeadline') ? LVT_DEADLINE : 0);
  }

  write(n: number, value: number): void {
    const R = this.#R;
    const old = R[REGISTERS + n];
    let next = (value & this.writable(n)) | (old & LVT_REMOTE_IRR);
    if ((R[REGISTERS + APIC_SVR] & SVR_ENABLE) === 0) next |= LVT_MASKED;
    if (n !== APIC_LVT_TIMER) R[REGISTERS + n] = next;
    else if (((next ^ old) & LVT_DEADLINE) === 0) this.#changeTimer(() => (R[REGISTERS + n] = next));
    else {
      // Between TSC-deadline mode and the others the timer is disarmed (vol. 3A §10.5.4.1).
      R[REGISTERS + n] = next;
      this.#timer.stop();
      this.#deadline.value = 0n;
    }
  }

  maskAll(): void {
    for (let n = APIC_LVT_TIMER; n <= APIC_LVT_ERROR; n++) this.#R[REGISTERS + n] |= LVT_MASKED;
  }

  reset(): void {
    for (let n = APIC_LVT_TIMER; n <= APIC_LVT_ERROR; n++) this.#R[REGISTERS + n] = LVT_MASKED;
    this.#errors = 0;
    this.#timer.stop();
    this.#deadline.value = 0n;
  }

  /** Goes on from registers that were written from outside. */
  restore(): void {
    const R = this.#R;
    this.#errors = 0;
    this.#runTimer(R[REGISTERS + APIC_TIMER_INITIAL] >>> 0, R[REGISTERS + APIC_TIMER_CURRENT] >>> 0);
    this.#deadline.update();
  }

  /** What is held here beside the registers. */
  get latches(): Pick<Latches, 'apicErrors' | 'apicTimerPhase'> {
    return { apicErrors: this.#errors, apicTimerPhase: this.#timer.phase };
  }
  set latches({ apicErrors, apicTimerPhase }: Pick<Latches, 'apicErrors' | 'apicTimerPhase'>) {
    this.#errors = apicErrors;
    this.#timer.phase = apicTimerPhase;
  }

  /** Leaves the clock alone. */
  dispose(): void {
    this.#timer.stop();
    this.#deadline.cancel();
  }

  /** An event of the local vector table. */
  deliver(n: number): void {
    const R = this.#R;
    const entry = R[REGISTERS + n];
    if ((entry & LVT_MASKED) !== 0 || this.#base.state === 'disabled') return;
    const hasMode = n !== APIC_LVT_TIMER && n !== APIC_LVT_ERROR;
    const mode = hasMode ? (entry >>> 8) & 7 : DELIVERY_FIXED;
    // There is no system management mode; the other two are reserved here (vol. 3A §10.5.1).
    if (mode === DELIVERY_SMI || mode === DELIVERY_LOWEST || mode === DELIVERY_STARTUP) return;
    // Trigger mode counts for LINT0 alone, in fixed mode: remote IRR then holds back the next one until EOI.
    const isLevel = n === APIC_LVT_LINT0 && mode === DELIVERY_FIXED && (entry & LVT_LEVEL) !== 0;
    if (isLevel) {
      if ((entry & LVT_REMOTE_IRR) !== 0) return;
      R[REGISTERS + n] |= LVT_REMOTE_IRR;
    }
    this.#receive({ mode, vector: entry & 0xff, destination: 0, logical: false, levelTriggered: isLevel, assert: true });
  }

  /** A level-triggered interrupt ended. */
  ended(vector: number): void {
    const lint0 = this.#R[REGISTERS + APIC_LVT_LINT0];
    if ((lint0 & LVT_REMOTE_IRR) !== 0 && (lint0 & 0xff) === vector) this.#R[REGISTERS + APIC_LVT_LINT0] &= ~LVT_REMOTE_IRR;
  }

  // Errors (vol. 3A §10.5.3).

  error(bit: number): void {
    const isNew = (this.#errors & bit) === 0;
    this.#errors |= bit;
    // The error vector itself may be the illegal one: that is not reported again.
    if (isNew) this.deliver(APIC_LVT_ERROR);
  }

  /** What a write of ESR makes it read; errors gather anew. */
  takeErrors(): number {
    const errors = this.#errors;
    this.#errors = 0;
    return errors;
  }

  // The timer (vol. 3A §10.5.4).

  get currentCount(): number {
    return this.#timer.current() | 0;
  }

  set initialCount(value: number) {
    // In TSC-deadline mode the write is ignored.
    if (this.#isDeadlineMode) return;
    this.#R[REGISTERS + APIC_TIMER_INITIAL] = value;
    this.#runTimer(value >>> 0, value >>> 0);
  }

  set divide(value: number) {
    this.#changeTimer(() => (this.#R[REGISTERS + APIC_TIMER_DIVIDE] = value & DIVIDE_WRITABLE));
  }

  /** IA32_TSC_DEADLINE, which is 0 in the other modes of the timer; writes are then ignored. */
  get tscDeadline(): bigint {
    return this.#deadline.value;
  }
  set tscDeadline(deadline: bigint) {
    if (this.#isDeadlineMode) this.#deadline.value = deadline;
  }

  /** The time-stamp counter was written. */
  tscWritten(): void {
    this.#deadline.update();
  }

  get #isDeadlineMode(): boolean {
    return (this.#R[REGISTERS + APIC_LVT_TIMER] & LVT_TIMER_MODE) === LVT_DEADLINE;
  }

  /** Applies a change of the timer's mode or divisor: it goes on from its current count; at 0 it waits for a new one. */
  #changeTimer(change: () => void): void {
    const current = this.#timer.current();
    change();
    if (current === 0) this.#timer.stop();
    else this.#runTimer(this.#R[REGISTERS + APIC_TIMER_INITIAL] >>> 0, current);
  }

  #runTimer(initial: number, current: number): void {
    const R = this.#R;
    if (this.#isDeadlineMode) this.#timer.stop();
    else this.#timer.start(initial, current, R[REGISTERS + APIC_TIMER_DIVIDE], (R[REGISTERS + APIC_LVT_TIMER] & LVT_TIMER_MODE) === LVT_PERIODIC);
  }
}
