import { MODE_FLAT } from '../vp/mode.ts';
import type { Vp } from '../vp/vp.ts';
import { GDTR_BASE, GDTR_LIMIT, SEG_ATTRIBUTES, SEG_BASE, SEG_SELECTOR } from '../vp/lanes.ts';
import { SEG_SS } from './constants.ts';
import { descriptorBase, descriptorLimit } from './descriptors.ts';
import { writeHidden } from './segments.ts';
import { readsTables, systemOffset } from './system-offset.ts';

// What almost every event, return and load meets: flat 32-bit segments in the GDT, or data with a base. The paths built on this file look first, in the order
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

/** Halves of the descriptor that {@link find} found. */
let low = 0;
let high = 0;

/** Whether `selector` names an entry of the GDT; its halves are then at hand for the functions below. */
function find(vp: Vp, selector: number): boolean {
  const index = selector & 0xfff8;
  if (index === 0 || (selector & 4) !== 0 || index + 7 > vp.U[GDTR_LIMIT]) return false;
  const at = systemOffset(vp, (vp.R[GDTR_BASE] + index) | 0, 8);
  if (at < 0) return false;
  const { view } = vp.memory;
  low = view.getInt32(at, true);
  high = view.getInt32(at + 4, true);
  return true;
}

function isFlat(): boolean {
  return low === FLAT_LOW && (high & FLAT_HIGH_MASK) === FLAT_HIGH;
}

/** DPL of the flat non-conforming code segment that `selector` names, or −1. */
export function flatCodeLevel(vp: Vp, selector: number): number {
  return find(vp, selector) && (high & CODE_MASK) === CODE && isFlat() ? (high >>> 13) & 3 : -1;
}

/** DPL of the flat writable data segment that `selector` names, or −1. */
export function flatDataLevel(vp: Vp, selector: number): number {
  return find(vp, selector) && (high & DATA_MASK) === DATA && isFlat() ? (high >>> 13) & 3 : -1;
}

/** Attributes of the descriptor looked at last. */
export function flatAttributes(): number {
  return (high >>> 8) & 0xf0ff;
}

/** Loads a writable data segment of the GDT, as nearly all loads do, in protected mode. False: nothing is done. */
export function loadPlain(vp: Vp, segment: number, selector: number): boolean {
  if (!readsTables(vp) || !find(vp, selector) || (high & DATA_MASK) !== DATA) return false;
  const level = (high >>> 13) & 3;
  const rpl = selector & 3;
  if (segment === SEG_SS ? level !== vp.cpl || rpl !== level : level < vp.cpl || level < rpl) return false;
  if (isFlat()) writeFlat(vp, segment, selector, flatAttributes());
  else {
    vp.H[SEG_SELECTOR + segment] = selector;
    writeHidden(vp, segment, descriptorBase(low, high), descriptorLimit(low, high), flatAttributes());
  }
  return true;
}

/** Fills a segment register with a flat segment. */
export function writeFlat(vp: Vp, segment: number, selector: number, attributes: number): void {
  const { H, R } = vp;
  H[SEG_SELECTOR + segment] = selector;
  // Most often it held the same: nothing follows anew.
  const isSame = R[SEG_ATTRIBUTES + segment] === attributes && (vp.flatSegments & (MODE_FLAT << segment)) !== 0 && R[SEG_BASE + 2 * segment + 1] === 0;
  if (!isSame) writeHidden(vp, segment, 0, -1, attributes);
}
