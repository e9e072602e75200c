import { lane32, type Feature } from '@ringzero/x86';
import type { Vp } from '../../vp/vp.ts';

/** One model-specific register: two i32 halves. */
export interface Msr {
  /** Reads or changes timers or interrupts: the instruction runs alone, as one that touches a device does. */
  readonly alone?: true;
  /** Undefined: #GP(0). */
  read(vp: Vp): readonly [low: number, high: number] | undefined;
  /** False: #GP(0), nothing written. */
  write(vp: Vp, low: number, high: number): boolean;
}

/** A register, and which processors have it. */
export interface Row {
  readonly msr: Msr;
  readonly exists: (vp: Vp) => boolean;
}

/** Rows by number. */
export class MsrRows {
  readonly rows: Map<number, Row> = new Map();

  /** Adds a register that comes with any of these features; none: it came with RDMSR. */
  add(number: number, msr: Msr, ...features: Feature[]): void {
    this.addIf(number, msr, (vp) => features.length === 0 || features.some((feature) => vp.features.has(feature)));
  }

  addIf(number: number, msr: Msr, exists: Row['exists']): void {
    this.rows.set(number, { msr, exists });
  }
}

/** As wide as the page walker's. */
const PHYSICAL_ADDRESS_BITS = 36;
/** Bits of the high half that a physical address may have. */
export const ADDRESS_HIGH: number = (1 << (PHYSICAL_ADDRESS_BITS - 32)) - 1;

/** A register held in the state; `accept` says which values may be written. */
export function stored(lane: number, accept: (low: number, high: number, vp: Vp) => boolean = () => true): Msr {
  return {
    read: (vp) => [vp.R[lane], vp.R[lane + 1]],
    write: (vp, low, high) => {
      if (!accept(low, high, vp)) return false;
      vp.R[lane] = low;
      vp.R[lane + 1] = high;
      return true;
    },
  };
}

/** A register that reads as `low`; it takes no writes, or only writes of what it holds. */
export function constant(low: number, writable: boolean): Msr {
  return { read: () => [low, 0], write: (_vp, value, high) => writable && value === low && high === 0 };
}

/** A register whose writes do nothing. */
export const ignored: Msr = { read: () => [0, 0], write: () => true };

export function wide(low: number, high: number): bigint {
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}

export function halves(value: bigint): readonly [low: number, high: number] {
  return [Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n))];
}

/** Lane of a place in `modelMsrs` of the state. */
export function modelLane(slot: number): number {
  return lane32('modelMsrs', slot);
}

// Places in `modelMsrs`.
export const SLOT_DEBUG_CONTROL = 0;
export const SLOT_MCG_STATUS = 1;
export const SLOT_MCG_CTL = 2;
/** First of nine. */
export const SLOT_MC_CTL = 3;
/** First of four each: event selects, counters. */
export const SLOT_EVENT_SELECT = 12;
export const SLOT_COUNTER = 16;
/** First of three. */
export const SLOT_FIXED_COUNTER = 20;
export const SLOT_FIXED_CONTROL = 23;
export const SLOT_GLOBAL_CONTROL = 24;
export const SLOT_GLOBAL_STATUS = 25;
export const SLOT_CST_CONFIG = 26;
export const SLOT_POWER_CONTROL = 27;
export const SLOT_TSC_ADJUST = 28;
