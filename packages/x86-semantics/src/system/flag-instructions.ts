import {
  CR4_PVI,
  CR4_VME,
  EFLAGS_AC,
  EFLAGS_ID,
  EFLAGS_IF,
  EFLAGS_IOPL,
  EFLAGS_RF,
  EFLAGS_TF,
  EFLAGS_VIF,
  EFLAGS_VIP,
  EFLAGS_VM,
} from '@ringzero/x86';
import type { Operation } from '../vp/operation.ts';
import { STATUS_OK } from '../vp/status.ts';
import type { Vp } from '../vp/vp.ts';
import { CR4, ESP, FAULT, INTERRUPT_SHADOW, RFLAGS, SHADOW_STI } from '../vp/lanes.ts';
import { VECTOR_GP, VECTOR_UD } from './constants.ts';
import { flatStack } from './stack.ts';
import { StackFrame } from './stack-frame.ts';

/** CF PF AF ZF SF TF DF OF NT. */
const FLAGS_ALWAYS = 0x4dd5;

function iopl(vp: Vp): number {
  return (vp.R[RFLAGS] >>> 12) & 3;
}

/** Which flag CLI and STI act on now: IF, VIF (virtual-8086 or protected-mode virtual interrupts), or 0 for #GP. */
function interruptFlag(vp: Vp): number {
  if (!vp.isProtected || vp.cpl <= iopl(vp)) return EFLAGS_IF;
  if (vp.cpl !== 3) return 0;
  return (vp.R[CR4] & (vp.isVirtual8086 ? CR4_VME : CR4_PVI)) !== 0 ? EFLAGS_VIF : 0;
}

/** CLI. */
export function clearInterruptFlag(vp: Vp, _op: Operation): number {
  const flag = interruptFlag(vp);
  if (flag === 0) return vp.raise(VECTOR_GP, 0);
  vp.R[RFLAGS] &= ~flag;
  return STATUS_OK;
}

/** STI: interrupts are let in after the instruction that follows (vol. 3A §6.8.1). */
export function setInterruptFlag(vp: Vp, _op: Operation): number {
  const flag = interruptFlag(vp);
  if (flag === 0) return vp.raise(VECTOR_GP, 0);
  if (flag === EFLAGS_VIF) {
    if ((vp.R[RFLAGS] & EFLAGS_VIP) !== 0) return vp.raise(VECTOR_GP, 0);
  } else if ((vp.R[RFLAGS] & EFLAGS_IF) === 0) vp.R[INTERRUPT_SHADOW] = SHADOW_STI;
  vp.R[RFLAGS] |= flag;
  return STATUS_OK;
}

/** STAC and CLAC: at CPL 0 alone, whatever CR4.SMAP says (vol. 2, STAC). */
export function setAlignmentCheck(vp: Vp, _op: Operation): number {
  return writeAlignmentCheck(vp, EFLAGS_AC);
}
export function clearAlignmentCheck(vp: Vp, _op: Operation): number {
  return writeAlignmentCheck(vp, 0);
}

function writeAlignmentCheck(vp: Vp, flag: number): number {
  if (vp.cpl !== 0) return vp.raise(VECTOR_UD, -1);
  vp.R[RFLAGS] = (vp.R[RFLAGS] & ~EFLAGS_AC) | flag;
  vp.updateMode();
  return STATUS_OK;
}

/** PUSHF, PUSHFD. */
export function pushFlags(vp: Vp, op: Operation): number {
  const size = op.operandSize >> 3;
  let flags = vp.flags() & ~(EFLAGS_VM | EFLAGS_RF);
  const top = (vp.R[ESP] - 4) | 0;
  const at = vp.isVirtual8086 ? -1 : flatStack(vp, op, top, 4, true);
  if (at >= 0) {
    vp.memory.view.setInt32(at, flags, true);
    vp.R[ESP] = top;
    return STATUS_OK;
  }
  if (vp.isVirtual8086 && iopl(vp) < 3) {
    if (size !== 2 || (vp.R[CR4] & CR4_VME) === 0) return vp.raise(VECTOR_GP, 0);
    flags = (flags & ~EFLAGS_IF) | EFLAGS_IOPL | ((flags & EFLAGS_VIF) !== 0 ? EFLAGS_IF : 0);
  }
  const stack = StackFrame.current(vp);
  if (!stack.reserve(1, size) || stack.push(flags, size) !== STATUS_OK) return vp.R[FAULT];
  stack.commit();
  return STATUS_OK;
}

/** POPF, POPFD. */
export function popFlags(vp: Vp, op: Operation): number {
  const size = op.operandSize >> 3;
  const at = vp.isVirtual8086 ? -1 : flatStack(vp, op, vp.R[ESP], 4, false);
  if (at >= 0) {
    const flags = vp.memory.view.getInt32(at, true);
    vp.R[ESP] = (vp.R[ESP] + 4) | 0;
    loadFlags(vp, flags, size);
    return STATUS_OK;
  }
  const virtual = vp.isVirtual8086 && iopl(vp) < 3;
  if (virtual && (size !== 2 || (vp.R[CR4] & CR4_VME) === 0)) return vp.raise(VECTOR_GP, 0);
  const stack = StackFrame.current(vp);
  const flags = stack.pop(size);
  if (vp.R[FAULT] !== 0) return vp.R[FAULT];
  if (virtual) {
    const pending = (vp.R[RFLAGS] & EFLAGS_VIP) !== 0;
    if ((flags & EFLAGS_TF) !== 0 || (pending && (flags & EFLAGS_IF) !== 0)) return vp.raise(VECTOR_GP, 0);
    vp.setFlags((flags & EFLAGS_IF) !== 0 ? flags | EFLAGS_VIF : flags, FLAGS_ALWAYS | EFLAGS_VIF);
    stack.commit();
    vp.updateMode();
  } else {
    stack.commit();
    loadFlags(vp, flags, size);
  }
  return STATUS_OK;
}

/** Outside of virtual-8086 mode. RF of the image is not loaded; it reads as 0 afterwards (vol. 2, POPF). */
function loadFlags(vp: Vp, flags: number, size: number): void {
  const before = vp.R[RFLAGS];
  vp.setFlags(flags & ~EFLAGS_RF, popMask(vp, size));
  if (((before ^ vp.R[RFLAGS]) & EFLAGS_AC) !== 0) vp.updateMode();
}

function popMask(vp: Vp, size: number): number {
  let mask = size === 4 ? FLAGS_ALWAYS | EFLAGS_AC | EFLAGS_ID | EFLAGS_RF : FLAGS_ALWAYS;
  if (!vp.isProtected || vp.cpl === 0) mask |= EFLAGS_IOPL;
  if (!vp.isProtected || vp.cpl <= iopl(vp)) mask |= EFLAGS_IF;
  return mask;
}
