import type { Vp } from '../vp/vp.ts';
import { EAX, FAULT, SEG_BASE } from '../vp/lanes.ts';
import { SEG_TR } from './constants.ts';
import { isTss32 } from './privilege-stack.ts';
import { selectorOf } from './segments.ts';

/** What a TSS holds that a task switch loads (vol. 3A §7.2.1, §7.6). */
export interface TaskState {
  readonly wide: boolean;
  readonly cr3: number;
  readonly ip: number;
  readonly flags: number;
  /** EAX ECX EDX EBX ESP EBP ESI EDI. */
  readonly registers: readonly number[];
  /** ES CS SS DS FS GS. */
  readonly selectors: readonly number[];
  readonly ldt: number;
  /** The debug trap flag (T). */
  readonly trap: boolean;
}

/** Bytes that a TSS must have: limit 67H, or 2BH for a 16-bit one. */
export function minimumTssLimit(wide: boolean): number {
  return wide ? 0x67 : 0x2b;
}

/** Reads a TSS at linear address `base`; null when an access faults. */
export function readTaskState(vp: Vp, base: number, wide: boolean): TaskState | null {
  const read = (offset: number, size: number): number => {
    if (vp.R[FAULT] !== 0) return 0;
    const at = (base + offset) | 0;
    return size === 4 ? vp.loadSystem32(at) : vp.loadSystem16(at);
  };
  const width = wide ? 4 : 2;
  const ipAt = wide ? 0x20 : 0x0e;
  const registersAt = ipAt + 2 * width;
  const selectorsAt = registersAt + 8 * width;
  const selectorCount = wide ? 6 : 4;
  const registers: number[] = [];
  const selectors: number[] = [];
  for (let i = 0; i < 8; i++) {
    const value = read(registersAt + i * width, width);
    // A 16-bit task leaves ones in the upper halves (what 32-bit processors do; vol. 3A §7.6 leaves it open).
    registers.push(wide ? value : value | 0xffff_0000);
  }
  for (let i = 0; i < 6; i++) selectors.push(i < selectorCount ? read(selectorsAt + i * width, 2) : 0);
  const state: TaskState = {
    wide,
    cr3: wide ? read(0x1c, 4) : 0,
    ip: read(ipAt, width),
    flags: read(ipAt + width, width),
    registers,
    selectors,
    ldt: read(selectorsAt + selectorCount * width, 2),
    trap: wide && (read(0x64, 2) & 1) !== 0,
  };
  return vp.R[FAULT] === 0 ? state : null;
}

/** Writes the dynamic fields of the current task into its TSS. The range was probed for writing. Returns a status. */
export function saveTaskState(vp: Vp, ip: number, flags: number): number {
  const wide = isTss32(vp);
  const width = wide ? 4 : 2;
  const base = vp.R[SEG_BASE + 2 * SEG_TR];
  const ipAt = wide ? 0x20 : 0x0e;
  const write = (offset: number, size: number, value: number): void => {
    if (vp.R[FAULT] !== 0) return;
    const at = (base + offset) | 0;
    if (size === 4) vp.storeSystem32(at, value);
    else vp.storeSystem16(at, value);
  };
  write(ipAt, width, ip);
  write(ipAt + width, width, flags);
  const registersAt = ipAt + 2 * width;
  for (let i = 0; i < 8; i++) write(registersAt + i * width, width, vp.R[EAX + 2 * i]);
  const selectorsAt = registersAt + 8 * width;
  for (let i = 0; i < (wide ? 6 : 4); i++) write(selectorsAt + i * width, 2, selectorOf(vp, i));
  return vp.R[FAULT];
}

/** First and last byte (inclusive) that {@link saveTaskState} writes, as offsets in the current TSS. */
export function savedRange(vp: Vp): readonly [number, number] {
  return isTss32(vp) ? [0x20, 0x5d] : [0x0e, 0x29];
}
