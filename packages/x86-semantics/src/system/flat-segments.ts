import { CR4_SMAP, EFLAGS_AC } from '@ringzero/x86';
import type { Vp } from '../vp/vp.ts';
import { CR4, GDTR_BASE, GDTR_LIMIT, RFLAGS, SEG_SELECTOR } from '../vp/lanes.ts';
import { writeHidden } from './segments.ts';

// What almost every event and return meets: flat 32-bit segments in the GDT. The paths built on this file look first, in the order
// of the complete ones, and then do all or nothing; whatever they do not know they leave to those.

/** High half of a descriptor, compared under a mask: present, accessed, of one kind. */
const CODE_MASK = 0x9d00;
const CODE = 0x9900;
const DATA_MASK = 0x9f00;
const DATA = 0x9300;
/** Base 0, limit FFFFFh in pages, 32-bit, in both halves. */
const FLAT_LOW = 0x0000_ffff;
const FLAT_HIGH_MASK = 0xffef_00ff | 0;
const FLAT_HIGH = 0x00cf_0000;

/** High half of the descriptor that {@link findFlat} found. */
let found = 0;

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

/** Whether `selector` names a flat segment of the GDT; its high half is then at hand for the functions below. */
function findFlat(vp: Vp, selector: number): boolean {
  const index = selector & 0xfff8;
  if (index === 0 || (selector & 4) !== 0 || index + 7 > vp.U[GDTR_LIMIT]) return false;
  const at = systemOffset(vp, (vp.R[GDTR_BASE] + index) | 0, 8);
  if (at < 0) return false;
  const { view } = vp.memory;
  found = view.getInt32(at + 4, true);
  return view.getInt32(at, true) === FLAT_LOW && (found & FLAT_HIGH_MASK) === FLAT_HIGH;
}

/** DPL of the flat non-conforming code segment that `selector` names, or −1. */
export function flatCodeLevel(vp: Vp, selector: number): number {
  return findFlat(vp, selector) && (found & CODE_MASK) === CODE ? (found >>> 13) & 3 : -1;
}

/** DPL of the flat writable data segment that `selector` names, or −1. */
export function flatDataLevel(vp: Vp, selector: number): number {
  return findFlat(vp, selector) && (found & DATA_MASK) === DATA ? (found >>> 13) & 3 : -1;
}

/** Attributes of the descriptor looked at last. */
export function flatAttributes(): number {
  return (found >>> 8) & 0xf0ff;
}

/** Fills a segment register with a flat segment. */
export function writeFlat(vp: Vp, segment: number, selector: number, attributes: number): void {
  vp.H[SEG_SELECTOR + segment] = selector;
  writeHidden(vp, segment, 0, -1, attributes);
}
