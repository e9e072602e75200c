import { lane32 } from '@ringzero/x86';
import type { Address, Builder, Value } from '../ir/builder.ts';
import type { Expression } from '../ir/nodes.ts';
import { SCRATCH } from '../vp/lanes.ts';
import { BIAS, FSW_C1, FSW_CODES, FSW_EXCEPTIONS, FSW_PE, X87_ADD, X87_DIVIDE, X87_DIVIDE_REVERSE, X87_MULTIPLY, X87_SUBTRACT, X87_SUBTRACT_REVERSE } from '../x87/constants.ts';
import { NEGATE_A, NEGATE_B } from '../x87/numbers.ts';
import { all } from './sse-ordinary.ts';

/*
 * What x87 instructions do on full registers that hold normal numbers, with every exception masked: engines see through it,
 * and keep TOP, tags and status in locals. Everything else goes to the unit, which knows every case.
 */

const FCW = lane32('fcw');
const FSW = lane32('fsw');
const FTW = lane32('ftw');
const ST = lane32('st');
const TOP_BIT = -0x80000000;
const SIGN_BIT = 0x8000;
/** Rounding control in FCW; 0 is to nearest. */
const FCW_RC = 0x0c00;

/** Number of the physical register that is ST(i). */
export function physical(b: Builder, i: Value): Expression {
  return b.let(b.and(b.add(b.top, i), 7));
}

function lane(b: Builder, register: Expression): Expression {
  return b.add(b.shl(register, 2), ST);
}

/** Not 0 if one of the registers is empty. */
function empty(b: Builder, ...registers: readonly Expression[]): Expression {
  return b.and(b.lane(FTW), registers.map((p) => b.shl(1, p)).reduce((x, y) => b.or(x, y)));
}

/** Reports flags, of which C1 is one. */
function report(b: Builder, flags: Value): void {
  b.setLane(FSW, b.or(b.and(b.lane(FSW), ~FSW_C1), flags));
}

/** Frees ST(0), and moves TOP. */
function pop(b: Builder): void {
  b.setLane(FTW, b.or(b.lane(FTW), b.shl(1, b.top)));
  b.setTop(b.and(b.add(b.top, 1), 7));
}

/** A number as a register holds it. */
export interface Parts {
  readonly low: Value;
  readonly high: Value;
  readonly signExponent: Value;
  /** Whether it is one that a register holds like this. */
  readonly isNormal: Expression;
}

/** The words of a memory operand, as the number that they are. */
export function fromDouble(b: Builder, [low, high]: readonly Expression[]): Parts {
  const exponent = b.let(b.and(b.shr(high!, 20), 0x7ff));
  return {
    low: b.shl(low!, 11),
    high: b.or(b.or(b.shl(high!, 11), b.shr(low!, 21)), TOP_BIT),
    signExponent: b.or(b.and(b.shr(high!, 16), SIGN_BIT), b.add(exponent, BIAS - 1023)),
    isNormal: b.compare('gt', b.and(b.add(exponent, 1), 0x7ff), 1),
  };
}

export function fromSingle(b: Builder, [bits]: readonly Expression[]): Parts {
  const exponent = b.let(b.and(b.shr(bits!, 23), 0xff));
  return {
    low: 0,
    high: b.or(b.shl(bits!, 8), TOP_BIT),
    signExponent: b.or(b.and(b.shr(bits!, 16), SIGN_BIT), b.add(exponent, BIAS - 127)),
    isNormal: b.compare('gt', b.and(b.add(exponent, 1), 0xff), 1),
  };
}

export function fromInteger(b: Builder, [value]: readonly Expression[]): Parts {
  const sign = b.let(b.sar(value!, 31));
  const magnitude = b.let(b.sub(b.xor(value!, sign), sign));
  const shift = b.let(b.unary('clz', magnitude));
  return {
    low: 0,
    high: b.shl(magnitude, shift),
    signExponent: b.or(b.and(sign, SIGN_BIT), b.sub(BIAS + 31, shift)),
    isNormal: b.ne(value!, 0),
  };
}

/** Pushes a number, if ST(7) is free. */
export function pushNumber(b: Builder, { low, high, signExponent, isNormal }: Parts, otherwise: () => void): void {
  const p = physical(b, -1);
  b.if(b.and(isNormal, b.ne(empty(b, p), 0)), () => {
    b.setStack(p, 0, low);
    b.setStack(p, 1, high);
    b.setStack(p, 2, signExponent);
    occupy(b, p);
    b.setTop(p);
    report(b, 0);
  }, otherwise);
}

function occupy(b: Builder, p: Expression): void {
  b.setLane(FTW, b.and(b.lane(FTW), b.not(b.shl(1, p))));
}

/** FLD1, FLDZ. */
export function pushConstant(b: Builder, signExponent: number, high: number, otherwise: () => void): void {
  pushNumber(b, { low: 0, high, signExponent, isNormal: b.eq(0, 0) }, otherwise);
}

function copy(b: Builder, to: Expression, from: Expression): void {
  for (const part of [0, 1, 2] as const) b.setStack(to, part, b.stack(from, part));
}

/** FLD ST(i). */
export function pushRegister(b: Builder, i: Value, otherwise: () => void): void {
  const p = physical(b, -1);
  const from = physical(b, i);
  b.if(b.and(b.ne(empty(b, p), 0), b.eq(empty(b, from), 0)), () => {
    copy(b, p, from);
    occupy(b, p);
    b.setTop(p);
    report(b, 0);
  }, otherwise);
}

/** FST and FSTP ST(i). */
export function storeRegister(b: Builder, i: Value, pops: number, otherwise: () => void): void {
  const p = physical(b, 0);
  const to = physical(b, i);
  b.if(b.eq(empty(b, p), 0), () => {
    copy(b, to, p);
    occupy(b, to);
    report(b, 0);
    if (pops !== 0) pop(b);
  }, otherwise);
}

/** FXCH. */
export function exchange(b: Builder, i: Value, otherwise: () => void): void {
  const p = physical(b, 0);
  const r = physical(b, i);
  b.if(b.eq(empty(b, p, r), 0), () => {
    const held = ([0, 1, 2] as const).map((part) => b.let(b.stack(p, part)));
    copy(b, p, r);
    for (const part of [0, 1, 2] as const) b.setStack(r, part, held[part]!);
    report(b, 0);
  }, otherwise);
}

/** FCHS, FABS: what becomes of sign and exponent. */
export function changeSign(b: Builder, change: (signExponent: Expression) => Expression, otherwise: () => void): void {
  const p = physical(b, 0);
  b.if(b.eq(empty(b, p), 0), () => {
    b.setStack(p, 2, change(b.stack(p, 2)));
    report(b, 0);
  }, otherwise);
}

/** `to op from` (reversed kinds: `from op to`), lanes, to lane `to`. The result is flags, or negative if it was refused. */
function compute(b: Builder, kind: number, to: Expression, from: Expression, refused: Expression): Expression {
  switch (kind) {
    case X87_MULTIPLY:
      return b.unitValue('x87', 'multiply', [to, to, from, refused]);
    case X87_DIVIDE:
      return b.unitValue('x87', 'divide', [to, to, from, refused]);
    case X87_DIVIDE_REVERSE:
      return b.unitValue('x87', 'divide', [to, from, to, refused]);
    case X87_ADD:
    case X87_SUBTRACT:
    case X87_SUBTRACT_REVERSE:
      return b.unitValue('x87', 'add', [to, to, from, refused, kind === X87_ADD ? 0 : kind === X87_SUBTRACT ? NEGATE_B : NEGATE_A]);
    default:
      throw new RangeError(`x87 operation ${kind} is not one of constants.ts`);
  }
}

/** ST(destination) = ST(destination) op ST(source), and a pop. */
export function operateRegisters(b: Builder, kind: number, destination: Value, source: Value, pops: number, otherwise: () => void): void {
  const to = physical(b, destination);
  const from = physical(b, source);
  const flags = compute(b, kind, lane(b, to), lane(b, from), empty(b, to, from));
  b.if(b.compare('ge', flags, 0), () => {
    report(b, flags);
    if (pops !== 0) pop(b);
  }, otherwise);
}

/** FSQRT. */
export function squareRoot(b: Builder, otherwise: () => void): void {
  const p = physical(b, 0);
  const flags = b.unitValue('x87', 'squareRoot', [lane(b, p), lane(b, p), empty(b, p)]);
  b.if(b.compare('ge', flags, 0), () => report(b, flags), otherwise);
}

/** Puts a number where arithmetic finds it; the result says whether it cannot serve, or a register is empty. */
function place(b: Builder, { low, high, signExponent, isNormal }: Parts, register: Expression): Expression {
  b.setWord(SCRATCH, 0, low);
  b.setWord(SCRATCH, 4, high);
  b.setWord(SCRATCH, 8, signExponent);
  return b.or(empty(b, register), b.xor(isNormal, 1));
}

/** ST(0) = ST(0) op a number. */
export function operateNumber(b: Builder, kind: number, number: Parts, otherwise: () => void): void {
  const to = physical(b, 0);
  const refused = place(b, number, to);
  const flags = compute(b, kind, lane(b, to), b.const(SCRATCH >> 2), refused);
  b.if(b.compare('ge', flags, 0), () => report(b, flags), otherwise);
}

/** Condition codes of ST(0) against a register or a number, to `use`. */
function order(b: Builder, other: Value | Parts, use: (codes: Expression) => void, otherwise: () => void): void {
  const p = physical(b, 0);
  let codes: Expression;
  if (typeof other === 'object' && 'isNormal' in other) codes = b.unitValue('x87', 'order', [lane(b, p), SCRATCH >> 2, place(b, other, p)]);
  else {
    const r = physical(b, other);
    codes = b.unitValue('x87', 'order', [lane(b, p), lane(b, r), empty(b, p, r)]);
  }
  b.if(b.compare('ge', codes, 0), () => use(codes), otherwise);
}

/** FCOM, FUCOM and their like. */
export function compareNumbers(b: Builder, other: Value | Parts, pops: number, otherwise: () => void): void {
  order(b, other, (codes) => {
    b.setLane(FSW, b.or(b.and(b.lane(FSW), ~(FSW_CODES | FSW_C1)), codes));
    for (let i = 0; i < pops; i++) pop(b);
  }, otherwise);
}

/** FCOMI and its like: C1 stays. */
export function compareToFlags(b: Builder, i: Value, pops: number, otherwise: () => void): void {
  order(b, i, (codes) => {
    // C3 and C0 sit eight bits above ZF and CF.
    b.setFlags('word', 32, 0, b.shr(codes, 8));
    if (pops !== 0) pop(b);
  }, otherwise);
}

/** FST and FSTP m32 or m64: rounded to nearest into the format's normal numbers. The carry out of the fraction runs into the exponent. */
export function storeNumber(b: Builder, address: Address, pops: number, otherwise: () => void): void {
  const isDouble = address.size === 8;
  const p = physical(b, 0);
  const [low, high, signExponent] = ([0, 1, 2] as const).map((part) => b.let(b.stack(p, part))) as [Expression, Expression, Expression];
  const exponent = b.let(b.sub(b.and(signExponent, 0x7fff), BIAS - (isDouble ? 1023 : 127)));
  const inRange = b.compare('ltu', b.sub(exponent, 1), isDouble ? 0x7fd : 0xfd);
  const isPlain = b.eq(b.and(b.lane(FCW), FCW_RC | FSW_EXCEPTIONS), FSW_EXCEPTIONS);
  b.if(all(b, [b.eq(empty(b, p), 0), b.compare('lt', high, 0), inRange, isPlain]), () => {
    const sign = b.shl(b.and(signExponent, SIGN_BIT), 16);
    // What is cut off: bit 31 is one half, the lowest is sticky.
    const rest = b.let(isDouble ? b.shl(low, 21) : b.or(b.shl(high, 24), b.ne(low, 0)));
    const last = b.let(isDouble ? b.or(b.shr(low, 11), b.shl(high, 21)) : b.or(sign, b.add(b.shl(exponent, 23), b.and(b.shr(high, 8), 0x7fffff))));
    const up = b.let(b.and(b.shr(rest, 31), b.or(b.ne(b.shl(rest, 1), 0), b.and(last, 1))));
    const rounded = b.let(b.add(last, up));
    if (!isDouble) b.store(address, 32, rounded);
    else b.storePair(address, rounded, b.add(b.or(sign, b.add(b.shl(exponent, 20), b.and(b.shr(high, 11), 0xfffff))), b.and(up, b.eq(rounded, 0))));
    report(b, b.select(b.ne(rest, 0), b.or(b.shl(up, 9), FSW_PE), 0));
    if (pops !== 0) pop(b);
  }, otherwise);
}
