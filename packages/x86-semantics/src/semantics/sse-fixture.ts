import { Operation } from '../vp/operation.ts';
import { byteOffset, createStateViews, lane32 } from '@ringzero/x86';
import type { StateViews } from '@ringzero/x86';
import { Emitter } from '../emit-js/emitter.ts';
import { InterpreterTarget } from '../emit-js/interpreter-target.ts';
import type { SemanticsTable } from '../ir/define.ts';
import { createVectorOperations } from '../simd/index.ts';
import { FAULT } from '../vp/lanes.ts';
import { Fpu } from '../x87/fpu.ts';
import { createSemanticsTable } from './table.ts';

// What the tests of the MMX and SSE rows run on: interpreter handlers over a flat memory that never faults.

type Handler = (op: Operation) => string;

/** One machine; `raised` is the vector of the last exception, or −1. */
export interface SseMachine {
  readonly views: StateViews;
  readonly R: Int32Array;
  readonly bytes: Uint8Array;
  readonly memory: DataView;
  readonly vp: { raised: number };
  readonly fpu: Fpu;
  /** Executes a form; `address` −1 means that ModRM.rm is a register. Returns 'next', 'fault' or 'refused'. */
  run(form: string, reg: number, rm: number, address?: number, immediate?: number, operandSize?: 16 | 32): string;
  xmm(n: number): Uint8Array;
  mmx(n: number): Uint8Array;
}

/** The rows of every MMX and SSE family. */
export function createSseTable(): SemanticsTable {
  return createSemanticsTable((family) => family.startsWith('sse-'));
}

/** A machine with SSE enabled and every exception masked. */
export function createSseMachine(table: SemanticsTable): SseMachine {
  const views = createStateViews();
  const { i32: R, u8: B, u16: H } = views;
  const fpu = new Fpu(views);
  const bytes = new Uint8Array(0x2000);
  const memory = new DataView(bytes.buffer);
  const emitter = new Emitter(new InterpreterTarget());
  const vp = {
    raised: -1,
    probeStore: (): void => undefined,
    raise: (vector: number): void => {
      vp.raised = vector;
      R[FAULT] = 1;
    },
  };
  const vector = createVectorOperations(views, vp.raise);
  const tlb = new Int32Array(4);
  const handlers = new Map<string, Handler>();
  const compile = (form: string, isMemory: boolean, operandSize: 16 | 32): Handler => {
    const program = table.build({ name: form, operands: form.split('_').slice(1) }, { operandSize, isMemory });
    if (program === undefined) throw new Error(`no meaning for ${form}`);
    const source = `return function (op) {\n${emitter.statements(program.statements)}\nreturn 'next';\n};`;
    const parameters = ['R', 'B', 'H', 'F', 'S', 'M', 'TR', 'TW', 'vp', 'fpu', 'vector', 'x87', 'fail', 'refuse'];
    const make = new Function(...parameters, source) as (...context: readonly unknown[]) => Handler;
    return make(R, B, H, views.f64, views.f32, memory, tlb, tlb, vp, fpu, vector, fpu.numbers, () => 'fault', () => 'refused');
  };
  const run = (form: string, reg: number, rm: number, address: number = -1, immediate: number = 0, operandSize: 16 | 32 = 32): string => {
    const key = `${form} ${address >= 0} ${operandSize}`;
    let handler = handlers.get(key);
    if (handler === undefined) {
      handler = compile(form, address >= 0, operandSize);
      handlers.set(key, handler);
    }
    R[FAULT] = 0;
    const lanes = { reg: reg * 2, rm: form.endsWith('_Eb') ? byteOffset('gpr', rm) : rm * 2, regNumber: reg, rmNumber: rm };
    return handler(Object.assign(new Operation((op) => op), { ...lanes, displacement: address, immediate, nextIp: 0x4000 }));
  };
  const xmm = (n: number): Uint8Array => B.subarray(byteOffset('xmm', n), byteOffset('xmm', n) + 16);
  const mmx = (n: number): Uint8Array => B.subarray(byteOffset('st', n), byteOffset('st', n) + 8);
  R[lane32('cr4')] = 0x600;
  R[lane32('mxcsr')] = 0x1f80;
  return { views, R, bytes, memory, vp, fpu, run, xmm, mmx };
}
