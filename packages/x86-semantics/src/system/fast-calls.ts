import { EFER_SCE, EFLAGS_IF, EFLAGS_RF, EFLAGS_VM, lane32 } from '@ringzero/x86';
import type { Operation } from '../vp/operation.ts';
import { STATUS_BRANCHED } from '../vp/status.ts';
import type { Vp } from '../vp/vp.ts';
import { ECX, EDX, EFER, ESP, RIP, SEG_SELECTOR } from '../vp/lanes.ts';
import { SEG_CS, SEG_SS, VECTOR_GP, VECTOR_UD } from './constants.ts';
import { writeHidden } from './segments.ts';

const SYSENTER_CS = lane32('sysenterCs');
const SYSENTER_ESP = lane32('sysenterEsp');
const SYSENTER_EIP = lane32('sysenterEip');
const STAR = lane32('star');

/** Flat 32-bit segments, present, accessed: execute/read and read/write; the DPL is added. */
const FLAT_CODE = 0xc09b;
const FLAT_DATA = 0xc093;

/** Loads flat CS and SS of `level`, as the fast system calls do without looking at descriptors. */
function flatSegments(vp: Vp, cs: number, ss: number, level: number): void {
  vp.setCpl(level);
  vp.H[SEG_SELECTOR + SEG_CS] = cs;
  writeHidden(vp, SEG_CS, 0, -1, FLAT_CODE | (level << 5));
  vp.H[SEG_SELECTOR + SEG_SS] = ss;
  writeHidden(vp, SEG_SS, 0, -1, FLAT_DATA | (level << 5));
}

function branch(vp: Vp, ip: number): number {
  vp.R[RIP] = ip;
  vp.updateMode();
  return STATUS_BRANCHED;
}

/** SYSENTER (vol. 3A §5.8.7.1). */
export function sysenter(vp: Vp, _op: Operation): number {
  const cs = vp.R[SYSENTER_CS] & 0xfffc;
  if (!vp.isProtected || cs === 0) return vp.raise(VECTOR_GP, 0);
  vp.setFlags(0, EFLAGS_VM | EFLAGS_IF | EFLAGS_RF);
  flatSegments(vp, cs, cs + 8, 0);
  vp.R[ESP] = vp.R[SYSENTER_ESP];
  return branch(vp, vp.R[SYSENTER_EIP]);
}

/** SYSEXIT. */
export function sysexit(vp: Vp, _op: Operation): number {
  const cs = vp.R[SYSENTER_CS] & 0xfffc;
  if (!vp.isProtected || cs === 0 || vp.cpl !== 0) return vp.raise(VECTOR_GP, 0);
  flatSegments(vp, (cs + 16) | 3, (cs + 24) | 3, 3);
  vp.R[ESP] = vp.R[ECX];
  return branch(vp, vp.R[EDX]);
}

/** SYSCALL in legacy mode (AMD64 Architecture Programmer's Manual, vol. 2 §6.1.1): STAR names target and selectors. */
export function syscall(vp: Vp, op: Operation): number {
  if ((vp.R[EFER] & EFER_SCE) === 0 || !vp.isProtected) return vp.raise(VECTOR_UD, -1);
  const cs = vp.R[STAR + 1] & 0xfffc;
  vp.R[ECX] = op.nextIp;
  vp.setFlags(0, EFLAGS_VM | EFLAGS_IF | EFLAGS_RF);
  flatSegments(vp, cs, cs + 8, 0);
  return branch(vp, vp.R[STAR]);
}

/** SYSRET in legacy mode. */
export function sysret(vp: Vp, _op: Operation): number {
  if ((vp.R[EFER] & EFER_SCE) === 0) return vp.raise(VECTOR_UD, -1);
  if (!vp.isProtected || vp.cpl !== 0) return vp.raise(VECTOR_GP, 0);
  const cs = (vp.R[STAR + 1] >>> 16) | 3;
  vp.setFlags(EFLAGS_IF, EFLAGS_IF);
  flatSegments(vp, cs, cs + 8, 3);
  return branch(vp, vp.R[ECX]);
}
