import { EFLAGS_DF, PREFIX_REP, PREFIX_REPNE } from '@ringzero/x86';
import { writeComparison } from '../flags/flags.ts';
import { EAX, ECX, EDI, ESI, RFLAGS } from '../vp/lanes.ts';
import type { Operation } from '../vp/operation.ts';
import { STATUS_OK, STATUS_REPEAT } from '../vp/status.ts';
import type { Vp } from '../vp/vp.ts';
import { compare, copy, elementAt, fill, scan } from './bulk.ts';

/*
 * Repeated string instructions as they are nearly always: forward, 32-bit addresses, flat segments, in pages that the TLB has. Each
 * does what `runString` would and as much of it in a run; whatever is otherwise it declines, with nothing changed. Most runs are
 * short, a few doublewords or a name: there the calls, not the elements, are what costs.
 */

/** What a run says that declines. */
export const DECLINED = -1;

const PAGE = 4096;

/** Whether `op` may be tried here at all. */
export function isPlain(vp: Vp, op: Operation): boolean {
  if ((op.prefixes & (PREFIX_REP | PREFIX_REPNE)) === 0) return false;
  return (op.addressMask & op.checkedSegment & op.checkedExtra) === -1 && (vp.R[RFLAGS] & EFLAGS_DF) === 0 && vp.watch === null && !vp.stepping;
}

/** Elements from `linear` to the end of its page. */
function inPage(linear: number, shift: number): number {
  return (PAGE - (linear & (PAGE - 1))) >>> shift;
}

/** Ends a run of `done` of `count` elements. */
function finish(R: Int32Array, count: number, done: number): number {
  R[ECX] = count - done;
  return count === done ? STATUS_OK : STATUS_REPEAT;
}

/** Buffer offset of a linear address, by the entry that a TLB has for its page; −1 where it has none. */
function place(table: Int32Array, linear: number, section: number): number {
  const entry = table[(linear >>> 12) + section];
  return entry === -1 ? -1 : linear ^ entry;
}

/** REP MOVS of elements of `1 << shift` bytes, as each of these. Returns STATUS_OK or STATUS_REPEAT, or that it declines. */
export function moveRun(vp: Vp, op: Operation, shift: number): number {
  const { memory, R, tlb } = vp;
  const count = R[ECX];
  const section = op.tlb;
  const from = place(tlb.read, R[ESI], section);
  const to = place(tlb.write, R[EDI], section);
  const most = Math.min(inPage(R[ESI], shift), inPage(R[EDI], shift));
  if (from < 0 || to < 0 || most === 0 || count === 0) return DECLINED;
  const done = count >>> 0 < most ? count : most;
  const bytes = done << shift;
  // Such an overlap repeats a pattern.
  if (to > from && to - from < bytes) return DECLINED;
  copy(memory.view, memory.u8, from, to, bytes);
  R[ESI] += bytes;
  R[EDI] += bytes;
  return finish(R, count, done);
}

/** REP STOS. */
export function storeRun(vp: Vp, op: Operation, shift: number): number {
  const { memory, R, tlb } = vp;
  const count = R[ECX];
  const to = place(tlb.write, R[EDI], op.tlb);
  const most = inPage(R[EDI], shift);
  if (to < 0 || most === 0 || count === 0) return DECLINED;
  const done = count >>> 0 < most ? count : most;
  const bytes = done << shift;
  fill(memory.view, memory.u8, to, bytes, R[EAX], 1 << shift);
  R[EDI] += bytes;
  return finish(R, count, done);
}

/** Ends a run of comparisons, the last of which is `left` against `right`: REPE goes on while they are equal, REPNE while not. */
function finishComparison(vp: Vp, op: Operation, shift: number, count: number, done: number, left: number, right: number): number {
  const { R } = vp;
  writeComparison(R, 1 << shift, left, right);
  const isOver = (left === right) !== ((op.prefixes & PREFIX_REP) !== 0);
  const status = finish(R, count, done);
  return isOver ? STATUS_OK : status;
}

/** REPE or REPNE SCAS. */
export function scanRun(vp: Vp, op: Operation, shift: number): number {
  const { memory, R, tlb } = vp;
  const count = R[ECX];
  const at = place(tlb.read, R[EDI], op.tlb);
  const most = inPage(R[EDI], shift);
  if (at < 0 || most === 0 || count === 0) return DECLINED;
  const run = count >>> 0 < most ? count : most;
  const wanted = shift === 2 ? R[EAX] : R[EAX] & (shift === 1 ? 0xffff : 0xff);
  const done = scan(memory.view, memory.u8, at, 1 << shift, run, wanted, (op.prefixes & PREFIX_REP) !== 0);
  R[EDI] += done << shift;
  return finishComparison(vp, op, shift, count, done, wanted, elementAt(memory.view, at + ((done - 1) << shift), 1 << shift));
}

/** REPE or REPNE CMPS. */
export function compareRun(vp: Vp, op: Operation, shift: number): number {
  const { memory, R, tlb } = vp;
  const count = R[ECX];
  const section = op.tlb;
  const left = place(tlb.read, R[ESI], section);
  const right = place(tlb.read, R[EDI], section);
  const most = Math.min(inPage(R[ESI], shift), inPage(R[EDI], shift));
  if (left < 0 || right < 0 || most === 0 || count === 0) return DECLINED;
  const run = count >>> 0 < most ? count : most;
  const done = compare(memory.view, memory.u8, left, right, 1 << shift, run, (op.prefixes & PREFIX_REP) !== 0);
  const last = (done - 1) << shift;
  R[ESI] += done << shift;
  R[EDI] += done << shift;
  return finishComparison(vp, op, shift, count, done, elementAt(memory.view, left + last, 1 << shift), elementAt(memory.view, right + last, 1 << shift));
}
