import { EFLAGS_DF, PREFIX_REP, PREFIX_REPNE } from '@ringzero/x86';
import { conditionOf } from '../flags/flags.ts';
import { DEBUG_PENDING, ECX, EDI, ESI, FAULT, FLAG_A, FLAG_B, FLAG_KIND, RFLAGS, SEG_BASE } from '../vp/lanes.ts';
import type { Operation } from '../vp/operation.ts';
import { STATUS_ALONE, STATUS_OK, STATUS_REPEAT } from '../vp/status.ts';
import type { Vp } from '../vp/vp.ts';

/** Uses of the index registers. */
export const SOURCE = 1;
export const DESTINATION = 2;

/** One string instruction: how an element is done, and how a run of them at once. */
export interface StringInstruction {
  /** SOURCE and DESTINATION bits: which of SI and DI it steps through. */
  readonly uses: number;
  /** Does one element at the offsets in SI and DI; sets `R[fault]` when it cannot, having changed nothing. */
  readonly element: (vp: Vp, op: Operation, size: number) => void;
  /**
   * Does up to `count` elements forward at once and returns how many (0: it cannot, go element by element). A comparison
   * stops after the element that ends the repetition, whose flags it sets; `whileEqual` is REPE.
   */
  readonly bulk?: (vp: Vp, op: Operation, size: number, count: number, whileEqual: boolean) => number;
  /** The same of elements backward from SI and DI. */
  readonly bulkBackward?: (vp: Vp, op: Operation, size: number, count: number) => number;
  /** CMPS and SCAS: whether ZF ends the repetition. */
  readonly compares: boolean;
}

/** Condition code of ZF (vol. 1 appendix B). */
const CONDITION_ZERO = 4;
/** Elements that one dispatch does at most. */
const MAX_RUN = 4096;

function isBackward(vp: Vp): boolean {
  return (vp.R[RFLAGS] & EFLAGS_DF) !== 0;
}

/** Elements from `offset` to the end of its page and of the address size, at least one. */
function elementsInPage(vp: Vp, op: Operation, offset: number, segment: number, size: number, backward: boolean): number {
  const linear = (vp.R[SEG_BASE + 2 * segment] + offset) | 0;
  const inPage = backward ? (linear & 4095) + size : 4096 - (linear & 4095);
  const inSegment = op.addressMask === -1 ? 4096 : backward ? offset + size : 0x10000 - offset;
  return Math.max(1, Math.floor(Math.min(inPage, inSegment) / size));
}

function step(vp: Vp, op: Operation, uses: number, bytes: number): void {
  const R = vp.R;
  const mask = op.addressMask;
  if ((uses & SOURCE) !== 0) R[ESI] = (R[ESI] & ~mask) | ((R[ESI] + bytes) & mask);
  if ((uses & DESTINATION) !== 0) R[EDI] = (R[EDI] & ~mask) | ((R[EDI] + bytes) & mask);
}

/**
 * Runs a string instruction (vol. 1 §7.3.9, vol. 2 REP). A REP form does one run per dispatch, up to a page boundary:
 * a function of architectural state alone, so that every engine retires the same instructions.
 * While stepping, or when a device was touched, a run is one iteration.
 */
export function runString(vp: Vp, op: Operation, instruction: StringInstruction, size: number): number {
  const R = vp.R;
  const { uses, element } = instruction;
  const delta = isBackward(vp) ? -size : size;
  if ((op.prefixes & (PREFIX_REP | PREFIX_REPNE)) === 0) {
    element(vp, op, size);
    if (R[FAULT] !== 0) return R[FAULT];
    step(vp, op, uses, delta);
    return STATUS_OK;
  }
  const mask = op.addressMask;
  const count = (R[ECX] & mask) >>> 0;
  if (count === 0) return STATUS_OK;
  let run = vp.stepping ? 1 : Math.min(count, MAX_RUN);
  if ((uses & SOURCE) !== 0) run = Math.min(run, elementsInPage(vp, op, R[ESI] & mask, op.segment, size, delta < 0));
  if ((uses & DESTINATION) !== 0) run = Math.min(run, elementsInPage(vp, op, R[EDI] & mask, 0, size, delta < 0));
  let done = 0;
  let isOver = false;
  const whileEqual = (op.prefixes & PREFIX_REP) !== 0;
  // What is not in the TLB yet, one element brings in: then the rest is tried again.
  let tries = vp.watch === null ? 2 : 0;
  while (done < run && !isOver) {
    let now = 0;
    if (tries > 0 && run - done > 1) {
      tries--;
      if (delta > 0) now = instruction.bulk?.(vp, op, size, run - done, whileEqual) ?? 0;
      else now = instruction.bulkBackward?.(vp, op, size, run - done) ?? 0;
    }
    if (now === 0) {
      element(vp, op, size);
      if (R[FAULT] !== 0) {
        // What is done so far counts as this dispatch, but not when the rest goes on alone: which bytes are decoded is
        // the engine's affair, and must not show in the number of instructions retired.
        if (done === 0 || R[FAULT] === STATUS_ALONE) return R[FAULT];
        R[FAULT] = 0;
        return STATUS_REPEAT;
      }
      now = 1;
    }
    done += now;
    step(vp, op, uses, now * delta);
    R[ECX] = (R[ECX] & ~mask) | ((count - done) & mask);
    if (instruction.compares) isOver = isZero(vp) !== whileEqual;
    if (vp.io.touched || R[DEBUG_PENDING] !== 0) break;
  }
  return isOver || done === count ? STATUS_OK : STATUS_REPEAT;
}

function isZero(vp: Vp): boolean {
  return conditionOf(CONDITION_ZERO, vp.R[FLAG_KIND], vp.R[FLAG_A], vp.R[FLAG_B]) !== 0;
}
