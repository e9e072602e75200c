import type { Latches, LintPin } from '@ringzero/processor';
import { byteOffset, EFLAGS_IF, lane32 } from '@ringzero/x86';
import {
  applyStartRequests,
  CR2,
  DEBUG_PENDING,
  deliverDebugTrap,
  deliverException,
  deliverExternal,
  EVENT_HARDWARE,
  EVENT_NMI,
  INTERRUPT_SHADOW,
  MP_STATE,
  NMI_MASKED,
  NMI_PENDING,
  PENDING_ERROR,
  PENDING_EVENT,
  PENDING_HAS_ERROR,
  PENDING_VECTOR,
  RFLAGS,
  SHADOW_MOV_SS,
  STATUS_OK,
  type DebugUnit,
  type LocalApic,
  type Monitor,
  type PerformanceCounters,
  type SystemUnits,
  MP_WAIT_FOR_SIPI,
  type Vp,
} from '@ringzero/x86-semantics';

const PENDING_EXCEPTION = 1;
const VECTOR_DB = 1;
const VECTOR_NMI = 2;
const VECTOR_PF = 14;
const PENDING_PARAMETER: number = lane32('pendingParameter');

/** What can interrupt a VP at an instruction boundary, in the manual's order of priority (vol. 3A table 6-2). */
export class Events {
  readonly #vp: Vp;
  readonly #apic: LocalApic;
  readonly #debug: DebugUnit;
  readonly #monitor: Monitor;
  readonly #performance: PerformanceCounters;

  constructor(vp: Vp, units: Omit<SystemUnits, 'cpuid'>) {
    this.#vp = vp;
    this.#apic = units.apic;
    this.#debug = units.debug;
    this.#monitor = units.monitor;
    this.#performance = units.performance;
  }

  /** The delivery that is due before the next instruction, or undefined. Running it consumes the event. */
  pending(): (() => number) | undefined {
    const R = this.#vp.R;
    const shadow = R[INTERRUPT_SHADOW];
    if (R[DEBUG_PENDING] !== 0 && shadow !== SHADOW_MOV_SS) return () => deliverDebugTrap(this.#vp);
    if (R[PENDING_EVENT] !== 0) return () => this.#inject();
    const hasInterrupt = this.#apic.hasInterrupt();
    this.#vp.interruptWaits = hasInterrupt;
    if (shadow !== 0) return undefined;
    if (R[NMI_PENDING] !== 0 && R[NMI_MASKED] === 0) {
      return () => {
        R[NMI_PENDING] = 0;
        return deliverExternal(this.#vp, EVENT_NMI, VECTOR_NMI);
      };
    }
    return hasInterrupt && (R[RFLAGS] & EFLAGS_IF) !== 0 ? this.#interrupt() : undefined;
  }

  /** A hardware interrupt. It is acknowledged once, even if its delivery has to be begun again. */
  #interrupt(): () => number {
    let vector: number | undefined;
    return () => {
      vector ??= this.#apic.acknowledge();
      return vector < 0 ? STATUS_OK : deliverExternal(this.#vp, EVENT_HARDWARE, vector);
    };
  }

  /** The event that a restored state brought along. */
  #inject(): number {
    const vp = this.#vp;
    const R = vp.R;
    const isException = R[PENDING_EVENT] === PENDING_EXCEPTION;
    R[PENDING_EVENT] = 0;
    if (!isException) return deliverExternal(vp, EVENT_HARDWARE, R[PENDING_VECTOR]);
    vp.raise(R[PENDING_VECTOR], R[PENDING_HAS_ERROR] !== 0 ? R[PENDING_ERROR] : -1);
    if (R[PENDING_VECTOR] === VECTOR_PF) {
      vp.faultCr2 = R[PENDING_PARAMETER];
      R[CR2] = R[PENDING_PARAMETER];
    } else if (R[PENDING_VECTOR] === 1) R[DEBUG_PENDING] |= R[PENDING_PARAMETER];
    return deliverException(vp);
  }

  /** Whether a halted VP has a reason to go on. */
  canWake(): boolean {
    const R = this.#vp.R;
    if (R[MP_STATE] === MP_WAIT_FOR_SIPI) return false;
    if ((R[NMI_PENDING] !== 0 && R[NMI_MASKED] === 0) || R[PENDING_EVENT] !== 0 || R[DEBUG_PENDING] !== 0) return true;
    const hasInterrupt = this.#apic.hasInterrupt();
    const isMasked = (R[RFLAGS] & EFLAGS_IF) === 0;
    return (hasInterrupt && !isMasked) || this.#monitor.endsBy(hasInterrupt, isMasked);
  }

  /** Ends a wait in MWAIT, which needs no event that is delivered. */
  endWait(): void {
    this.#monitor.endWait();
  }

  get isWaitingForStart(): boolean {
    return this.#vp.R[MP_STATE] === MP_WAIT_FOR_SIPI;
  }

  pulseLint(pin: LintPin): void {
    this.#apic.pulse(pin);
  }

  /** Applies INIT and start-up requests of other processors. */
  flush(): void {
    applyStartRequests(this.#vp);
  }

  /** Brings registers that derive from time up to date. */
  refresh(): void {
    this.#apic.save();
    this.#performance.sync();
  }

  /** What is held between two instructions beside registers. */
  get latches(): Latches {
    return { stackShadow: this.#vp.R[INTERRUPT_SHADOW] === SHADOW_MOV_SS, ...this.#apic.latches, monitor: this.#monitor.latch };
  }
  set latches(latches: Latches) {
    const { R } = this.#vp;
    this.#apic.latches = latches;
    this.#monitor.latch = latches.monitor;
    if (!latches.stackShadow || R[INTERRUPT_SHADOW] === 0) return;
    R[INTERRUPT_SHADOW] = SHADOW_MOV_SS;
    // A debug trap that the shadow holds back was saved as a pending exception.
    if (R[PENDING_EVENT] !== PENDING_EXCEPTION || R[PENDING_VECTOR] !== VECTOR_DB) return;
    R[PENDING_EVENT] = 0;
    R[DEBUG_PENDING] |= R[PENDING_PARAMETER];
  }

  /** Lets go of memory and of the clock. */
  dispose(): void {
    this.#apic.dispose();
    this.#monitor.dispose();
    this.#performance.dispose();
  }

  /** Registers were written from outside. */
  restored(): void {
    this.#apic.restore();
    this.#monitor.disarm();
    this.#performance.restore();
    this.#debug.update();
  }
}

/** Bytes of the state that a reset leaves to the state table: none of the lazy flags or scratch survives it. */
export function clearTransient(vp: Vp): void {
  vp.B.fill(0, byteOffset('scratch'), byteOffset('scratch') + 128);
  vp.R[lane32('fault')] = 0;
  vp.R[DEBUG_PENDING] = 0;
}
