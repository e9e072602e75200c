import { ARITHMETIC, BIT_TESTS, CONDITIONS, FIXED, SHIFTS, STRINGS, UNARY, X87_MEMORY } from './opcodes.ts';
import type { Arithmetic, Condition, Fixed, Shift, StringOperation } from './opcodes.ts';
import type { Memory, Operand, Register, SpecialRegister, Value } from './operands.ts';

/** Thrown for an instruction or label that the assembler cannot encode. */
export class AssemblerError extends Error {
  override readonly name = 'AssemblerError';
}

/** A place where the address of a label has yet to be written. */
interface Fixup {
  readonly at: number;
  readonly size: 1 | 2 | 4;
  readonly label: string;
  /** Relative to the end of the field. */
  readonly relative: boolean;
}

const SEGMENT_PREFIX = [0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65];
/** rm of a 16-bit address by "base+index". */
const RM16: Readonly<Record<string, number>> = { '3+6': 0, '3+7': 1, '5+6': 2, '5+7': 3, '6': 4, '7': 5, '5': 6, '3': 7 };

/**
 * A small x86 assembler for test programs, 16 and 32 bits: methods append instructions, labels are strings, and
 * {@link bytes} resolves them. It knows what the programs of this package need and encodes it plainly; jumps and calls
 * are near unless they are asked to be short.
 */
export class Assembler {
  readonly origin: number;
  #bits: 16 | 32;
  readonly #code: number[] = [];
  readonly #labels: Map<string, number> = new Map();
  readonly #fixups: Fixup[] = [];

  constructor(bits: 16 | 32, origin: number) {
    this.#bits = bits;
    this.origin = origin;
  }

  /** Address of the next byte. */
  get here(): number {
    return this.origin + this.#code.length;
  }

  /** Size of the code segment that what follows will run in. */
  bits(bits: 16 | 32): this {
    this.#bits = bits;
    return this;
  }

  /** Names the address of the next byte. */
  label(name: string): this {
    if (this.#labels.has(name)) throw new AssemblerError(`label ${name} is defined twice`);
    this.#labels.set(name, this.here);
    return this;
  }

  /** Address of a label that has been defined. */
  addressOf(name: string): number {
    const address = this.#labels.get(name);
    if (address === undefined) throw new AssemblerError(`label ${name} is not defined`);
    return address;
  }

  /** Data bytes, or an instruction that the assembler does not know. */
  db(...bytes: readonly number[]): this {
    for (const value of bytes) this.#code.push(value & 0xff);
    return this;
  }

  /** 16-bit data. */
  dw(...values: readonly Value[]): this {
    for (const value of values) this.#value(value, 2);
    return this;
  }

  /** 32-bit data. */
  dd(...values: readonly Value[]): this {
    for (const value of values) this.#value(value, 4);
    return this;
  }

  /** Zeros up to the next multiple of `alignment`. */
  align(alignment: number): this {
    while (this.here % alignment !== 0) this.#code.push(0);
    return this;
  }

  /** `count` bytes of `value`. */
  fill(count: number, value: number = 0): this {
    for (let i = 0; i < count; i++) this.#code.push(value);
    return this;
  }

  /** Instructions of one fixed encoding, in the operand size of the segment. */
  op(...names: readonly Fixed[]): this {
    for (const name of names) this.db(...FIXED[name]);
    return this;
  }

  /** A string instruction of 2 or 4 bytes per element. */
  string(name: StringOperation, size: 2 | 4): this {
    this.#operandSize(size);
    return this.db(STRINGS[name]);
  }

  /** The REP or REPE prefix. */
  rep(): this {
    return this.db(0xf3);
  }

  /** The REPNE prefix. */
  repne(): this {
    return this.db(0xf2);
  }

  /** The LOCK prefix. */
  lock(): this {
    return this.db(0xf0);
  }

  mov(to: Operand, from: Operand): this {
    if (isSpecial(to) || isSpecial(from)) return this.#movSpecial(to, from);
    if (isRegister(to) && isValue(from)) {
      this.#operandSize(to.size);
      this.db((to.size === 1 ? 0xb0 : 0xb8) + to.number);
      return this.#value(from, to.size);
    }
    if (isValue(from)) return this.#rm([0xc6], 0, to, sizeOf(to)).#value(from, immediateSize(to));
    return this.#regRm(0x88, to, from);
  }

  /** ADD, OR, ADC, SBB, AND, SUB, XOR, CMP. */
  alu(name: Arithmetic, to: Operand, from: Operand): this {
    const digit = ARITHMETIC.indexOf(name);
    if (!isValue(from)) return this.#regRm(digit << 3, to, from);
    const size = sizeOf(to);
    if (size > 1 && typeof from === 'number' && from >= -128 && from < 128) return this.#wide([0x83], digit, to, size).#value(from, 1);
    return this.#rm([0x80], digit, to, size).#value(from, immediateSize(to));
  }

  /** A shift or rotate by an immediate, or by CL. */
  shift(name: Shift, to: Operand, count: number | 'cl'): this {
    const digit = SHIFTS.indexOf(name);
    if (count === 'cl') return this.#rm([0xd2], digit, to, sizeOf(to));
    return this.#rm([0xc0], digit, to, sizeOf(to)).db(count);
  }

  /** NOT, NEG, MUL, DIV, IDIV. */
  unary(name: keyof typeof UNARY, to: Operand): this {
    return this.#rm([0xf6], UNARY[name], to, sizeOf(to));
  }

  inc(to: Operand): this {
    return this.#rm([0xfe], 0, to, sizeOf(to));
  }

  dec(to: Operand): this {
    return this.#rm([0xfe], 1, to, sizeOf(to));
  }

  test(left: Operand, right: Operand): this {
    if (isValue(right)) return this.#rm([0xf6], 0, left, sizeOf(left)).#value(right, immediateSize(left));
    return this.#modify([0x84], right, left);
  }

  xchg(left: Operand, right: Register): this {
    return this.#modify([0x86], right, left);
  }

  /** IMUL register, register or memory. */
  imul(to: Register, from: Operand): this {
    return this.#wide([0x0f, 0xaf], to.number, from, to.size);
  }

  lea(to: Register, from: Memory): this {
    return this.#wide([0x8d], to.number, from, to.size);
  }

  movzx(to: Register, from: Register | Memory): this {
    return this.#wide([0x0f, from.size === 1 ? 0xb6 : 0xb7], to.number, from, to.size);
  }

  movsx(to: Register, from: Register | Memory): this {
    return this.#wide([0x0f, from.size === 1 ? 0xbe : 0xbf], to.number, from, to.size);
  }

  set(condition: Condition, to: Operand): this {
    return this.#wide([0x0f, 0x90 + CONDITIONS[condition]], 0, to, 1);
  }

  cmov(condition: Condition, to: Register, from: Operand): this {
    return this.#wide([0x0f, 0x40 + CONDITIONS[condition]], to.number, from, to.size);
  }

  /** BT, BTS, BTR or BTC with a register or an immediate bit offset. */
  bit(name: keyof typeof BIT_TESTS, to: Operand, offset: Register | number): this {
    const [opcode, digit] = BIT_TESTS[name];
    if (typeof offset === 'number') return this.#wide([0x0f, 0xba], digit, to, sizeOf(to)).db(offset);
    return this.#wide([0x0f, opcode], offset.number, to, offset.size);
  }

  bsf(to: Register, from: Operand): this {
    return this.#wide([0x0f, 0xbc], to.number, from, to.size);
  }

  bsr(to: Register, from: Operand): this {
    return this.#wide([0x0f, 0xbd], to.number, from, to.size);
  }

  shld(to: Operand, from: Register, count: number): this {
    return this.#wide([0x0f, 0xa4], from.number, to, from.size).db(count);
  }

  shrd(to: Operand, from: Register, count: number): this {
    return this.#wide([0x0f, 0xac], from.number, to, from.size).db(count);
  }

  cmpxchg(to: Operand, from: Register): this {
    return this.#modify([0x0f, 0xb0], from, to);
  }

  xadd(to: Operand, from: Register): this {
    return this.#modify([0x0f, 0xc0], from, to);
  }

  bswap(to: Register): this {
    this.#operandSize(to.size);
    return this.db(0x0f, 0xc8 + to.number);
  }

  push(from: Operand): this {
    if (isValue(from)) return this.db(0x68).#value(from, this.#bits === 16 ? 2 : 4);
    if (isRegister(from)) {
      this.#operandSize(from.size);
      return this.db(0x50 + from.number);
    }
    if (isSpecial(from)) return this.db(...[[0x06], [0x0e], [0x16], [0x1e], [0x0f, 0xa0], [0x0f, 0xa8]][from.number]!);
    return this.#wide([0xff], 6, from, from.size);
  }

  pop(to: Operand): this {
    if (isRegister(to)) {
      this.#operandSize(to.size);
      return this.db(0x58 + to.number);
    }
    if (isSpecial(to)) return this.db(...[[0x07], [], [0x17], [0x1f], [0x0f, 0xa1], [0x0f, 0xa9]][to.number]!);
    return this.#wide([0x8f], 0, to, sizeOf(to));
  }

  /** A near jump to a label, or through a register or memory. */
  jmp(to: string | Register | Memory): this {
    if (typeof to !== 'string') return this.#wide([0xff], 4, to, to.size);
    return this.db(0xe9).#relative(to);
  }

  /** A conditional near jump. */
  j(condition: Condition, label: string): this {
    return this.db(0x0f, 0x80 + CONDITIONS[condition]).#relative(label);
  }

  /** A short jump: `jmp`, `loop`, `loope`, `loopne`, `jcxz`, or a condition. */
  short(name: 'jmp' | 'loop' | 'loope' | 'loopne' | 'jcxz' | Condition, label: string): this {
    const opcodes: Readonly<Record<string, number>> = { jmp: 0xeb, loopne: 0xe0, loope: 0xe1, loop: 0xe2, jcxz: 0xe3 };
    this.db(opcodes[name] ?? 0x70 + CONDITIONS[name as Condition]);
    return this.#fix(label, 1, true);
  }

  call(to: string | Register | Memory): this {
    if (typeof to !== 'string') return this.#wide([0xff], 2, to, to.size);
    return this.db(0xe8).#relative(to);
  }

  /** RET n. */
  retn(count: number): this {
    return this.db(0xc2).#value(count, 2);
  }

  /** A far jump to selector:label, in the operand size given. */
  farJmp(selector: number, to: Value, size: 2 | 4): this {
    this.#operandSize(size);
    return this.db(0xea).#value(to, size).#value(selector, 2);
  }

  enter(bytes: number, level: number): this {
    return this.db(0xc8).#value(bytes, 2).db(level);
  }

  int(vector: number): this {
    return this.db(0xcd, vector);
  }

  /** IN AL, AX or EAX from an immediate port or DX. */
  in(to: Register, port: number | 'dx'): this {
    this.#operandSize(to.size);
    return port === 'dx' ? this.db(to.size === 1 ? 0xec : 0xed) : this.db(to.size === 1 ? 0xe4 : 0xe5, port);
  }

  /** OUT from AL, AX or EAX to an immediate port or DX. */
  out(port: number | 'dx', from: Register): this {
    this.#operandSize(from.size);
    return port === 'dx' ? this.db(from.size === 1 ? 0xee : 0xef) : this.db(from.size === 1 ? 0xe6 : 0xe7, port);
  }

  lgdt(from: Memory): this {
    return this.#wide([0x0f, 0x01], 2, from, this.#bits / 8);
  }

  lidt(from: Memory): this {
    return this.#wide([0x0f, 0x01], 3, from, this.#bits / 8);
  }

  invlpg(at: Memory): this {
    return this.#wide([0x0f, 0x01], 7, at, this.#bits / 8);
  }

  ltr(from: Register): this {
    return this.#wide([0x0f, 0x00], 3, from, this.#bits / 8);
  }

  /** An x87 load, store or control instruction with a memory operand, by its size. */
  x87(name: keyof typeof X87_MEMORY, memory: Memory): this {
    const forms: Readonly<Record<number, readonly [number, number]>> = X87_MEMORY[name];
    const form = forms[memory.size];
    if (form === undefined) throw new AssemblerError(`${name} has no form of ${memory.size} bytes`);
    return this.#wide([form[0]], form[1], memory, this.#bits / 8);
  }

  /** The assembled bytes, from {@link origin} on. */
  bytes(): Uint8Array {
    const out = Uint8Array.from(this.#code);
    const view = new DataView(out.buffer);
    for (const { at, size, label, relative } of this.#fixups) {
      const value = this.addressOf(label) - (relative ? this.origin + at + size : 0);
      if (size === 1) {
        if (value < -128 || value > 127) throw new AssemblerError(`short jump to ${label}: ${value} bytes away`);
        view.setInt8(at, value);
      } else if (size === 2) view.setUint16(at, value & 0xffff, true);
      else view.setUint32(at, value >>> 0, true);
    }
    return out;
  }

  #movSpecial(to: Operand, from: Operand): this {
    const specialFirst = isSpecial(to);
    const reg = (specialFirst ? to : from) as SpecialRegister;
    const rm = (specialFirst ? from : to) as Register | Memory;
    if (reg.kind === 'segment') return this.#wide([specialFirst ? 0x8e : 0x8c], reg.number, rm, specialFirst ? this.#bits / 8 : rm.size);
    const opcode = (reg.kind === 'control' ? 0x20 : 0x21) + (specialFirst ? 2 : 0);
    return this.db(0x0f, opcode, 0xc0 | (reg.number << 3) | (rm as Register).number);
  }

  /** Register and r/m in either order; `opcode` is the byte form that stores to r/m. */
  #regRm(opcode: number, to: Operand, from: Operand): this {
    if (isRegister(from)) return this.#modify([opcode], from, to);
    return this.#modify([opcode | 2], to as Register, from);
  }

  #modify(opcode: readonly number[], reg: Operand, rm: Operand): this {
    return this.#rm(opcode, (reg as Register).number, rm, sizeOf(reg));
  }

  /** An instruction whose opcode for wider operands is one more than that for bytes. */
  #rm(opcode: readonly number[], reg: number, rm: Operand, size: number): this {
    const last = opcode.length - 1;
    return this.#wide(size === 1 ? opcode : [...opcode.slice(0, last), opcode[last]! + 1], reg, rm, size);
  }

  #wide(opcode: readonly number[], reg: number, rm: Operand, size: number): this {
    if (isRegister(rm)) {
      this.#operandSize(size);
      return this.db(...opcode, 0xc0 | (reg << 3) | rm.number);
    }
    if (typeof rm !== 'object' || rm.kind !== 'memory') throw new AssemblerError('expected a register or memory operand');
    if (rm.segment) this.db(SEGMENT_PREFIX[rm.segment.number]!);
    const addressSize = (rm.base ?? rm.index)?.size ?? this.#bits / 8;
    if (addressSize !== this.#bits / 8) this.db(0x67);
    this.#operandSize(size);
    this.db(...opcode);
    return addressSize === 2 ? this.#address16(reg, rm) : this.#address32(reg, rm);
  }

  #address16(reg: number, { base, index, displacement = 0 }: Memory): this {
    if (!base && !index) return this.db((reg << 3) | 6).#value(displacement, 2);
    const numbers = [base, index].filter((part) => part !== undefined).map((part) => part.number);
    const rm = RM16[numbers.sort((a, b) => a - b).join('+')];
    if (rm === undefined) throw new AssemblerError(`no 16-bit address of registers ${numbers.join(' and ')}`);
    return this.db(0x80 | (reg << 3) | rm).#value(displacement, 2);
  }

  #address32(reg: number, { base, index, scale = 1, displacement = 0 }: Memory): this {
    if (!base && !index) return this.db((reg << 3) | 5).#value(displacement, 4);
    const sib = index !== undefined || base?.number === 4;
    const mod = base ? 0x80 : 0x00;
    if (sib) this.db(mod | (reg << 3) | 4, (Math.log2(scale) << 6) | ((index?.number ?? 4) << 3) | (base?.number ?? 5));
    else this.db(mod | (reg << 3) | base!.number);
    return this.#value(displacement, 4);
  }

  #operandSize(size: number): void {
    if (size !== 1 && size !== this.#bits / 8) this.db(0x66);
  }

  #relative(label: string): this {
    return this.#fix(label, this.#bits === 16 ? 2 : 4, true);
  }

  #value(value: Value, size: 1 | 2 | 4): this {
    if (typeof value === 'string') return this.#fix(value, size, false);
    for (let i = 0; i < size; i++) this.#code.push((value >> (8 * i)) & 0xff);
    return this;
  }

  #fix(label: string, size: 1 | 2 | 4, relative: boolean): this {
    this.#fixups.push({ at: this.#code.length, size, label, relative });
    return this.fill(size);
  }
}

function isRegister(operand: Operand): operand is Register {
  return typeof operand === 'object' && operand.kind === 'register';
}

function isSpecial(operand: Operand): operand is SpecialRegister {
  return typeof operand === 'object' && operand.kind !== 'register' && operand.kind !== 'memory';
}

function isValue(operand: Operand): operand is Value {
  return typeof operand !== 'object';
}

function sizeOf(operand: Operand): number {
  if (typeof operand === 'object' && (operand.kind === 'register' || operand.kind === 'memory')) return operand.size;
  throw new AssemblerError('an operand has no size');
}

function immediateSize(operand: Operand): 1 | 2 | 4 {
  const size = sizeOf(operand);
  if (size !== 1 && size !== 2 && size !== 4) throw new AssemblerError(`an immediate of ${size} bytes`);
  return size;
}
