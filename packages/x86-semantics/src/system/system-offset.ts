import { CR4_SMAP, EFLAGS_AC } from '@ringzero/x86';
import type { Vp } from '../vp/vp.ts';
import { CR4, RFLAGS } from '../vp/lanes.ts';

/** Buffer offset of `size` bytes in a page that a system access may read or write, or −1, with no fault recorded. */
export function systemOffset(vp: Vp, linear: number, size: number, write = false): number {
  if ((linear & 4095) + size > 4096) return -1;
  const table = write ? vp.tlb.write : vp.tlb.read;
  const entry = table[linear >>> 12];
  if (entry !== -1) return linear ^ entry;
  return vp.cachePage(linear, write, false, true) ? linear ^ table[linear >>> 12] : -1;
}

/** Whether supervisor's pages in the TLB are those of the supervisor alone: what SMAP lets through is not for descriptor tables. */
export function readsTables(vp: Vp): boolean {
  return (vp.R[CR4] & CR4_SMAP) === 0 || (vp.R[RFLAGS] & EFLAGS_AC) === 0;
}
