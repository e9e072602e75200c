import { CR4_TSD, lane32 } from '@ringzero/x86';
import type { Operation } from '../vp/operation.ts';
import { STATUS_OK } from '../vp/status.ts';
import type { Vp } from '../vp/vp.ts';
import { CR4, EAX, ECX, EDX } from '../vp/lanes.ts';
import { VECTOR_GP } from './constants.ts';

const TSC_OFFSET_LANE = lane32('tscOffset');
const TSC_OFFSET: number = TSC_OFFSET_LANE >> 1;
const TSC_AUX = lane32('tscAux');
const NANOSECONDS = 1_000_000_000n;
const TICK_PER_NANOSECOND = 1_000_000_000;
const TWO_32 = 2 ** 32;

/** The clock as the TSC counts it, without the offset. */
export function clockTicks(vp: Vp): bigint {
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

/** The first nanosecond at which {@link clockTicks} is `ticks`. */
export function nanosecondsAtTicks(vp: Vp, ticks: bigint): number {
  const frequency = BigInt(Math.round(vp.clock.tscFrequency));
  return Number((ticks * NANOSECONDS + frequency - 1n) / frequency);
}

/** The first nanosecond of the clock at which the time-stamp counter has come from below to `value`. */
export function nanosecondsAtTsc(vp: Vp, value: bigint): number {
  return nanosecondsAtTicks(vp, clockTicks(vp) + (value - readTsc(vp)));
}

/** RDTSC. */
export function readTimeStamp(vp: Vp, _op: Operation): number {
  if (vp.cpl !== 0 && (vp.R[CR4] & CR4_TSD) !== 0) return vp.raise(VECTOR_GP, 0);
  if (vp.clock.tscFrequency === TICK_PER_NANOSECOND) {
    // Kernels read it all the time: without BigInt.
    const time = Math.floor(vp.now());
    const low = (time % TWO_32) + (vp.R[TSC_OFFSET_LANE] >>> 0);
    vp.R[EAX] = low;
    vp.R[EDX] = Math.floor(time / TWO_32) + vp.R[TSC_OFFSET_LANE + 1] + (low >= TWO_32 ? 1 : 0);
    return STATUS_OK;
  }
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
