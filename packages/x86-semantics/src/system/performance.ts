import type { TimerHandle } from '@ringzero/processor';
import { byteOffset } from '@ringzero/x86';
import type { Vp } from '../vp/vp.ts';
import {
  SLOT_COUNTER,
  SLOT_EVENT_SELECT,
  SLOT_FIXED_CONTROL,
  SLOT_FIXED_COUNTER,
  SLOT_GLOBAL_CONTROL,
  SLOT_GLOBAL_STATUS,
} from './msr/register.ts';
import { clockTicks, nanosecondsAtTicks } from './time-stamp.ts';

const MSRS = byteOffset('modelMsrs') >> 3;

// IA32_PERFEVTSELx (vol. 3B figure 18-6).
const SELECT_EVENT = 0xffffn;
const SELECT_USER = 1n << 16n;
const SELECT_SYSTEM = 1n << 17n;
const SELECT_INTERRUPT = 1n << 20n;
const SELECT_ENABLE = 1n << 22n;
const SELECT_ANY_THREAD = 1n << 21n;
/** Events a cycle, at least, for the cycle to be counted; ours has one at most. */
const SELECT_COUNTER_MASK_SHIFT = 24n;

/** Event C0h, umask 0: instructions retired (vol. 3B table 18-1). The first fixed counter counts them too. */
const INSTRUCTIONS_RETIRED = 0xc0n;
const FIXED_INSTRUCTIONS = 32;

/** What CPUID says of performance monitoring (leaf 0Ah); the P6 family says nothing and has two counters of 40 bits. */
export interface PerformanceLeaf {
  readonly version: number;
  readonly counters: number;
  readonly width: number;
  readonly fixedCounters: number;
}

/** Reads from CPUID what performance monitoring there is. */
export function performanceLeaf(cpuid: (leaf: number, subleaf: number) => readonly [number, number, number, number]): PerformanceLeaf {
  const [a, , , d] = cpuid(0, 0)[0] >= 0xa ? cpuid(0xa, 0) : [0, 0, 0, 0];
  if ((a & 0xff) === 0) return { version: 0, counters: 2, width: 40, fixedCounters: 0 };
  return { version: a & 0xff, counters: (a >>> 8) & 0xff, width: (a >>> 16) & 0xff, fixedCounters: (a & 0xff) > 1 ? d & 31 : 0 };
}

/**
 * Performance counters (vol. 3B chapter 18). A counter of instructions retired counts them; whatever else one is set to, it
 * counts cycles of the time-stamp counter while it is enabled, so that it goes forward as time does (CPUID reports no event
 * but these two). What was written reads back while a counter is not enabled.
 */
export class PerformanceCounters {
  readonly leaf: PerformanceLeaf;
  readonly #vp: Vp;
  readonly #interrupt: () => void;
  /** The clock's ticks up to which counters in the state are. */
  #counted = 0n;
  /** The same of instructions retired. */
  #retired = 0;
  #handle: TimerHandle | null = null;

  /** `interrupt`: a counter that asks for it overflowed. */
  constructor(vp: Vp, leaf: PerformanceLeaf, interrupt: () => void) {
    this.#vp = vp;
    this.leaf = leaf;
    this.#interrupt = interrupt;
  }

  /** General counter `i`, or fixed counter `i − 32`. */
  read(i: number): bigint {
    this.sync();
    return this.#vp.Q[this.#place(i)];
  }

  /** Writes general counter `i`, or fixed counter `i − 32`. */
  write(i: number, value: bigint): void {
    this.sync();
    this.#vp.Q[this.#place(i)] = BigInt.asUintN(this.leaf.width, value);
    this.#arm();
  }

  /** Whether there is such a counter. */
  has(i: number): boolean {
    return i >= 32 ? i - 32 < this.leaf.fixedCounters : i < this.leaf.counters;
  }

  /** Applies a change of what counts. */
  control(change: () => void): void {
    this.sync();
    change();
    this.#arm();
  }

  /** Bits that a register of control may set. */
  get globalBits(): bigint {
    return ((1n << BigInt(this.leaf.counters)) - 1n) | (((1n << BigInt(this.leaf.fixedCounters)) - 1n) << 32n);
  }
  /** Bits that an event select register may set. */
  get selectBits(): bigint {
    return 0xffff_ffffn & ~(this.leaf.version < 3 ? SELECT_ANY_THREAD : 0n);
  }
  /** Bits that the control register of fixed counters may set. */
  get fixedBits(): bigint {
    const each = this.leaf.version < 3 ? 0xbn : 0xfn;
    let bits = 0n;
    for (let i = 0; i < this.leaf.fixedCounters; i++) bits |= each << BigInt(4 * i);
    return bits;
  }

  /** Brings counters up to now. */
  sync(): void {
    const now = clockTicks(this.#vp);
    const elapsed = now - this.#counted;
    const instructions = BigInt(this.#vp.retired - this.#retired);
    this.#counted = now;
    this.#retired = this.#vp.retired;
    if (elapsed <= 0n && instructions === 0n) return;
    const { Q } = this.#vp;
    let overflowed = false;
    this.#each((i, interrupts, countsInstructions) => {
      const place = this.#place(i);
      const sum = Q[place] + (countsInstructions ? instructions : elapsed);
      Q[place] = BigInt.asUintN(this.leaf.width, sum);
      if (sum >> BigInt(this.leaf.width) === 0n) return;
      Q[MSRS + SLOT_GLOBAL_STATUS] |= 1n << BigInt(i);
      overflowed ||= interrupts;
    });
    if (overflowed) this.#interrupt();
  }

  /** The state was written from outside: counting begins now. */
  restore(): void {
    this.#counted = clockTicks(this.#vp);
    this.#retired = this.#vp.retired;
    this.#arm();
  }

  /** Leaves the clock alone. */
  dispose(): void {
    this.#handle?.cancel();
    this.#handle = null;
  }

  #place(i: number): number {
    return MSRS + (i >= 32 ? SLOT_FIXED_COUNTER + i - 32 : SLOT_COUNTER + i);
  }

  /** Calls `visit` for each counter that counts. */
  #each(visit: (i: number, interrupts: boolean, countsInstructions: boolean) => void): void {
    const { Q } = this.#vp;
    const { version, counters, fixedCounters } = this.leaf;
    const global = version >= 2 ? Q[MSRS + SLOT_GLOBAL_CONTROL] : -1n;
    // The first enable bit of the P6 family is for both counters (vol. 3B §18.7.1).
    const first = Q[MSRS + SLOT_EVENT_SELECT];
    for (let i = 0; i < counters; i++) {
      const select = Q[MSRS + SLOT_EVENT_SELECT + i];
      const isEnabled = ((version === 0 ? first : select) & SELECT_ENABLE) !== 0n && (select & (SELECT_USER | SELECT_SYSTEM)) !== 0n && select >> SELECT_COUNTER_MASK_SHIFT <= 1n;
      if (isEnabled && ((global >> BigInt(i)) & 1n) !== 0n) visit(i, (select & SELECT_INTERRUPT) !== 0n, (select & SELECT_EVENT) === INSTRUCTIONS_RETIRED);
    }
    for (let i = 0; i < fixedCounters; i++) {
      const control = Number((Q[MSRS + SLOT_FIXED_CONTROL] >> BigInt(4 * i)) & 15n);
      if ((control & 3) !== 0 && ((global >> BigInt(32 + i)) & 1n) !== 0n) visit(32 + i, (control & 8) !== 0, 32 + i === FIXED_INSTRUCTIONS);
    }
  }

  /** Schedules the first overflow that interrupts; of instructions at one a cycle, which may be early: it is then looked at again. */
  #arm(): void {
    this.#handle?.cancel();
    this.#handle = null;
    let left = -1n;
    this.#each((i, interrupts) => {
      const distance = (1n << BigInt(this.leaf.width)) - this.#vp.Q[this.#place(i)];
      if (interrupts && (left < 0n || distance < left)) left = distance;
    });
    if (left < 0n) return;
    const time = nanosecondsAtTicks(this.#vp, this.#counted + left);
    if (time > Number.MAX_SAFE_INTEGER) return;
    this.#handle = this.#vp.clock.schedule(time, () => {
      this.sync();
      this.#arm();
    });
  }
}
