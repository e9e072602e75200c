import type { Builder, Value } from '../ir/builder.ts';
import type { Operands, SemanticsTable } from '../ir/define.ts';
import type { Expression, FloatOperator } from '../ir/nodes.ts';
import { CF, ZF } from '../flags/kinds.ts';
import { FLOAT_ADD, FLOAT_DIV, FLOAT_MAX, FLOAT_MIN, FLOAT_MUL, FLOAT_SQRT, FLOAT_SUB } from '../simd/mxcsr.ts';
import { floatSource, isElementWhole, ordinaryArithmetic, ordinaryComparison, ordinaryRoot, pairDoubles } from './sse-ordinary.ts';
import { interleaveWords, shuffleWords, wordwise } from './sse-words.ts';
import { vectorOperation, XMM, XMM_BYTES, xmmReg } from './sse-operands.ts';

/** The four element types: form suffix, element name in the unit's functions, elements, bytes of a memory operand. */
const TYPES = [
  ['ps', 'Single', 4, 16],
  ['ss', 'Single', 1, 4],
  ['pd', 'Double', 2, 16],
  ['sd', 'Double', 1, 8],
] as const;

const ARITHMETIC: Readonly<Record<string, number>> = {
  Add: FLOAT_ADD,
  Sub: FLOAT_SUB,
  Mul: FLOAT_MUL,
  Div: FLOAT_DIV,
  Min: FLOAT_MIN,
  Max: FLOAT_MAX,
  Sqrt: FLOAT_SQRT,
};

/** What the host computes. */
const HOST_OPERATORS: Readonly<Record<string, FloatOperator>> = { Add: 'add', Sub: 'sub', Mul: 'mul', Div: 'div' };

/** Calls a function that may raise a SIMD floating-point exception. */
export function floatUnit(b: Builder, name: string, args: readonly Value[]): void {
  b.unit('vector', name, args, true);
}

/** SSE and SSE2 floating point: arithmetic, comparison, logic and shuffles (vol. 1 §10.4.1, §11.4.1). */
export function defineSseFloat(table: SemanticsTable): void {
  for (const [type, element, count, bytes] of TYPES) {
    const operands = `V${type}_W${type}`;
    const elements = { isDouble: element === 'Double', count, bytes };
    for (const [name, op] of Object.entries(ARITHMETIC)) {
      const host = HOST_OPERATORS[name];
      table.define([`${name}${type}_${operands}`], (b, o) => {
        const dst = xmmReg(b);
        const exactly = (src: Expression): void => floatUnit(b, `arithmetic${element}`, [op, dst, src, count]);
        if (host !== undefined) ordinaryArithmetic(b, o, elements, host, dst, exactly);
        else if (name === 'Sqrt') ordinaryRoot(b, o, elements, dst, exactly);
        else vectorOperation(b, XMM, o.src, bytes, (_, src) => exactly(src));
      });
    }
    table.define([`Cmp${type}_${operands}_Ib`], (b, o) => {
      const dst = xmmReg(b);
      ordinaryComparison(b, o, elements, dst, (src) => floatUnit(b, `compare${element}`, [dst, src, b.immediate, count]));
    });
  }
  for (const [type, element, bytes] of [['ss', 'Single', 4], ['sd', 'Double', 8]] as const) {
    table.define([`Comi${type}_V${type}_W${type}`], (b, o) => order(b, o, element, bytes, 1));
    table.define([`Ucomi${type}_V${type}_W${type}`], (b, o) => order(b, o, element, bytes, 0));
  }
  for (const [name, isRoot] of [['Rcp', 0], ['Rsqrt', 1]] as const) {
    table.define([`${name}ps_Vps_Wps`], (b, o) => vectorOperation(b, XMM, o.src, XMM_BYTES, (dst, src) => b.unit('vector', 'approximate', [dst, src, 4, isRoot])));
    table.define([`${name}ss_Vss_Wss`], (b, o) => vectorOperation(b, XMM, o.src, 4, (dst, src) => b.unit('vector', 'approximate', [dst, src, 1, isRoot])));
  }
  for (const type of ['ps', 'pd'] as const) {
    const operands = `V${type}_W${type}`;
    for (const [name, unit] of [['And', 'pand'], ['Andn', 'pandn'], ['Or', 'por'], ['Xor', 'pxor']] as const) {
      table.define([`${name}${type}_${operands}`], (b, o) => vectorOperation(b, XMM, o.src, XMM_BYTES, (dst, src) => wordwise(b, unit, dst, src, XMM_BYTES)));
    }
    table.define([`Shuf${type}_${operands}_Ib`], (b, o) => vectorOperation(b, XMM, o.src, XMM_BYTES, (dst, src) => (type === 'ps' ? shuffleWords(b, dst, dst, src) : pairDoubles(b, dst, src, b.shl(b.and(b.immediate, 1), 3), b.shl(b.and(b.immediate, 2), 2)))));
    for (const [half, start] of [['l', 0], ['h', 8]] as const) {
      table.define([`Unpck${half}${type}_${operands}`], (b, o) =>
        vectorOperation(b, XMM, o.src, XMM_BYTES, (dst, src) => (type === 'ps' ? interleaveWords(b, dst, src, start, XMM_BYTES) : pairDoubles(b, dst, src, b.const(start), b.const(start)))));
    }
    table.define([`Movmsk${type}_Gd_U${type}`], (b, o) => {
      b.require('sse');
      b.setReg('reg', 32, b.unitValue('vector', `movmsk${type}`, [b.read(o.src)]));
    });
  }
}

/** COMISS and its like: flags as after an x87 comparison; OF, SF and AF are cleared. Numbers that are not denormal raise nothing. */
function order(b: Builder, o: Operands, element: string, bytes: number, signals: number): void {
  const isDouble = element === 'Double';
  b.require('sse');
  const source = floatSource(b, o, { isDouble, count: 1, bytes });
  const y = source.values[0]!;
  const x = b.letFloat(isDouble ? b.double(xmmReg(b)) : b.single(xmmReg(b)));
  const flags = b.or(b.select(b.floatCompare('lt', x, y), CF, 0), b.select(b.floatCompare('eq', x, y), ZF, 0));
  b.if(b.and(isElementWhole(b, xmmReg(b), 0, x, isDouble), isElementWhole(b, source.at, 0, y, isDouble)),
    () => b.setFlags('word', 32, 0, flags),
    () => b.setFlags('word', 32, 0, b.unitValue('vector', `order${element}`, [xmmReg(b), source.at, signals], true)));
}
