import type { ArithmeticOperator, CompareOperator, Expression, FieldName, FloatCompareOperator, FloatExpression, FloatOperator, Statement, UnaryOperator } from './nodes.ts';
import { mapExpressions } from './traverse.ts';

/** Value of an arithmetic operator on int32. */
export function arithmetic(op: ArithmeticOperator, a: number, b: number): number {
  switch (op) {
    case 'add':
      return (a + b) | 0;
    case 'sub':
      return (a - b) | 0;
    case 'mul':
      return Math.imul(a, b);
    case 'and':
      return a & b;
    case 'or':
      return a | b;
    case 'xor':
      return a ^ b;
    case 'shl':
      return a << b;
    case 'shr':
      return (a >>> b) | 0;
    case 'sar':
      return a >> b;
  }
}

export function unary(op: UnaryOperator, a: number): number {
  switch (op) {
    case 'not':
      return ~a;
    case 'neg':
      return -a | 0;
    case 'sext8':
      return (a << 24) >> 24;
    case 'sext16':
      return (a << 16) >> 16;
    case 'zext8':
      return a & 0xff;
    case 'zext16':
      return a & 0xffff;
    case 'clz':
      return Math.clz32(a);
  }
}

export function compare(op: CompareOperator, a: number, b: number): boolean {
  switch (op) {
    case 'eq':
      return a === b;
    case 'ne':
      return a !== b;
    case 'lt':
      return a < b;
    case 'le':
      return a <= b;
    case 'gt':
      return a > b;
    case 'ge':
      return a >= b;
    case 'ltu':
      return a >>> 0 < b >>> 0;
    case 'leu':
      return a >>> 0 <= b >>> 0;
    case 'gtu':
      return a >>> 0 > b >>> 0;
    case 'geu':
      return a >>> 0 >= b >>> 0;
  }
}

export function floatArithmetic(op: FloatOperator, a: number, b: number): number {
  return op === 'add' ? a + b : op === 'sub' ? a - b : op === 'mul' ? a * b : a / b;
}

export function floatCompare(op: FloatCompareOperator, a: number, b: number): boolean {
  switch (op) {
    case 'eq':
      return a === b;
    case 'ne':
      return a !== b;
    case 'lt':
      return a < b;
    case 'le':
      return a <= b;
    case 'gt':
      return a > b;
    case 'ge':
      return a >= b;
  }
}

function constant(value: number): Expression {
  return { k: 'const', value };
}

function foldBinary(op: ArithmeticOperator, a: Expression, b: Expression): Expression {
  if (a.k === 'const' && b.k === 'const') return constant(arithmetic(op, a.value, b.value));
  const left = a.k === 'const' ? a.value : undefined;
  const right = b.k === 'const' ? b.value : undefined;
  switch (op) {
    case 'and':
      if (left === 0 || right === 0) return constant(0);
      if (left === -1) return b;
      if (right === -1) return a;
      break;
    case 'or':
    case 'xor':
    case 'add':
      if (left === 0) return b;
      if (right === 0) return a;
      break;
    case 'sub':
      if (right === 0) return a;
      break;
    case 'shl':
    case 'shr':
    case 'sar':
      if (right !== undefined && (right & 31) === 0) return a;
      break;
    case 'mul':
      break;
  }
  return { k: 'binary', op, a, b };
}

/** Simplifies `e`, with the fields that `known` gives as constants. */
export function fold(e: Expression, known: (name: FieldName) => number | undefined): Expression {
  switch (e.k) {
    case 'field': {
      const value = known(e.name);
      return value === undefined ? e : constant(value);
    }
    case 'unary': {
      const a = fold(e.a, known);
      return a.k === 'const' ? constant(unary(e.op, a.value)) : { k: 'unary', op: e.op, a };
    }
    case 'binary':
      return foldBinary(e.op, fold(e.a, known), fold(e.b, known));
    case 'compare': {
      const a = fold(e.a, known);
      const b = fold(e.b, known);
      return a.k === 'const' && b.k === 'const' ? constant(compare(e.op, a.value, b.value) ? 1 : 0) : { k: 'compare', op: e.op, a, b };
    }
    case 'select': {
      const c = fold(e.c, known);
      if (c.k === 'const') return fold(c.value !== 0 ? e.a : e.b, known);
      return { k: 'select', c, a: fold(e.a, known), b: fold(e.b, known) };
    }
    case 'pure':
      return { k: 'pure', name: e.name, args: e.args.map((a) => fold(a, known)) };
    case 'stack':
      return { k: 'stack', physical: fold(e.physical, known), part: e.part };
    case 'word':
      return { k: 'word', at: fold(e.at, known), offset: fold(e.offset, known) };
    case 'floatCompare':
      return { k: 'floatCompare', op: e.op, a: foldFloat(e.a, known), b: foldFloat(e.b, known) };
    case 'fact':
      return { ...e, at: fold(e.at, known), test: fold(e.test, known) };
    case 'truncate':
      return { k: 'truncate', a: foldFloat(e.a, known) };
    default:
      return e;
  }
}

/** Simplifies the integer parts of `e`. */
export function foldFloat(e: FloatExpression, known: (name: FieldName) => number | undefined): FloatExpression {
  switch (e.k) {
    case 'double':
    case 'single':
      return { k: e.k, at: fold(e.at, known), offset: e.offset };
    case 'floatBinary':
      return { k: 'floatBinary', op: e.op, a: foldFloat(e.a, known), b: foldFloat(e.b, known) };
    case 'floatUnary':
      return { k: 'floatUnary', op: e.op, a: foldFloat(e.a, known) };
    case 'fromInteger':
      return { k: 'fromInteger', a: fold(e.a, known) };
    default:
      return e;
  }
}

/** A statement with its expressions, and those of statements inside it, simplified. */
export function foldStatement(s: Statement, known: (name: FieldName) => number | undefined): Statement {
  const folded = mapExpressions(s, (e) => fold(e, known));
  if (folded.k !== 'if') return folded;
  return { ...folded, then: folded.then.map((each) => foldStatement(each, known)), otherwise: folded.otherwise.map((each) => foldStatement(each, known)) };
}
