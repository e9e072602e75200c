import { byteOffset } from '@ringzero/x86';
import type { Vp } from '../../vp/vp.ts';
import { miscEnableAtReset } from './features.ts';
import {
  SLOT_COUNTER,
  SLOT_CST_CONFIG,
  SLOT_DEBUG_CONTROL,
  SLOT_EVENT_SELECT,
  SLOT_FIXED_CONTROL,
  SLOT_FIXED_COUNTER,
  SLOT_GLOBAL_CONTROL,
  SLOT_GLOBAL_STATUS,
  SLOT_MC_CTL,
  SLOT_MCG_CTL,
  SLOT_MCG_STATUS,
  SLOT_POWER_CONTROL,
  SLOT_TSC_ADJUST,
} from './register.ts';

/** A model-specific register that a saved state holds only where it differs from its reset value. */
export interface SavedMsr {
  readonly index: number;
  readonly value: bigint;
}

interface Place {
  /** Index of 64 bits in the state. */
  readonly at: number;
  readonly atReset: (vp: Vp) => bigint;
}

function places(): ReadonlyMap<number, Place> {
  const map = new Map<number, Place>();
  const first = byteOffset('modelMsrs') >> 3;
  const add = (index: number, slot: number, count: number = 1, step: number = 1): void => {
    for (let i = 0; i < count; i++) map.set(index + step * i, { at: first + slot + i, atReset: () => 0n });
  };
  add(0x3b, SLOT_TSC_ADJUST);
  map.set(0x8b, { at: byteOffset('biosSignId') >> 3, atReset: () => 0n });
  add(0xc1, SLOT_COUNTER, 4);
  add(0xe2, SLOT_CST_CONFIG);
  add(0x17a, SLOT_MCG_STATUS);
  add(0x17b, SLOT_MCG_CTL);
  add(0x186, SLOT_EVENT_SELECT, 4);
  map.set(0x1a0, { at: byteOffset('miscEnable') >> 3, atReset: (vp) => BigInt(miscEnableAtReset(vp)) });
  add(0x1d9, SLOT_DEBUG_CONTROL);
  add(0x1fc, SLOT_POWER_CONTROL);
  add(0x309, SLOT_FIXED_COUNTER, 3);
  add(0x38d, SLOT_FIXED_CONTROL);
  add(0x38e, SLOT_GLOBAL_STATUS);
  // All general counters are let through at power-up (vol. 4 table 2-15): two of Core 2, four of Nehalem.
  map.set(0x38f, { at: first + SLOT_GLOBAL_CONTROL, atReset: (vp) => (!vp.features.has('perfmon') ? 0n : vp.features.has('sse4.2') ? 15n : 3n) });
  add(0x400, SLOT_MC_CTL, 9, 4);
  return map;
}

const PLACES = places();

/** Registers that hold something else than at power-up, in order of their numbers. */
export function readSavedMsrs(vp: Vp): SavedMsr[] {
  return [...PLACES].map(([index, { at, atReset }]) => ({ index, value: vp.Q[at], atReset: atReset(vp) })).filter(({ value, atReset }) => value !== atReset).map(({ index, value }) => ({ index, value }));
}

/** Restores them; those that are not named take their reset values. The number of the first that is unknown, or undefined. */
export function writeSavedMsrs(vp: Vp, registers: readonly SavedMsr[]): number | undefined {
  const unknown = registers.find(({ index }) => !PLACES.has(index));
  if (unknown !== undefined) return unknown.index;
  for (const { at, atReset } of PLACES.values()) vp.Q[at] = atReset(vp);
  for (const { index, value } of registers) vp.Q[PLACES.get(index)!.at] = value;
  return undefined;
}
