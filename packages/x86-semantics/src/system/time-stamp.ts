import { CR4_PCE, CR4_TSD, lane32 } from '@ringzero/x86';
import type { Operation } from '../vp/operation.ts';
import { STATUS_OK } from '../vp/status.ts';
import type { Vp } from '../vp/vp.ts';
import { CR4, EAX, ECX, EDX } from '../vp/lanes.ts';
import { VECTOR_GP } from './constants.ts';

const TSC_OFFSET = lane32('tscOffset') >> 1;
const TSC_AUX = lane32('tscAux');
const NANOSECONDS = 1_000_000_000n;

/** The clock as the TSC counts it, without the offset. */
function clockTicks(vp: Vp): bigint {
  return (BigInt(Math.floor(vp.now())) * BigInt(Math.round(vp.clock.tscFrequency))) / NANOSECONDS;
}

/** The time-stamp counter (vol. 3B §17.17). */
export function readTsc(vp: Vp): bigint {
  return BigInt.asUintN(64, clockTicks(vp) + vp.Q[TSC_OFFSET]);
}

/** Makes the time-stamp counter read `value` now. */
export function writeTsc(vp: Vp, value: bigint): void {
  vp.Q[TSC_OFFSET] = BigInt.asUintN(64, value - clockTicks(vp));
}

/** The first nanosecond of the clock at which the time-stamp counter has come from below to `value`. */
export function nanosecondsAtTsc(vp: Vp, value: bigint): number {
  const ticks = clockTicks(vp) + (value - readTsc(vp));
  const frequency = BigInt(Math.round(vp.clock.tscFrequency));
  return Number((ticks * NANOSECONDS + frequency - 1n) / frequency);
}

/** RDTSC. */
export function readTimeStamp(vp: Vp, _op: Operation): number {
  if (vp.cpl !== 0 && (vp.R[CR4] & CR4_TSD) !== 0) return vp.raise(VECTOR_GP, 0);
  const value = readTsc(vp);
  vp.R[EAX] = Number(value & 0xffff_ffffn);
  vp.R[EDX] = Number(value >> 32n);
  return STATUS_OK;
}

/** RDTSCP. */
export function readTimeStampAndProcessor(vp: Vp, op: Operation): number {
  const status = readTimeStamp(vp, op);
  if (status === STATUS_OK) vp.R[ECX] = vp.R[TSC_AUX];
  return status;
}

/** Counters that RDPMC reads (the P6 family's two), 40 bits wide. */
export const PERFORMANCE_COUNTERS = 2;
const COUNTER_HIGH = 0xff;

/** What a performance counter reads: whatever is selected, it goes forward with time, and cannot be set. */
export function readCounter(vp: Vp): readonly [low: number, high: number] {
  const value = readTsc(vp);
  return [Number(value & 0xffff_ffffn) | 0, Number(value >> 32n) & COUNTER_HIGH];
}

/** RDPMC: in ring 0 or with CR4.PCE, of a counter that exists (vol. 2). */
export function readPerformanceCounter(vp: Vp, _op: Operation): number {
  const isAllowed = vp.cpl === 0 || (vp.R[CR4] & CR4_PCE) !== 0;
  if (!isAllowed || !vp.features.has('p6') || vp.U[ECX] >= PERFORMANCE_COUNTERS) return vp.raise(VECTOR_GP, 0);
  const [low, high] = readCounter(vp);
  vp.R[EAX] = low;
  vp.R[EDX] = high;
  return STATUS_OK;
}
