import type { Builder, Value } from '../ir/builder.ts';
import type { Operands, SemanticsTable } from '../ir/define.ts';
import { FLOAT_ADD, FLOAT_DIV, FLOAT_MAX, FLOAT_MIN, FLOAT_MUL, FLOAT_SQRT, FLOAT_SUB } from '../simd/mxcsr.ts';
import { interleaveWords, pairQuadwords, shuffleQuadwords, shuffleWords, wordwise } from './sse-words.ts';
import { vectorOperation, vectorSource, XMM, XMM_BYTES, xmmReg } from './sse-operands.ts';

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

/** Frequent arithmetic has functions of its own, which take only the operands. */
const OWN_FUNCTIONS: Readonly<Record<string, Readonly<Partial<Record<(typeof TYPES)[number][0], string>>>>> = {
  Add: { ss: 'addSingle', sd: 'addDouble', ps: 'addSingles', pd: 'addDoubles' },
  Sub: { ss: 'subtractSingle', sd: 'subtractDouble', ps: 'subtractSingles', pd: 'subtractDoubles' },
  Mul: { ss: 'multiplySingle', sd: 'multiplyDouble', ps: 'multiplySingles', pd: 'multiplyDoubles' },
  Div: { ss: 'divideSingle', sd: 'divideDouble', ps: 'divideSingles', pd: 'divideDoubles' },
  Sqrt: { ss: 'rootSingle', sd: 'rootDouble' },
};

/** Calls a function that may raise a SIMD floating-point exception. */
export function floatUnit(b: Builder, name: string, args: readonly Value[]): void {
  b.unit('vector', name, args, true);
}

/** SSE and SSE2 floating point: arithmetic, comparison, logic and shuffles (vol. 1 §10.4.1, §11.4.1). */
export function defineSseFloat(table: SemanticsTable): void {
  for (const [type, element, count, bytes] of TYPES) {
    const operands = `V${type}_W${type}`;
    for (const [name, op] of Object.entries(ARITHMETIC)) {
      const own = OWN_FUNCTIONS[name]?.[type];
      table.define([`${name}${type}_${operands}`], (b, o) =>
        vectorOperation(b, XMM, o.src, bytes, (dst, src) => (own === undefined ? floatUnit(b, `arithmetic${element}`, [op, dst, src, count]) : floatUnit(b, own, [dst, src]))));
    }
    table.define([`Cmp${type}_${operands}_Ib`], (b, o) => vectorOperation(b, XMM, o.src, bytes, (dst, src) => floatUnit(b, `compare${element}`, [dst, src, b.immediate, count])));
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
    table.define([`Shuf${type}_${operands}_Ib`], (b, o) => vectorOperation(b, XMM, o.src, XMM_BYTES, (dst, src) => (type === 'ps' ? shuffleWords(b, dst, dst, src) : shuffleQuadwords(b, dst, src))));
    for (const [half, start] of [['l', 0], ['h', 8]] as const) {
      table.define([`Unpck${half}${type}_${operands}`], (b, o) =>
        vectorOperation(b, XMM, o.src, XMM_BYTES, (dst, src) => (type === 'ps' ? interleaveWords(b, dst, src, start, XMM_BYTES) : pairQuadwords(b, dst, src, start))));
    }
    table.define([`Movmsk${type}_Gd_U${type}`], (b, o) => {
      b.require('sse');
      b.setReg('reg', 32, b.unitValue('vector', `movmsk${type}`, [b.read(o.src)]));
    });
  }
}

/** COMISS and its like: flags as after an x87 comparison; OF, SF and AF are cleared. */
function order(b: Builder, o: Operands, element: string, bytes: number, signals: number): void {
  b.require('sse');
  const src = vectorSource(b, o.src, bytes);
  b.setFlags('word', 32, 0, b.unitValue('vector', `order${element}`, [xmmReg(b), src, signals], true));
}
