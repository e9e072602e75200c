import type { Vp } from '../vp/vp.ts';
import { ESP, FAULT, SEG_ATTRIBUTES, SEG_BASE, SEG_LIMIT } from '../vp/lanes.ts';
import { MODE_ALIGN } from '../vp/mode.ts';
import { ATTRIBUTE_DB, ATTRIBUTE_UNUSABLE, SEG_SS, VECTOR_AC, VECTOR_SS } from './constants.ts';
import type { Descriptor } from './descriptors.ts';
import { withinLimit } from './segments.ts';

/**
 * A stack that a far transfer or an event reads or fills before anything is committed: the current one, or the one of
 * a more privileged level. `sp` moves here; ESP changes only with {@link commit}.
 */
export class StackFrame {
  readonly #vp: Vp;
  readonly #base: number;
  readonly #limit: number;
  readonly #attributes: number;
  readonly #user: boolean;
  /** Whether accesses are checked for alignment (vol. 3A §6.15, #AC). */
  readonly #aligned: boolean;
  /** −1 for a 32-bit stack, 0xffff for a 16-bit one. */
  readonly mask: number;
  /** Error code of the #SS that this stack raises. */
  readonly #errorCode: number;
  /** Stack pointer, masked to the stack's width. */
  sp: number;

  constructor(vp: Vp, base: number, limit: number, attributes: number, user: boolean, sp: number, errorCode: number) {
    this.#vp = vp;
    this.#base = base;
    // A null SS (only a task switch that failed leaves one) has no valid offset.
    this.#limit = (attributes & ATTRIBUTE_UNUSABLE) !== 0 ? -1 : limit >>> 0;
    this.#aligned = user && (vp.mode & MODE_ALIGN) !== 0;
    this.#attributes = attributes;
    this.#user = user;
    this.mask = (attributes & ATTRIBUTE_DB) !== 0 ? -1 : 0xffff;
    this.#errorCode = errorCode;
    this.sp = sp & this.mask;
  }

  /** The current stack, at the current privilege. */
  static current(vp: Vp, ext: number = 0): StackFrame {
    const R = vp.R;
    return new StackFrame(vp, R[SEG_BASE + 2 * SEG_SS], R[SEG_LIMIT + SEG_SS], R[SEG_ATTRIBUTES + SEG_SS], vp.cpl === 3, R[ESP], ext);
  }

  /** The stack of another privilege level; its #SS name its selector. */
  static other(vp: Vp, descriptor: Descriptor, sp: number, level: number, ext: number): StackFrame {
    const code = (descriptor.selector & 0xfffc) | ext;
    return new StackFrame(vp, descriptor.base, descriptor.limit, descriptor.attributes, level === 3, sp, code);
  }

  /** Whether `count` pushes of `size` bytes would succeed; if not, the fault is recorded. */
  reserve(count: number, size: number): boolean {
    let sp = this.sp;
    for (let i = 0; i < count; i++) {
      sp = (sp - size) & this.mask;
      if (!this.#check(sp, size)) return false;
      if (!this.#vp.probeWrite((this.#base + sp) | 0, size, this.#user)) return false;
    }
    return true;
  }

  /** Pushes `value`; the room was reserved. A status other than 0 only where the page needs the instruction to run alone. */
  push(value: number, size: number): number {
    const sp = (this.sp - size) & this.mask;
    this.#vp.storeAs((this.#base + sp) | 0, size, value, this.#user);
    if (this.#vp.R[FAULT] === 0) this.sp = sp;
    return this.#vp.R[FAULT];
  }

  /** Writes `size` bytes at the top of the stack, whose room was reserved. */
  write(value: number, size: number): number {
    this.#vp.storeAs((this.#base + this.sp) | 0, size, value, this.#user);
    return this.#vp.R[FAULT];
  }

  /** Whether the element at the top could be written; if not, the fault is recorded. */
  probe(size: number): boolean {
    if (!this.#check(this.sp, size)) return false;
    return this.#vp.probeWrite((this.#base + this.sp) | 0, size, this.#user);
  }

  /** Reads the element of `size` bytes at `sp + offset`; check `R[FAULT]`. */
  peek(offset: number, size: number): number {
    return this.read(this.sp + offset, size);
  }

  /** Reads the element of `size` bytes at `offset` in the segment; check `R[FAULT]`. */
  read(offset: number, size: number): number {
    const at = offset & this.mask;
    if (!this.#check(at, size)) return 0;
    return this.#vp.loadAs((this.#base + at) | 0, size, this.#user);
  }

  /** Pops an element of `size` bytes; check `R[FAULT]`. */
  pop(size: number): number {
    const value = this.peek(0, size);
    if (this.#vp.R[FAULT] === 0) this.sp = (this.sp + size) & this.mask;
    return value;
  }

  /** Writes ESP, or SP alone for a 16-bit stack. Do this once SS holds the stack. */
  commit(): void {
    this.#vp.R[ESP] = (this.#vp.R[ESP] & ~this.mask) | (this.sp & this.mask);
  }

  /** Releases `bytes` more, as RET n does. */
  release(bytes: number): void {
    this.sp = (this.sp + bytes) & this.mask;
  }

  #check(offset: number, size: number): boolean {
    if (!withinLimit(this.#attributes, this.#limit, offset >>> 0, size)) {
      this.#vp.raise(VECTOR_SS, this.#errorCode);
      return false;
    }
    if (!this.#aligned || ((this.#base + offset) & (size - 1)) === 0) return true;
    this.#vp.raise(VECTOR_AC, 0);
    return false;
  }
}
