import type { CompareOperator, Expression, FloatExpression, Statement } from '../ir/nodes.ts';
import { fold, foldFloat } from '../ir/fold.ts';
import { doubleAt, singleAt, stackAt, stateAt } from './state-access.ts';
import type { Target } from './target.ts';

const COMPARISONS: Readonly<Record<CompareOperator, readonly [operator: string, unsigned: boolean]>> = {
  eq: ['===', false], ne: ['!==', false], lt: ['<', false], le: ['<=', false], gt: ['>', false], ge: ['>=', false],
  ltu: ['<', true], leu: ['<=', true], gtu: ['>', true], geu: ['>=', true],
};

const FLOAT_OPERATORS = { add: '+', sub: '-', mul: '*', div: '/' } as const;
const FLOAT_FUNCTIONS = { abs: 'Math.abs', sqrt: 'Math.sqrt', single: 'Math.fround' } as const;
const SIMPLE_OPERATORS = { and: '&', or: '|', xor: '^', shl: '<<', sar: '>>' } as const;

/** Translates IR into JavaScript source for a {@link Target}. */
export class Emitter {
  readonly #target: Target;

  constructor(target: Target) {
    this.#target = target;
  }

  /** An expression of int32 type. */
  int(expression: Expression): string {
    return this.#int(this.#fold(expression));
  }

  /** A boolean expression: whether the value is not 0. */
  bool(expression: Expression): string {
    return this.#bool(this.#fold(expression));
  }

  /** Source of the statements, one line each. */
  statements(statements: readonly Statement[]): string {
    return lines(...statements.map((s) => this.#statement(s)));
  }

  #fold(e: Expression): Expression {
    return fold(e, (name) => this.#target.constant(name));
  }

  #int(e: Expression): string {
    const t = this.#target;
    switch (e.k) {
      case 'const':
        return e.value < 0 ? `(${e.value})` : `${e.value}`;
      case 'temp':
        return t.temp(e.id);
      case 'field':
        return t.field(e.name);
      case 'reg':
        return t.register(e.slot, e.width);
      case 'lane':
        return t.lane(e.lane);
      case 'unary':
        return this.#unary(e.op, this.#int(e.a));
      case 'binary':
        return this.#binary(e);
      case 'compare':
      case 'condition':
      case 'floatCompare':
        return `(${this.#bool(e)} ? 1 : 0)`;
      case 'fact':
        return `(${this.#bool(e)} ? 1 : 0)`;
      case 'truncate':
        return `(${this.#float(e.a)} | 0)`;
      case 'select':
        return `(${this.#bool(e.c)} ? ${this.#int(e.a)} : ${this.#int(e.b)})`;
      case 'carry':
        return t.carry();
      case 'flags':
        return t.flags();
      case 'pure':
        return `${e.name}(${e.args.map((a) => this.#int(a)).join(', ')})`;
      case 'ea':
        return t.effectiveAddress();
      case 'linear':
        return t.linear(e.address);
      case 'vector':
        return t.vector(e.slot, e.file);
      case 'word':
        return this.#word(e.at, e.offset);
      case 'top':
        return t.top();
      case 'stack':
        return stackAt(this.#int(e.physical), e.part);
    }
  }

  #float(e: FloatExpression): string {
    switch (e.k) {
      case 'floatConst':
        return `${e.value}`;
      case 'floatTemp':
        return this.#target.floatTemp(e.id);
      case 'double':
        return doubleAt(this.#int(e.at), e.offset);
      case 'single':
        return singleAt(this.#int(e.at), e.offset);
      case 'floatBinary':
        return `(${this.#float(e.a)} ${FLOAT_OPERATORS[e.op]} ${this.#float(e.b)})`;
      case 'floatUnary':
        return `${FLOAT_FUNCTIONS[e.op]}(${this.#float(e.a)})`;
      case 'fromInteger':
        return this.#int(e.a);
    }
  }

  #foldedFloat(e: FloatExpression): string {
    return this.#float(foldFloat(e, (name) => this.#target.constant(name)));
  }

  /** Where the place is known when the text is emitted, an index that is a number. */
  #word(at: Expression, offset: Expression): string {
    if (offset.k === 'const') return stateAt(32, this.#int(at), offset.value);
    const [start, rest] = [this.#int(at), this.#int(offset)];
    return `R[${start} + ${rest} >> 2]`;
  }

  #setWord(at: Expression, offset: Expression, value: string): string {
    const start = this.#int(at);
    const isConstant = offset.k === 'const' && /^\d+$/.test(start);
    this.#target.changed(isConstant ? `${Number(start) + offset.value}` : `${start} + ${this.#int(offset)}`, 4);
    return `${this.#word(at, offset)} = ${value};`;
  }

  #unary(op: string, a: string): string {
    switch (op) {
      case 'not':
        return `(~${a})`;
      case 'neg':
        return `(-${a} | 0)`;
      case 'sext8':
        return `(${a} << 24 >> 24)`;
      case 'sext16':
        return `(${a} << 16 >> 16)`;
      case 'zext8':
        return `(${a} & 255)`;
      case 'zext16':
        return `(${a} & 65535)`;
      default:
        return `Math.clz32(${a})`;
    }
  }

  #binary(e: Extract<Expression, { k: 'binary' }>): string {
    const a = this.#int(e.a);
    const b = this.#int(e.b);
    switch (e.op) {
      case 'add':
        // Places in the state: a register's, which the target knows, and a part of it.
        return /^\d+$/.test(a) && /^\d+$/.test(b) ? `${(Number(a) + Number(b)) | 0}` : `(${a} + ${b} | 0)`;
      case 'sub':
        return `(${a} - ${b} | 0)`;
      case 'mul':
        return `Math.imul(${a}, ${b})`;
      case 'shr':
        // A count that is a constant other than 0 already gives a non-negative int32.
        return e.b.k === 'const' ? `(${a} >>> ${b})` : `(${a} >>> ${b} | 0)`;
      default:
        return `(${a} ${SIMPLE_OPERATORS[e.op]} ${b})`;
    }
  }

  #bool(e: Expression): string {
    switch (e.k) {
      case 'const':
        return e.value !== 0 ? 'true' : 'false';
      case 'condition':
        return this.#target.condition(e.code);
      case 'compare': {
        const inner = this.#asBoolean(e);
        if (inner !== undefined) return inner;
        const [operator, unsigned] = COMPARISONS[e.op];
        const suffix = unsigned ? ' >>> 0' : '';
        return `(${this.#int(e.a)}${suffix} ${operator} ${this.#int(e.b)}${suffix})`;
      }
      case 'fact':
        return this.#target.fact(e.about, this.#int(e.at), e.offset, e.isDouble, () => this.#bool(e.test));
      case 'floatCompare':
        return `(${this.#float(e.a)} ${COMPARISONS[e.op][0]} ${this.#float(e.b)})`;
      case 'binary':
        if (isBoolean(e)) return e.op === 'and' ? both(this.#bool(e.a), this.#bool(e.b)) : `(${this.#bool(e.a)} || ${this.#bool(e.b)})`;
        return `(${this.#int(e)} !== 0)`;
      default:
        return `(${this.#int(e)} !== 0)`;
    }
  }

  /** `x === 0` and `x !== 0` of something that is a condition already. */
  #asBoolean(e: Extract<Expression, { k: 'compare' }>): string | undefined {
    if ((e.op !== 'eq' && e.op !== 'ne') || e.b.k !== 'const' || e.b.value !== 0) return undefined;
    if (e.a.k !== 'condition' && e.a.k !== 'compare') return undefined;
    const inner = this.#bool(e.a);
    return e.op === 'ne' ? inner : `(!${inner})`;
  }

  #statement(s: Statement): string {
    const t = this.#target;
    switch (s.k) {
      case 'let':
        return t.setTemp(s.id, this.int(s.value));
      case 'address':
        return t.address(s.id, s.segment, this.int(s.offset), s.size, s.write);
      case 'load':
        return t.load(s.id, s.address, s.width);
      case 'loadForWrite':
        return t.loadForWrite(s.id, s.address, s.width);
      case 'store':
        return t.store(s.address, s.width, this.int(s.value), s.checked);
      case 'loadBlock':
        return t.loadBlock(s.address, s.size, this.int(s.target));
      case 'storeBlock':
        return t.storeBlock(s.address, s.size, this.int(s.source));
      case 'loadPair':
        return t.loadPair(s.low, s.high, s.address);
      case 'storePair':
        return t.storePair(s.address, this.int(s.low), this.int(s.high));
      case 'loadDoubles':
        return t.loadDoubles(s.ids, s.named, s.address, this.int(s.target));
      case 'storeDoubles':
        return t.storeDoubles(s.address, s.count, this.int(s.source));
      case 'letFloat':
        if (s.value.k === 'double' || s.value.k === 'single') return t.readElement(s.id, s.value.k === 'double', this.int(s.value.at), s.value.offset);
        return t.setFloatTemp(s.id, this.#foldedFloat(s.value));
      case 'setDouble':
      case 'setSingle':
        return t.writeElement(s.k === 'setDouble', this.int(s.at), s.offset, this.#foldedFloat(s.value), s.isWhole, s.value.k === 'floatTemp' ? s.value.id : undefined);
      case 'pointers':
        return t.pointers(s.to);
      case 'probe':
        return t.probe(s.address, s.size);
      case 'setReg':
        return t.setRegister(s.slot, s.width, this.int(s.value));
      case 'setLane':
        return t.setLane(s.lane, this.int(s.value));
      case 'setTop':
        return t.setTop(this.int(s.value));
      case 'setStack':
        return `${stackAt(this.int(s.physical), s.part)} = ${this.int(s.value)};`;
      case 'setWord':
        return this.#setWord(this.#fold(s.at), this.#fold(s.offset), this.int(s.value));
      case 'setFlags':
        return t.setFlags(s.kind, s.width, this.int(s.a), this.int(s.b));
      case 'if':
        return this.#if(s);
      case 'raise':
        return t.raise(s.vector, s.error);
      case 'require':
        return t.require(s.unit);
      case 'unit':
        return t.unit(s.unit, s.name, s.args.map((a) => this.int(a)), s.id, s.mayFault);
      case 'checkTarget':
        return t.checkTarget(this.int(s.target));
      case 'branch':
        return t.branch(this.bool(s.condition));
      case 'jump':
        return t.jump();
      case 'jumpTo':
        return t.jumpTo(this.int(s.target));
    }
  }

  #if(s: Extract<Statement, { k: 'if' }>): string {
    const t = this.#target;
    const condition = t.guard(this.bool(s.condition));
    if (condition === 'true') return this.statements(s.then);
    if (condition === 'false') return this.statements(s.otherwise);
    t.beginIf();
    const then = lines(t.enterArm(), this.statements(s.then));
    const otherwise = lines(t.enterArm(), this.statements(s.otherwise), t.leaveArms());
    if (then === '' && otherwise === '') return '';
    if (then === '') return `if (!${condition}) {\n${otherwise}\n}`;
    return otherwise === '' ? `if (${condition}) {\n${then}\n}` : `if (${condition}) {\n${then}\n} else {\n${otherwise}\n}`;
  }
}

/** Whether an expression is 1 or 0 by a test, or by AND or OR of such. */
function isBoolean(e: Expression): boolean {
  if (e.k === 'binary') return (e.op === 'and' || e.op === 'or') && isBoolean(e.a) && isBoolean(e.b);
  return e.k === 'compare' || e.k === 'floatCompare' || e.k === 'fact' || e.k === 'condition';
}

/** Source of a condition that two others make, of which some may be known to hold. */
function both(a: string, b: string): string {
  if (a === 'true') return b;
  return b === 'true' ? a : `(${a} && ${b})`;
}

function lines(...parts: readonly string[]): string {
  return parts.filter((text) => text !== '').join('\n');
}
