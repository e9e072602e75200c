import type { Vp } from '../vp/vp.ts';
import { FAULT, GDTR_BASE, GDTR_LIMIT, SEG_ATTRIBUTES, SEG_BASE, SEG_LIMIT } from '../vp/lanes.ts';
import {
  ATTRIBUTE_ACCESS,
  ATTRIBUTE_ACCESSED,
  ATTRIBUTE_CODE,
  ATTRIBUTE_DIRECTION,
  ATTRIBUTE_PRESENT,
  ATTRIBUTE_SEGMENT,
  ATTRIBUTE_TYPE,
  ATTRIBUTE_UNUSABLE,
  SEG_LDTR,
} from './constants.ts';
import { readsTables, systemOffset } from './system-offset.ts';

/** A descriptor as it was read from the GDT or an LDT (vol. 3A §3.4.5, §3.5). */
export class Descriptor {
  readonly selector: number;
  readonly low: number;
  /** High half, with the accessed or busy bit as it is in memory. */
  high: number;
  /** Linear address of the descriptor. */
  readonly address: number;

  constructor(selector: number, low: number, high: number, address: number) {
    this.selector = selector;
    this.low = low;
    this.high = high;
    this.address = address;
  }

  get attributes(): number {
    return (this.high >>> 8) & 0xf0ff;
  }
  /** Type field (bits 11:8). */
  get type(): number {
    return (this.high >>> 8) & ATTRIBUTE_TYPE;
  }
  get dpl(): number {
    return (this.high >>> 13) & 3;
  }
  get rpl(): number {
    return this.selector & 3;
  }
  get isPresent(): boolean {
    return ((this.high >>> 8) & ATTRIBUTE_PRESENT) !== 0;
  }
  /** Code or data, not a system descriptor. */
  get isSegment(): boolean {
    return ((this.high >>> 8) & ATTRIBUTE_SEGMENT) !== 0;
  }
  get isCode(): boolean {
    return this.isSegment && ((this.high >>> 8) & ATTRIBUTE_CODE) !== 0;
  }
  get isConforming(): boolean {
    return this.isCode && ((this.high >>> 8) & ATTRIBUTE_DIRECTION) !== 0;
  }
  /** Data that can be read, or code marked readable. */
  get isReadable(): boolean {
    return this.isSegment && ((this.type & ATTRIBUTE_CODE) === 0 || (this.type & ATTRIBUTE_ACCESS) !== 0);
  }
  get isWritableData(): boolean {
    return this.isSegment && (this.type & (ATTRIBUTE_CODE | ATTRIBUTE_ACCESS)) === ATTRIBUTE_ACCESS;
  }
  get base(): number {
    return descriptorBase(this.low, this.high);
  }
  /** Limit in bytes as int32 (granularity applied). */
  get limit(): number {
    return descriptorLimit(this.low, this.high);
  }
  // Fields of a gate.
  get gateSelector(): number {
    return this.low >>> 16;
  }
  get gateOffset(): number {
    return (this.low & 0xffff) | (this.high & 0xffff_0000);
  }
  /** Parameter count of a call gate: bits 4:0 of the fifth byte. */
  get gateCount(): number {
    return this.high & 0x1f;
  }
}

/** Base address in a descriptor of these halves. */
export function descriptorBase(low: number, high: number): number {
  return (low >>> 16) | ((high & 0xff) << 16) | (high & 0xff00_0000);
}

/** Limit in bytes as int32 (granularity applied). */
export function descriptorLimit(low: number, high: number): number {
  const limit = (low & 0xffff) | (high & 0xf_0000);
  return (high & 0x80_0000) !== 0 ? (limit << 12) | 0xfff : limit;
}

/** Whether the index and TI of a selector are zero: the null selector (vol. 3A §3.4.2). */
export function isNull(selector: number): boolean {
  return (selector & 0xfffc) === 0;
}

/**
 * Reads the descriptor that `selector` names. Beyond its table's limit, raises `vector` with the selector as error code
 * (bit 0 is `ext`) and returns null; null also when the access faults.
 */
export function readDescriptor(vp: Vp, selector: number, vector: number, ext: number = 0): Descriptor | null {
  const address = descriptorAddress(vp, selector);
  if (address === -1) {
    vp.raise(vector, (selector & 0xfffc) | ext);
    return null;
  }
  const linear = address | 0;
  const at = readsTables(vp) ? systemOffset(vp, linear, 8) : -1;
  if (at >= 0) return new Descriptor(selector, vp.memory.view.getInt32(at, true), vp.memory.view.getInt32(at + 4, true), linear);
  const low = vp.loadSystem32(linear);
  if (vp.R[FAULT] !== 0) return null;
  const high = vp.loadSystem32((linear + 4) | 0);
  return vp.R[FAULT] !== 0 ? null : new Descriptor(selector, low, high, linear);
}

/** Linear address (0..2^32−1) of the descriptor that `selector` names, or −1 beyond the table's limit. */
export function descriptorAddress(vp: Vp, selector: number): number {
  const R = vp.R;
  const offset = selector & 0xfff8;
  if ((selector & 4) === 0) {
    return offset + 7 > vp.U[GDTR_LIMIT] ? -1 : (R[GDTR_BASE] + offset) >>> 0;
  }
  if ((R[SEG_ATTRIBUTES + SEG_LDTR] & ATTRIBUTE_UNUSABLE) !== 0) return -1;
  return offset + 7 > vp.U[SEG_LIMIT + SEG_LDTR] ? -1 : (R[SEG_BASE + 2 * SEG_LDTR] + offset) >>> 0;
}

/** Sets the accessed bit in memory and in `descriptor`. Returns a status. */
export function markAccessed(vp: Vp, descriptor: Descriptor): number {
  if ((descriptor.type & ATTRIBUTE_ACCESSED) !== 0) return 0;
  vp.storeSystem8((descriptor.address + 5) | 0, ((descriptor.high >>> 8) & 0xff) | ATTRIBUTE_ACCESSED);
  if (vp.R[FAULT] === 0) descriptor.high |= 0x100;
  return vp.R[FAULT];
}

/** Sets or clears the busy bit of the TSS descriptor at `address` (vol. 3A §7.2.2). Returns a status. */
export function writeBusy(vp: Vp, address: number, busy: boolean): number {
  const linear = (address + 5) | 0;
  const byte = vp.loadSystem8(linear);
  if (vp.R[FAULT] !== 0) return vp.R[FAULT];
  vp.storeSystem8(linear, busy ? byte | 2 : byte & ~2);
  return vp.R[FAULT];
}
