import type { GuestMemory } from '@ringzero/guest-memory';
import type { MonitorLatch } from '@ringzero/processor';
import { CACHE_LINE_BYTES, lane32, MISC_ENABLE_MONITOR } from '@ringzero/x86';
import type { Operation } from '../vp/operation.ts';
import { STATUS_OK } from '../vp/status.ts';
import type { Vp } from '../vp/vp.ts';
import { EAX, ECX, FAULT, MP_STATE } from '../vp/lanes.ts';
import { MP_MWAIT, MP_RUNNING, VECTOR_GP, VECTOR_UD } from './constants.ts';
import { unitsOf } from './units.ts';

const MISC_ENABLE = lane32('miscEnable');
/** MWAIT's extension: interrupts end the wait even while EFLAGS.IF masks them. */
const BREAKS_ON_MASKED = 1;

/**
 * The address monitor of MONITOR and MWAIT (vol. 3A §8.10.4). While it is armed, its page is out of every write TLB, as pages
 * with code are, so that any store to the line is seen: of a processor, of a device.
 *
 * Saved states hold it as a latch; one without leaves it unarmed, which ends a wait: the manual allows MWAIT to end at any time.
 */
export class Monitor {
  readonly #memory: GuestMemory;
  readonly #R: Int32Array;
  readonly #wake: () => void;
  readonly #endListening: () => void;
  /** Buffer offset of the line, −1 while unarmed. */
  #line = -1;
  #breaksOnMasked = false;

  /** `wake` is called when the line was written. */
  constructor(memory: GuestMemory, R: Int32Array, wake: () => void) {
    this.#memory = memory;
    this.#R = R;
    this.#wake = wake;
    this.#endListening = memory.onCodeWrite((offset, length) => this.#written(offset, length));
  }

  /** Whether a line is watched. */
  get isArmed(): boolean {
    return this.#line >= 0;
  }

  /** Whether the processor waits in MWAIT. */
  get isWaiting(): boolean {
    return this.#R[MP_STATE] === MP_MWAIT;
  }

  /** Whether the wait ends: the line was written; or by an interrupt (`isMasked`: EFLAGS.IF holds it back). */
  endsBy(hasInterrupt: boolean, isMasked: boolean): boolean {
    return this.isWaiting && (!this.isArmed || (hasInterrupt && (!isMasked || this.#breaksOnMasked)));
  }

  /** Arms it for the line of the byte at `offset` in the buffer. */
  arm(offset: number): void {
    this.disarm();
    this.#line = offset & -CACHE_LINE_BYTES;
    this.#memory.retainCode(offset >>> 12);
  }

  /** Watches nothing any more. */
  disarm(): void {
    if (this.#line < 0) return;
    this.#memory.releaseCode(this.#line >>> 12);
    this.#line = -1;
  }

  /** What a saved state holds of it; nothing for a line of ROM or of a device, whose place in the buffer is this machine's own. */
  get latch(): MonitorLatch | undefined {
    if (!this.isArmed || this.#line >= this.#memory.ramBytes) return undefined;
    return { address: this.#line, isWaiting: this.isWaiting, breaksOnMasked: this.#breaksOnMasked };
  }
  set latch(latch: MonitorLatch | undefined) {
    this.disarm();
    if (latch === undefined || latch.address >= this.#memory.ramBytes) return;
    this.arm(latch.address);
    if (latch.isWaiting && this.#R[MP_STATE] === MP_RUNNING) this.wait(latch.breaksOnMasked);
  }

  /** Hears no more of memory. */
  dispose(): void {
    this.disarm();
    this.#endListening();
  }

  /** Waits from the next instruction boundary on. */
  wait(breaksOnMasked: boolean): void {
    this.#breaksOnMasked = breaksOnMasked;
    this.#R[MP_STATE] = MP_MWAIT;
  }

  /** Ends a wait, if there is one. */
  endWait(): void {
    if (!this.isWaiting) return;
    this.#R[MP_STATE] = MP_RUNNING;
    this.disarm();
  }

  #written(offset: number, length: number): void {
    if (this.#line < 0 || offset >= this.#line + CACHE_LINE_BYTES || offset + length <= this.#line) return;
    this.disarm();
    this.#wake();
  }
}

/** Not at CPL 3, virtual-8086 mode with it; and IA32_MISC_ENABLE can take them away. */
function isUndefined(vp: Vp): boolean {
  return vp.cpl !== 0 || (vp.R[MISC_ENABLE] & MISC_ENABLE_MONITOR) === 0;
}

/** MONITOR: checked as a load of one byte from DS:EAX (vol. 2). EDX holds hints, of which there are none. */
export function monitorAddress(vp: Vp, op: Operation): number {
  const R = vp.R;
  if (isUndefined(vp)) return vp.raise(VECTOR_UD, -1);
  if (R[ECX] !== 0) return vp.raise(VECTOR_GP, 0);
  const linear = vp.segmentLinear(op.segment, R[EAX] & op.addressMask, 1, false);
  if (R[FAULT] !== 0 || !vp.probeRead(linear, false)) return R[FAULT];
  const { monitor } = unitsOf(vp);
  const offset = vp.peekOffset(linear);
  // Device memory cannot be monitored: MWAIT then goes on at once.
  if (offset < 0) monitor.disarm();
  else monitor.arm(offset);
  return STATUS_OK;
}

/** MWAIT: EAX holds hints about power, ECX an extension. Without an armed monitor it does nothing. */
export function waitForEvent(vp: Vp, _op: Operation): number {
  const R = vp.R;
  if (isUndefined(vp)) return vp.raise(VECTOR_UD, -1);
  if ((R[ECX] & ~BREAKS_ON_MASKED) !== 0) return vp.raise(VECTOR_GP, 0);
  const { monitor } = unitsOf(vp);
  if (monitor.isArmed) monitor.wait((R[ECX] & BREAKS_ON_MASKED) !== 0);
  return STATUS_OK;
}
