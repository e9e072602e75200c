import { CR4_OSXSAVE, lane32, XCR0_SSE, XCR0_X87 } from '@ringzero/x86';
import type { Operation } from '../vp/operation.ts';
import { STATUS_OK } from '../vp/status.ts';
import type { Vp } from '../vp/vp.ts';
import { CR4, EAX, ECX, EDX } from '../vp/lanes.ts';
import { VECTOR_GP, VECTOR_UD } from './constants.ts';

const XCR0 = lane32('xcr0');
/** Components that XCR0 may enable. */
const SUPPORTED = XCR0_X87 | XCR0_SSE;

function isEnabled(vp: Vp): boolean {
  return (vp.R[CR4] & CR4_OSXSAVE) !== 0;
}

/** XGETBV (vol. 2): XCR0 is the only extended control register, readable at any CPL. */
export function readExtendedControl(vp: Vp, _op: Operation): number {
  const R = vp.R;
  if (!isEnabled(vp)) return vp.raise(VECTOR_UD, -1);
  if (R[ECX] !== 0) return vp.raise(VECTOR_GP, 0);
  R[EAX] = R[XCR0];
  R[EDX] = R[XCR0 + 1];
  return STATUS_OK;
}

/** XSETBV (vol. 2): x87 state is always enabled, and nothing that CPUID leaf 0Dh does not list. */
export function writeExtendedControl(vp: Vp, _op: Operation): number {
  const R = vp.R;
  if (!isEnabled(vp)) return vp.raise(VECTOR_UD, -1);
  if (vp.cpl !== 0 || R[ECX] !== 0) return vp.raise(VECTOR_GP, 0);
  if ((R[EAX] & ~SUPPORTED) !== 0 || R[EDX] !== 0 || (R[EAX] & XCR0_X87) === 0) return vp.raise(VECTOR_GP, 0);
  R[XCR0] = R[EAX];
  R[XCR0 + 1] = 0;
  return STATUS_OK;
}
