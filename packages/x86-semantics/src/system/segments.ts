import { STATUS_OK } from '../vp/status.ts';
import type { Vp } from '../vp/vp.ts';
import { FAULT, SEG_ATTRIBUTES, SEG_BASE, SEG_LIMIT, SEG_READ_LIMIT, SEG_SELECTOR, SEG_WRITE_LIMIT } from '../vp/lanes.ts';
import {
  ATTRIBUTE_ACCESS,
  ATTRIBUTE_CODE,
  ATTRIBUTE_DB,
  ATTRIBUTE_DIRECTION,
  ATTRIBUTE_GRANULARITY,
  ATTRIBUTE_UNUSABLE,
  SEG_CS,
  SEG_LDTR,
  SEG_SS,
  SEG_TR,
  TYPE_LDT,
  TYPE_TSS16_AVAILABLE,
  TYPE_TSS32_AVAILABLE,
  VECTOR_GP,
  VECTOR_NP,
  VECTOR_SS,
} from './constants.ts';
import { loadPlain } from './flat-segments.ts';
import { type Descriptor, isNull, markAccessed, readDescriptor, writeBusy } from './descriptors.ts';

/** Read/write data, accessed, present: what real-address mode gives a segment that it loads. */
const REAL_ATTRIBUTES = 0x93;
/** The same at DPL 3, for virtual-8086 mode. */
const VIRTUAL_ATTRIBUTES = 0xf3;

/** Selector of segment register `segment`. */
export function selectorOf(vp: Vp, segment: number): number {
  return vp.H[SEG_SELECTOR + segment];
}

/** Fills a segment register from a checked descriptor. `selector` replaces the descriptor's where the RPL differs. */
export function writeSegment(vp: Vp, segment: number, descriptor: Descriptor, selector: number = descriptor.selector): void {
  vp.H[SEG_SELECTOR + segment] = selector;
  writeHidden(vp, segment, descriptor.base, descriptor.limit, descriptor.attributes);
}

/** Writes the hidden part of a segment register and derives the fast limits. `limit` is in bytes. */
export function writeHidden(vp: Vp, segment: number, base: number, limit: number, attributes: number): void {
  vp.R[SEG_BASE + 2 * segment] = base;
  vp.R[SEG_BASE + 2 * segment + 1] = 0;
  vp.R[SEG_LIMIT + segment] = limit;
  vp.R[SEG_ATTRIBUTES + segment] = attributes;
  refreshSegment(vp, segment);
}

/** Makes a segment register null: any access through it faults. The limit stays, as in the processor. */
export function writeNullSegment(vp: Vp, segment: number, selector: number = 0): void {
  vp.H[SEG_SELECTOR + segment] = selector;
  writeHidden(vp, segment, 0, vp.R[SEG_LIMIT + segment], ATTRIBUTE_UNUSABLE);
}

/**
 * Loads a segment register in real-address mode: base is selector × 16 while limit and size stay (vol. 3A §20.1.1,
 * what "unreal mode" lives by); or in virtual-8086 mode, where all of it is fixed (§20.2.1).
 */
export function writeRealSegment(vp: Vp, segment: number, selector: number): void {
  vp.H[SEG_SELECTOR + segment] = selector;
  if (vp.isVirtual8086) {
    writeHidden(vp, segment, selector << 4, 0xffff, VIRTUAL_ATTRIBUTES);
    return;
  }
  const kept = vp.R[SEG_ATTRIBUTES + segment] & (ATTRIBUTE_DB | ATTRIBUTE_GRANULARITY);
  writeHidden(vp, segment, selector << 4, vp.R[SEG_LIMIT + segment], REAL_ATTRIBUTES | kept);
}

/** Derives what follows from the hidden part of a segment register: whether it is flat, `segReadLimit` and `segWriteLimit`; −1 leaves the answer to {@link segmentCheck}. */
export function refreshSegment(vp: Vp, segment: number): void {
  if (segment >= 6) return;
  vp.noteSegment(segment);
  const attributes = vp.R[SEG_ATTRIBUTES + segment];
  const limit = vp.U[SEG_LIMIT + segment];
  let read = limit;
  let write = limit;
  if (vp.isProtected && !vp.isVirtual8086) {
    const code = (attributes & ATTRIBUTE_CODE) !== 0;
    const access = (attributes & ATTRIBUTE_ACCESS) !== 0;
    if ((attributes & ATTRIBUTE_UNUSABLE) !== 0 || (!code && (attributes & ATTRIBUTE_DIRECTION) !== 0)) read = write = -1;
    else if (code) {
      write = -1;
      if (!access) read = -1;
    } else if (!access) write = -1;
  }
  vp.F[SEG_READ_LIMIT + segment] = read;
  vp.F[SEG_WRITE_LIMIT + segment] = write;
}

/** `refreshSegment` for all of them: after CR0.PE or EFLAGS.VM changed, or a state was restored. */
export function refreshAllSegments(vp: Vp): void {
  for (let segment = 0; segment < 6; segment++) refreshSegment(vp, segment);
}

/**
 * The exact check of an access of `size` bytes at `offset` (vol. 3A §5.3): raises #SS(0) through SS, #GP(0) through others.
 * An access that wraps at the top of a 4 GB segment passes.
 */
export function segmentCheck(vp: Vp, segment: number, offset: number, size: number, write: boolean): boolean {
  if (isAccessible(vp, segment, offset >>> 0, size, write)) return true;
  vp.raise(segment === SEG_SS ? VECTOR_SS : VECTOR_GP, 0);
  return false;
}

function isAccessible(vp: Vp, segment: number, offset: number, size: number, write: boolean): boolean {
  const attributes = vp.R[SEG_ATTRIBUTES + segment];
  const limit = vp.U[SEG_LIMIT + segment];
  if (!vp.isProtected || vp.isVirtual8086) return withinLimit(0, limit, offset, size);
  if ((attributes & ATTRIBUTE_UNUSABLE) !== 0) return false;
  const code = (attributes & ATTRIBUTE_CODE) !== 0;
  const access = (attributes & ATTRIBUTE_ACCESS) !== 0;
  if (write ? code || !access : code && !access) return false;
  return withinLimit(attributes, limit, offset, size);
}

/** Whether `[offset, offset + size)` lies within a segment of these attributes and this limit (both unsigned). */
export function withinLimit(attributes: number, limit: number, offset: number, size: number): boolean {
  const last = offset + size - 1;
  if ((attributes & (ATTRIBUTE_CODE | ATTRIBUTE_DIRECTION)) === ATTRIBUTE_DIRECTION) {
    return offset > limit && last <= ((attributes & ATTRIBUTE_DB) !== 0 ? 0xffff_ffff : 0xffff);
  }
  return last <= limit || limit === 0xffff_ffff;
}

/** Whether `ip` may be executed in the code segment that CS now holds. */
export function withinCode(vp: Vp, ip: number): boolean {
  return ip >>> 0 <= vp.U[SEG_LIMIT + SEG_CS];
}

/**
 * Loads ES, SS, DS, FS or GS as MOV and POP do, in the current mode (SDM "MOV", vol. 3A §5.5, §5.7). Returns a status.
 * The caller finishes with `vp.updateMode()`, or `vp.updateDataSegment` where it is not SS.
 */
export function loadSegment(vp: Vp, segment: number, selector: number): number {
  if (!vp.isProtected || vp.isVirtual8086) {
    writeRealSegment(vp, segment, selector);
    return STATUS_OK;
  }
  if (loadPlain(vp, segment, selector)) return STATUS_OK;
  if (segment === SEG_SS) return loadStackSegment(vp, selector);
  if (isNull(selector)) {
    writeNullSegment(vp, segment, selector);
    return STATUS_OK;
  }
  const descriptor = readDescriptor(vp, selector, VECTOR_GP);
  if (descriptor === null) return vp.R[FAULT];
  const code = selector & 0xfffc;
  if (!descriptor.isReadable) return vp.raise(VECTOR_GP, code);
  if (!descriptor.isConforming && (descriptor.rpl > descriptor.dpl || vp.cpl > descriptor.dpl)) return vp.raise(VECTOR_GP, code);
  if (!descriptor.isPresent) return vp.raise(VECTOR_NP, code);
  if (markAccessed(vp, descriptor) !== STATUS_OK) return vp.R[FAULT];
  writeSegment(vp, segment, descriptor);
  return STATUS_OK;
}

function loadStackSegment(vp: Vp, selector: number): number {
  if (isNull(selector)) return vp.raise(VECTOR_GP, 0);
  const descriptor = readDescriptor(vp, selector, VECTOR_GP);
  if (descriptor === null) return vp.R[FAULT];
  const code = selector & 0xfffc;
  if (descriptor.rpl !== vp.cpl || !descriptor.isWritableData || descriptor.dpl !== vp.cpl) return vp.raise(VECTOR_GP, code);
  if (!descriptor.isPresent) return vp.raise(VECTOR_SS, code);
  if (markAccessed(vp, descriptor) !== STATUS_OK) return vp.R[FAULT];
  writeSegment(vp, SEG_SS, descriptor);
  return STATUS_OK;
}

/** LLDT: loads LDTR. The caller has checked mode and CPL. Returns a status. */
export function loadLdtr(vp: Vp, selector: number): number {
  if (isNull(selector)) {
    writeNullSegment(vp, SEG_LDTR, selector);
    return STATUS_OK;
  }
  const code = selector & 0xfffc;
  if ((selector & 4) !== 0) return vp.raise(VECTOR_GP, code);
  const descriptor = readDescriptor(vp, selector, VECTOR_GP);
  if (descriptor === null) return vp.R[FAULT];
  if (descriptor.isSegment || descriptor.type !== TYPE_LDT) return vp.raise(VECTOR_GP, code);
  if (!descriptor.isPresent) return vp.raise(VECTOR_NP, code);
  writeSegment(vp, SEG_LDTR, descriptor);
  return STATUS_OK;
}

/** LTR: loads TR and marks the TSS busy. The caller has checked mode and CPL. Returns a status. */
export function loadTr(vp: Vp, selector: number): number {
  if (isNull(selector)) return vp.raise(VECTOR_GP, 0);
  const code = selector & 0xfffc;
  if ((selector & 4) !== 0) return vp.raise(VECTOR_GP, code);
  const descriptor = readDescriptor(vp, selector, VECTOR_GP);
  if (descriptor === null) return vp.R[FAULT];
  const type = descriptor.type;
  if (descriptor.isSegment || (type !== TYPE_TSS16_AVAILABLE && type !== TYPE_TSS32_AVAILABLE)) return vp.raise(VECTOR_GP, code);
  if (!descriptor.isPresent) return vp.raise(VECTOR_NP, code);
  if (writeBusy(vp, descriptor.address, true) !== STATUS_OK) return vp.R[FAULT];
  descriptor.high |= 0x200;
  writeSegment(vp, SEG_TR, descriptor);
  return STATUS_OK;
}
