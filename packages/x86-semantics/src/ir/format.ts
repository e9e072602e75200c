import type { CompareOperator, Expression, FloatExpression, ArithmeticOperator, FloatOperator, RegisterSlot, Statement, Width } from './nodes.ts';
import type { NamedRegisters } from './specialize.ts';

// IR as text, for people: `t0 = (eax + 5)`. Nothing reads it back.

const NAMES: Readonly<Record<Width, readonly string[]>> = {
  8: ['al', 'cl', 'dl', 'bl', 'ah', 'ch', 'dh', 'bh'],
  16: ['ax', 'cx', 'dx', 'bx', 'sp', 'bp', 'si', 'di'],
  32: ['eax', 'ecx', 'edx', 'ebx', 'esp', 'ebp', 'esi', 'edi'],
};

const ARITHMETIC: Readonly<Record<ArithmeticOperator, string>> = { add: '+', sub: '-', mul: '*', and: '&', or: '|', xor: '^', shl: '<<', shr: '>>>', sar: '>>' };
const COMPARISONS: Readonly<Record<CompareOperator, string>> = { eq: '==', ne: '!=', lt: '<', le: '<=', gt: '>', ge: '>=', ltu: '<u', leu: '<=u', gtu: '>u', geu: '>=u' };
const FLOATS: Readonly<Record<FloatOperator, string>> = { add: '+', sub: '-', mul: '*', div: '/' };

function number(value: number): string {
  return value >= -9 && value <= 9 ? `${value}` : `0x${(value >>> 0).toString(16)}`;
}

class Text {
  readonly #named: NamedRegisters | undefined;

  constructor(named: NamedRegisters | undefined) {
    this.#named = named;
  }

  #register(slot: RegisterSlot, width: Width): string {
    const of = slot === 'reg' ? this.#named?.reg : slot === 'rm' ? this.#named?.rm : slot;
    return of === undefined ? `${slot}${width}` : (NAMES[width][of] ?? `r${of}`);
  }

  #float(f: FloatExpression): string {
    switch (f.k) {
      case 'floatConst':
        return `${f.value}`;
      case 'floatTemp':
        return `f${f.id}`;
      case 'double':
      case 'single':
        return `${f.k}[${this.expression(f.at)} + ${f.offset}]`;
      case 'floatBinary':
        return `(${this.#float(f.a)} ${FLOATS[f.op]} ${this.#float(f.b)})`;
      case 'floatUnary':
        return `${f.op}(${this.#float(f.a)})`;
      case 'fromInteger':
        return `float(${this.expression(f.a)})`;
    }
  }

  expression(e: Expression): string {
    switch (e.k) {
      case 'const':
        return number(e.value);
      case 'temp':
        return `t${e.id}`;
      case 'field':
        return `$${e.name}`;
      case 'reg':
        return this.#register(e.slot, e.width);
      case 'lane':
        return `lane[${e.lane}]`;
      case 'unary':
        return `${e.op}(${this.expression(e.a)})`;
      case 'binary':
        return `(${this.expression(e.a)} ${ARITHMETIC[e.op]} ${this.expression(e.b)})`;
      case 'compare':
        return `(${this.expression(e.a)} ${COMPARISONS[e.op]} ${this.expression(e.b)})`;
      case 'select':
        return `(${this.expression(e.c)} ? ${this.expression(e.a)} : ${this.expression(e.b)})`;
      case 'condition':
        return `condition(${e.code})`;
      case 'carry':
      case 'flags':
      case 'ea':
      case 'top':
        return e.k;
      case 'stack':
        return `st[${this.expression(e.physical)}].${e.part}`;
      case 'pure':
        return `${e.name}(${this.#list(e.args)})`;
      case 'linear':
        return `a${e.address}`;
      case 'vector':
        return `${e.file}(${e.slot})`;
      case 'word':
        return `word[${this.expression(e.at)} + ${this.expression(e.offset)}]`;
      case 'floatCompare':
        return `(${this.#float(e.a)} ${COMPARISONS[e.op]} ${this.#float(e.b)})`;
      case 'fact':
        return this.expression(e.test);
      case 'truncate':
        return `truncate(${this.#float(e.a)})`;
    }
  }

  #list(expressions: readonly Expression[]): string {
    return expressions.map((e) => this.expression(e)).join(', ');
  }

  statement(s: Statement): string[] {
    switch (s.k) {
      case 'let':
        return [`t${s.id} = ${this.expression(s.value)}`];
      case 'address':
        return [`a${s.id} = address ${s.segment}:${this.expression(s.offset)} ${s.write ? 'write' : 'read'} ${s.size}`];
      case 'load':
      case 'loadForWrite':
        return [`t${s.id} = ${s.k}${s.width} [a${s.address}]`];
      case 'store':
        return [`store${s.width} [a${s.address}] = ${this.expression(s.value)}${s.checked ? ' (checked)' : ''}`];
      case 'loadBlock':
        return [`state[${this.expression(s.target)}] = load ${s.size} bytes [a${s.address}]`];
      case 'storeBlock':
        return [`store ${s.size} bytes [a${s.address}] = state[${this.expression(s.source)}]`];
      case 'loadPair':
        return [`t${s.low}, t${s.high} = load64 [a${s.address}]`];
      case 'storePair':
        return [`store64 [a${s.address}] = ${this.expression(s.low)}, ${this.expression(s.high)}`];
      case 'setTop':
        return [`top = ${this.expression(s.value)}`];
      case 'setStack':
        return [`st[${this.expression(s.physical)}].${s.part} = ${this.expression(s.value)}`];
      case 'loadDoubles':
        return [`${s.named ? s.ids.map((id) => `f${id}, `).join('') : ''}state[${this.expression(s.target)}] = load ${s.ids.length} doubles [a${s.address}]`];
      case 'storeDoubles':
        return [`store ${s.count} doubles [a${s.address}] = state[${this.expression(s.source)}]`];
      case 'letFloat':
        return [`f${s.id} = ${this.#float(s.value)}`];
      case 'setDouble':
      case 'setSingle':
        return [`${s.k === 'setDouble' ? 'double' : 'single'}[${this.expression(s.at)} + ${s.offset}] = ${this.#float(s.value)}`];
      case 'pointers':
        return [`pointers ${s.to}`];
      case 'probe':
        return [`probe ${s.size} [a${s.address}]`];
      case 'setReg':
        return [`${this.#register(s.slot, s.width)} = ${this.expression(s.value)}`];
      case 'setLane':
        return [`lane[${s.lane}] = ${this.expression(s.value)}`];
      case 'setWord':
        return [`word[${this.expression(s.at)} + ${this.expression(s.offset)}] = ${this.expression(s.value)}`];
      case 'setFlags':
        return [`flags = ${s.kind}${s.width}(${this.expression(s.a)}, ${this.expression(s.b)})`];
      case 'if':
        return [`if ${this.expression(s.condition)}`, ...this.#arm(s.then), ...(s.otherwise.length > 0 ? ['else', ...this.#arm(s.otherwise)] : [])];
      case 'raise':
        return [`raise vector ${s.vector}${s.error < 0 ? '' : ` error ${s.error}`}`];
      case 'require':
        return [`require ${s.unit}`];
      case 'unit':
        return [`${s.id < 0 ? '' : `t${s.id} = `}${s.unit}.${s.name}(${this.#list(s.args)})${s.mayFault ? ' (may fault)' : ''}`];
      case 'checkTarget':
        return [`check target ${this.expression(s.target)}`];
      case 'branch':
        return [`branch if ${this.expression(s.condition)}`];
      case 'jump':
        return ['jump'];
      case 'jumpTo':
        return [`jump to ${this.expression(s.target)}`];
    }
  }

  #arm(statements: readonly Statement[]): string[] {
    return statements.flatMap((s) => this.statement(s)).map((line) => `  ${line}`);
  }
}

/** Statements as lines of text for people. With `named`, the registers that ModRM names have their names. */
export function formatStatements(statements: readonly Statement[], named?: NamedRegisters): string[] {
  const text = new Text(named);
  return statements.flatMap((s) => text.statement(s));
}
