/** The short ways of SSE arithmetic against SoftFloat, bit for bit and flag for flag: numbers at random, and from the edges of their format. */
import { lane32 } from '@ringzero/x86';
import { describe, expect, test } from 'vitest';
import { createSseMachine, createSseTable } from '../semantics/sse-fixture.ts';
import { EQUAL, GREATER, LESS, UNORDERED } from './fast-float.ts';
import { FLOAT_ADD, FLOAT_DIV, FLOAT_MAX, FLOAT_MIN, FLOAT_MUL, FLOAT_SQRT, FLOAT_SUB } from './mxcsr.ts';
import { DOUBLE, SINGLE, SoftFloat, type Format } from './soft-float.ts';

const MXCSR = lane32('mxcsr');
const OPERATIONS = { Add: FLOAT_ADD, Sub: FLOAT_SUB, Mul: FLOAT_MUL, Div: FLOAT_DIV, Min: FLOAT_MIN, Max: FLOAT_MAX, Sqrt: FLOAT_SQRT } as const;
const PREDICATES = [EQUAL, LESS, LESS | EQUAL, UNORDERED, LESS | GREATER | UNORDERED, EQUAL | GREATER | UNORDERED, GREATER | UNORDERED, LESS | EQUAL | GREATER];
/** Everything masked: without and with PE, DAZ, FTZ. */
const CONTROLS = [0x1f80, 0x1fa0, 0x1fc0, 0x1fe0, 0x9f80, 0x9fa0, 0x9fe0];
const PAIRS = 4000;

const machine = createSseMachine(createSseTable());
const soft = new SoftFloat();
let seed = 12345;
function random(below: number): number {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return Math.floor((seed / 2 ** 32) * below);
}

/** Bits of a number: from an edge, near one, or anything. */
function number(f: Format): bigint {
  const sign = random(2) === 0 ? 0n : f.signBit;
  const edge = f.fractionMask + 1n;
  const edges = [0n, 1n, edge - 1n, edge, edge + 1n, f.infinity - 1n, f.infinity, f.infinity + 1n, f.infinity | f.quietBit, f.infinity | f.quietBit | 5n, BigInt(f.bias) * edge, BigInt(f.bias + 1) * edge];
  if (random(3) === 0) return sign | edges[random(edges.length)]!;
  const bits = (BigInt(random(2 ** 32)) << 32n) | BigInt(random(2 ** 32));
  // Exponents close to one another, or about to leave the range in a product.
  const exponents = [f.bias, f.bias + random(5), 1 + random(3), f.maxExponent - 1 - random(3), f.bias >> 1, f.bias + (f.bias >> 1), random(f.maxExponent + 1)];
  const fraction = random(2) === 0 ? bits & f.fractionMask : (bits << BigInt(f.fraction - random(12))) & f.fractionMask;
  return sign | (BigInt(exponents[random(exponents.length)]!) * edge) | fraction;
}

function expected(f: Format, name: keyof typeof OPERATIONS, a: bigint, b: bigint): bigint {
  if (name === 'Sqrt') return soft.squareRoot(f, b);
  if (name === 'Min' || name === 'Max') return soft.lesser(f, a, b, name === 'Max');
  return soft.arithmetic(f, OPERATIONS[name], a, b);
}

describe.each([['double', DOUBLE, 'd', 2, 8], ['single', SINGLE, 's', 4, 4]] as const)('%s', (_, format, letter, count, bytes) => {
  const view = (n: number): DataView => new DataView(machine.views.buffer, machine.xmm(n).byteOffset, 16);
  const put = (n: number, values: readonly bigint[]): void => values.forEach((value, i) => (bytes === 8 ? view(n).setBigUint64(8 * i, value, true) : view(n).setUint32(4 * i, Number(value), true)));
  const get = (n: number): bigint[] => Array.from({ length: count }, (_, i) => (bytes === 8 ? view(n).getBigUint64(8 * i, true) : BigInt(view(n).getUint32(4 * i, true))));
  const operands = (suffix: string): string => `V${suffix}_W${suffix}`;

  /** Runs `form` on random operands, and compares with what `compute` gives for each of the elements it works on. */
  const compareAll = (form: string, elements: number, immediate: number, compute: (a: bigint, b: bigint) => bigint): void => {
    for (let i = 0; i < PAIRS; i++) {
      const control = CONTROLS[i % CONTROLS.length]!;
      const [a, b] = [0, 1].map(() => Array.from({ length: count }, () => number(format)));
      put(0, a!);
      put(1, b!);
      machine.R[MXCSR] = control;
      machine.run(form, 0, 1, -1, immediate);
      soft.control = control;
      soft.flags = 0;
      const results = a!.map((x, k) => (k < elements ? compute(x, b![k]!) : x));
      const text = `${form} ${a!.map((x) => x.toString(16)).join()} ${b!.map((x) => x.toString(16)).join()} ${control.toString(16)}`;
      expect(`${text}: ${get(0).map((x) => x.toString(16)).join()} ${machine.R[MXCSR]!.toString(16)}`).toBe(`${text}: ${results.map((x) => x.toString(16)).join()} ${(control | soft.flags).toString(16)}`);
    }
  };

  for (const [suffix, elements] of [[`p${letter}`, count], [`s${letter}`, 1]] as const) {
    test.each(Object.keys(OPERATIONS) as (keyof typeof OPERATIONS)[])(`%s${suffix}`, (name) => {
      compareAll(`${name}${suffix}_${operands(suffix)}`, elements, 0, (a, b) => expected(format, name, a, b));
    });
    test(`Cmp${suffix}`, () => {
      const ones = (1n << BigInt(8 * bytes)) - 1n;
      for (let predicate = 0; predicate < 8; predicate++) {
        compareAll(`Cmp${suffix}_${operands(suffix)}_Ib`, elements, predicate, (a, b) => ((PREDICATES[predicate]! & soft.relation(format, a, b, predicate % 4 === 1 || predicate % 4 === 2)) !== 0 ? ones : 0n));
      }
    });
  }
});
