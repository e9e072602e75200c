import { Assembler, al, ax, ds, dword, eax, es, esp, fs, gs, segmentDescriptor, ss, type Value } from '@ringzero/conformance';
import { CR0_ET, CR0_PE, EFLAGS_FIXED, EFLAGS_VM } from '@ringzero/x86';
import { handlers, stubOf } from './handlers.ts';
import * as at from './layout.ts';

/** Types of gates and other system descriptors (SDM vol. 3A table 3-2). */
export const TYPE = { tss16: 1, ldt: 2, callGate16: 4, taskGate: 5, interruptGate16: 6, trapGate16: 7, tss32: 9, callGate32: 12, interruptGate32: 14, trapGate32: 15 } as const;

export interface Gate {
  readonly type: number;
  /** Label or offset in the segment of the selector. */
  readonly target?: Value;
  readonly selector?: number;
  readonly dpl?: number;
  readonly isAbsent?: boolean;
  /** Words that a call gate copies. */
  readonly parameters?: number;
}

/** What a transfer to ring 3, virtual-8086 mode or another ring starts with. */
export interface Entrance {
  readonly code?: number;
  readonly data?: number;
  readonly stack?: number;
  readonly eflags?: number;
}

const PRESENT = 0x80;
const FLAT_LIMIT = 0xf_ffff;
const FLAT = 0xc;
const GDT_POINTER: number = at.START + 0x80;
const IDT_POINTER: number = at.START + 0x88;
const PROLOGUE: number = at.START + 0x100;
const BITMAP_OFFSET = 0x68;
const HANDLER_BYTES: Uint8Array = handlers().bytes();

/** A program under construction: its memory, descriptors, and the code that it runs. */
export class World {
  /** The program, at {@link at.CODE}. */
  readonly a: Assembler;
  readonly #memory = new Uint8Array(at.WINDOW_BYTES);
  readonly #view = new DataView(this.#memory.buffer);
  readonly #later: (() => void)[] = [];
  readonly #bits: 16 | 32;
  #labels = 0;
  #selector = at.FREE_SELECTOR;

  constructor(bits: 16 | 32) {
    this.#bits = bits;
    this.a = new Assembler(bits, at.CODE);
    if (bits === 32) this.#tables();
    this.#boot();
    this.put(at.LOG, at.LOG_ENTRIES);
    this.put(at.RESUME, 'end');
  }

  /** A label that no other has. */
  fresh(): string {
    return `#${this.#labels++}`;
  }

  /** 32-bit words of memory, before the program starts. */
  put(address: number, ...values: readonly Value[]): this {
    values.forEach((value, i) => this.#later.push(() => this.#view.setUint32(address + 4 * i, this.#resolve(value) >>> 0, true)));
    return this;
  }

  put16(address: number, ...values: readonly Value[]): this {
    values.forEach((value, i) => this.#later.push(() => this.#view.setUint16(address + 2 * i, this.#resolve(value) & 0xffff, true)));
    return this;
  }

  bytes(address: number, bytes: Uint8Array): this {
    this.#memory.set(bytes, address);
    return this;
  }

  /** A segment in the GDT; its selector. `access` is the type with S, DPL and P; `flags` are G, D/B, L and AVL. */
  segment(access: number, { base = 0, limit = FLAT_LIMIT, flags = FLAT, selector = this.#nextSelector() } = {}): number {
    this.put(at.GDT + (selector & ~7), ...segmentDescriptor(base, limit, access, flags));
    return selector;
  }

  /** A gate in the GDT; its selector. */
  gateSegment(gate: Gate, selector: number = this.#nextSelector()): number {
    this.#gate(at.GDT + (selector & ~7), gate);
    return selector;
  }

  /** A gate of the IDT. */
  interrupt(vector: number, gate: Gate): this {
    this.#gate(at.IDT + 8 * vector, gate);
    return this;
  }

  /** Code whose exceptions, and whose end, go on behind it. */
  attempt(code: (a: Assembler) => void): this {
    const next = this.fresh();
    this.a.mov(dword(at.RESUME), next);
    code(this.a);
    this.a.label(next);
    return this;
  }

  /** Code in ring 3, or in what the entrance says; it ends with {@link at.RETURN_VECTOR} or an exception. */
  outside(code: (a: Assembler) => void, { code: codeSelector = at.USER_CODE, data = at.USER_DATA, stack = at.USER_STACK, eflags = EFLAGS_FIXED }: Entrance = {}): this {
    const entry = this.fresh();
    return this.attempt((a) => {
      a.mov(ax, data).mov(ds, ax).mov(es, ax).mov(fs, ax).mov(gs, ax);
      a.push(data).push(stack).push(eflags).push(codeSelector).push(entry).op('iret');
      a.label(entry);
      code(a);
      a.int(at.RETURN_VECTOR);
    });
  }

  /** 16-bit code in virtual-8086 mode, in segments of {@link at.CODE} and {@link at.DATA}. */
  virtual8086(code: (a: Assembler) => void, eflags: number = 0): this {
    const entry = this.fresh();
    const data = at.DATA >> 4;
    return this.attempt((a) => {
      a.push(data).push(data).push(data).push(data).push(data).push(at.STACK16).push(eflags | EFLAGS_VM | EFLAGS_FIXED).push(at.CODE >> 4);
      a.mov(eax, entry).alu('and', eax, 0xffff).push(eax).op('iret');
      a.bits(16).label(entry);
      code(a);
      a.int(at.RETURN_VECTOR).bits(32);
    });
  }

  /** The memory that the program starts with, and the address at which it has ended. */
  finish(): { readonly image: Uint8Array; readonly end: number; readonly entry: number } {
    this.a.label('end').short('jmp', 'end');
    for (const write of this.#later) write();
    this.bytes(at.CODE, this.a.bytes());
    return { image: this.#memory, end: this.a.addressOf('end'), entry: at.CODE };
  }

  #resolve(value: Value): number {
    return typeof value === 'number' ? value : this.a.addressOf(value);
  }

  #nextSelector(): number {
    const selector = this.#selector;
    this.#selector += 8;
    return selector;
  }

  #gate(address: number, { type, target = 0, selector = at.KERNEL_CODE, dpl = 0, isAbsent = false, parameters = 0 }: Gate): void {
    this.#later.push(() => {
      const offset = this.#resolve(target);
      this.#view.setUint32(address, ((selector << 16) | (offset & 0xffff)) >>> 0, true);
      this.#view.setUint32(address + 4, ((offset & 0xffff_0000) | (((isAbsent ? 0 : PRESENT) | (dpl << 5) | type) << 8) | parameters) >>> 0, true);
    });
  }

  #tables(): void {
    this.segment(0x9b, { selector: at.KERNEL_CODE });
    this.segment(0x93, { selector: at.KERNEL_DATA });
    this.segment(0xfb, { selector: at.USER_CODE });
    this.segment(0xf3, { selector: at.USER_DATA });
    this.segment(PRESENT | TYPE.tss32, { base: at.TSS, limit: at.TSS_LIMIT, flags: 0, selector: at.TASK });
    this.segment(0x9b, { base: at.CODE, limit: 0xffff, flags: 0, selector: at.CODE16 });
    this.segment(0x93, { base: at.DATA, limit: 0xffff, flags: 0, selector: at.DATA16 });
    this.segment(PRESENT | TYPE.ldt, { base: at.LDT, limit: at.LDT_LIMIT, flags: 0, selector: at.LOCAL_TABLE });
    this.segment(0xbb, { selector: at.CODE1 });
    this.segment(0xb3, { selector: at.DATA1 });
    this.segment(0xdb, { selector: at.CODE2 });
    this.segment(0xd3, { selector: at.DATA2 });
    for (let vector = 0; vector < at.VECTORS; vector++) this.interrupt(vector, { type: TYPE.interruptGate32, target: stubOf(vector), dpl: vector === at.RETURN_VECTOR ? 3 : 0 });
    this.put(at.TSS + 4, at.INNER_STACK, at.KERNEL_DATA, at.STACK1, at.DATA1, at.STACK2, at.DATA2);
    this.put16(at.TSS + 0x66, BITMAP_OFFSET).put(at.TSS + at.TSS_LIMIT, 0xff);
    this.bytes(at.HANDLERS, HANDLER_BYTES);
  }

  /** From real mode to the program: into protected mode with flat segments and a task, or to a program in real mode. */
  #boot(): void {
    const a = new Assembler(16, at.START);
    const isReal = this.#bits === 16;
    if (!isReal) a.lgdt(dword(GDT_POINTER)).lidt(dword(IDT_POINTER));
    // MOV CR0 takes 32 bits in any mode.
    a.mov(eax, isReal ? CR0_ET : CR0_ET | CR0_PE).db(0x0f, 0x22, 0xc0);
    if (isReal) a.mov(eax, at.DATA >> 4).mov(ds, ax).mov(es, ax).mov(ss, ax).mov(esp, at.STACK16).farJmp(at.CODE >> 4, 0, 2);
    else a.farJmp(at.KERNEL_CODE, PROLOGUE, 2);
    this.bytes(at.START, a.bytes());
    if (isReal) return;
    this.put16(GDT_POINTER, at.GDT_LIMIT).put(GDT_POINTER + 2, at.GDT).put16(IDT_POINTER, at.IDT_LIMIT).put(IDT_POINTER + 2, at.IDT);
    const b = new Assembler(32, PROLOGUE).mov(eax, at.TASK).ltr(ax).mov(eax, at.KERNEL_DATA);
    for (const register of [ds, es, fs, gs, ss]) b.mov(register, ax);
    b.mov(esp, at.STACK).mov(al, 0).farJmp(at.KERNEL_CODE, at.CODE, 4);
    this.bytes(PROLOGUE, b.bytes());
  }
}
