import type { Form } from '@ringzero/x86';
import type { Profile } from '../format/initial-state.ts';
import { isMmx, isVector, isX87 } from './operands.ts';

const STRINGS = /^(Movs|Cmps|Stos|Lods|Scas|Ins|Outs)_/;
const CONTROL = /^(J|Call|Ret|Loop|Int|Iret|Bound)/;
const STACK = /^(Push|Pop(_|a|f)|Enter|Leave)/;
const SYSTEM = /^(Hlt|Cli|Sti|Clac|Stac|In_|Out_|L[gil]dt|Ltr|Lmsw|Smsw|S[gil]dt|Str|Ver[rw]|Lar|Lsl|Arpl|Invlpg|Monitor|Mwait|X[gs]etbv|Rd|Wr|Sys|Clts|Invd|Wbinvd|Ud|Rsm|Cpuid|L[defgs]s_|Mov_.*(Sw|Cd|Dd)|Fxsave|Fxrstor|Xsave|Xrstor|Clflush|.fence)/;

/** Forms that branch to where their code says, or the stack or an operand. */
export function isBranch(form: Form): boolean {
  return /^(J|Call|Ret|Loop|Iret)/.test(form.name);
}

/** Forms that transfer control, or may. */
export function isTransfer(form: Form): boolean {
  return CONTROL.test(form.name);
}

export function isString(form: Form): boolean {
  return STRINGS.test(form.name);
}

/** What cases of a form are filed under. */
export function familyOf(form: Form): string {
  if (isX87(form)) return 'x87';
  if (isString(form)) return 'string';
  if (CONTROL.test(form.name)) return 'control';
  if (STACK.test(form.name)) return 'stack';
  if (SYSTEM.test(form.name)) return 'system';
  if (form.feature !== undefined && /^(mmx|s?sse)/.test(form.feature)) return form.feature;
  return 'integer';
}

/** The initial states that suit a form. */
export function profileOf(form: Form): Profile {
  if (isX87(form)) return 'x87';
  if (/^(Fxsave|Fxrstor|Xsave|Xrstor|Ldmxcsr|Stmxcsr)/.test(form.name)) return 'sse';
  if (isMmx(form)) return isVector(form) || /p[sd]2pi|pi2p[sd]/.test(form.name) ? 'sse' : 'mmx';
  return isVector(form) ? 'sse' : 'integer';
}
