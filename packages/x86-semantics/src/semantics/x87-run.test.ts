/** The x87 rows as interpreter handlers, run against a flat memory without faults but one read-only page. */
import { Operation } from '../vp/operation.ts';
import { createStateViews, lane32 } from '@ringzero/x86';
import { beforeEach, describe, expect, test } from 'vitest';
import { Emitter } from '../emit-js/emitter.ts';
import { InterpreterTarget } from '../emit-js/interpreter-target.ts';
import { SemanticsTable } from '../ir/define.ts';
import { FAULT } from '../vp/lanes.ts';
import { Fpu } from '../x87/fpu.ts';
import { defineX87 } from './x87.ts';

const READ_ONLY = 0x3000;
const table = new SemanticsTable();
defineX87(table);
const emitter = new Emitter(new InterpreterTarget());

type Handler = (op: Operation) => string;

function createMachine() {
  const views = createStateViews();
  const fpu = new Fpu(views);
  const { i32: R, u8: B, u16: H } = views;
  const bytes = new Uint8Array(0x4000);
  const M = new DataView(bytes.buffer);
  const TR = new Int32Array(4);
  const TW = new Int32Array(4);
  TW[READ_ONLY >> 12] = -1;
  const fault = (): number => (R[FAULT] = 1);
  const vp = {
    loadBlock: (linear: number, size: number, target: number) => B.set(bytes.subarray(linear, linear + size), target),
    storeBlock: (linear: number, size: number, source: number) => {
      if (linear >= READ_ONLY) fault();
      else bytes.set(B.subarray(source, source + size), linear);
    },
    probeStore: (linear: number) => {
      if (linear >= READ_ONLY) fault();
    },
    store16: fault,
    raised: -1,
    raise: (vector: number) => {
      vp.raised = vector;
      fault();
    },
  };
  let refused = '';
  const run = (form: string, address = 0, rm = 0, operandSize: 16 | 32 = 32): string => {
    const program = table.build({ name: form, operands: [] }, { operandSize, isMemory: address !== 0 });
    if (program === undefined) throw new Error(`no meaning for ${form}`);
    const source = `return function (op) {\n${emitter.statements(program.statements)}\nreturn 'next';\n};`;
    const parameters = ['R', 'B', 'H', 'F', 'S', 'M', 'TR', 'TW', 'vp', 'fpu', 'x87', 'fail', 'refuse', 'conditionOf'];
    const refuse = (_op: unknown, unit: string): string => {
      refused = unit;
      return 'refused';
    };
    const handler = new Function(...parameters, source)(R, B, H, views.f64, views.f32, M, TR, TW, vp, fpu, fpu.numbers, () => 'fault', refuse, () => 1) as Handler;
    R[FAULT] = 0;
    return handler(Object.assign(new Operation((op) => op), { displacement: address, rmNumber: rm, immediate: 0x123, nextIp: 0x4000 }));
  };
  return { views, fpu, R, M, bytes, vp, run, refusedUnit: () => refused };
}

let machine = createMachine();

beforeEach(() => {
  machine = createMachine();
  machine.run('Fninit');
  machine.views.u16[lane32('segSelector') * 2 + 1] = 0x73;
  machine.views.u16[lane32('segSelector') * 2 + 3] = 0x7b;
});

describe('x87 handlers', () => {
  test('every row becomes a handler that runs', () => {
    for (const form of table.names()) {
      machine = createMachine();
      machine.run('Fninit');
      for (const operandSize of [16, 32] as const) {
        expect(machine.run(form, form.includes('_M') ? 0x1000 : 0, 1, operandSize), form).toBe('next');
      }
    }
  });

  test('load, add, multiply, divide and store', () => {
    const { M, run } = machine;
    M.setFloat64(0x1000, 1.25, true);
    M.setFloat32(0x1010, 3.5, true);
    M.setInt16(0x1020, -7, true);
    run('Fld_Mq', 0x1000);
    run('Fadd_Md', 0x1010);
    run('Fimul_Mw', 0x1020);
    run('Fld1');
    run('Fdivr_STi_ST0', 0, 1);
    run('Fstp_STi', 0, 0);
    run('Fstp_Mq', 0x1030);
    expect(M.getFloat64(0x1030, true)).toBe(1 / ((1.25 + 3.5) * -7));
  });

  test('pointers name the instruction and its operand', () => {
    const { R, run } = machine;
    run('Fld_Md', 0x1000);
    expect(['fip', 'fcs', 'fop', 'fdp', 'fds'].map((name) => R[lane32(name as 'fip')])).toEqual([0x4000, 0x73, 0x123, 0x1000, 0x7b]);
    run('Fnstcw_Mw', 0x1010);
    expect(R[lane32('fdp')]).toBe(0x1000);
  });

  test('a store that faults leaves the unit as it was', () => {
    const { R, run } = machine;
    run('Fldpi');
    const before = [R[lane32('fsw')], R[lane32('ftw')], R[lane32('fip')]];
    expect(run('Fstp_Mt', READ_ONLY)).toBe('fault');
    expect([R[lane32('fsw')], R[lane32('ftw')], R[lane32('fip')]]).toEqual(before);
    expect(run('Fnsave_M', READ_ONLY)).toBe('fault');
    expect(R[lane32('ftw')]).toBe(0x7f);
  });

  test('a store that an unmasked exception forbids still takes the fault of its operand', () => {
    const { R, run } = machine;
    run('Fninit');
    R[lane32('fcw')]! &= ~1;
    const before = R[lane32('fsw')];
    expect(run('Fstp_Mq', READ_ONLY)).toBe('fault');
    expect(R[lane32('fsw')]).toBe(before);
    expect(run('Fstp_Mq', 0x1000)).not.toBe('fault');
    expect(R[lane32('fsw')]! & 0x81).toBe(0x81);
    run('Fninit');
  });

  test('waiting instructions refuse while an exception is pending, others do not', () => {
    const { M, R, run, refusedUnit } = machine;
    M.setUint16(0x1000, 0x037b, true);
    run('Fldcw_Mw', 0x1000);
    run('Fld1');
    run('Fldz');
    expect(run('Fdivp_STi_ST0', 0, 1)).toBe('next');
    expect(run('Fld1')).toBe('refused');
    expect(refusedUnit()).toBe('x87');
    expect(run('Fwait')).toBe('refused');
    expect(run('Fnstsw_AX')).toBe('next');
    expect(R[0]! & 0x84).toBe(0x84);
    expect(run('Fnclex')).toBe('next');
    expect(run('Fwait')).toBe('next');
  });

  test('FCOMI leaves its outcome in the arithmetic flags', () => {
    const { R, run } = machine;
    run('Fld1');
    run('Fldz');
    run('Fcomi_ST0_STi', 0, 1);
    expect([R[lane32('flagKind')], R[lane32('flagB')]]).toEqual([0, 1]);
    run('Fucomip_ST0_STi', 0, 0);
    expect(R[lane32('flagB')]).toBe(0x40);
  });

  test('FXSAVE wants alignment, and comes back through FXRSTOR', () => {
    const { M, vp, bytes, run, views } = machine;
    run('Fldpi');
    views.i32[lane32('mxcsr')] = 0x1f80;
    expect(run('Fxsave_M', 0x1008)).toBe('fault');
    expect(vp.raised).toBe(13);
    bytes.fill(0xee, 0x1000, 0x1200);
    expect(run('Fxsave_M', 0x1000)).toBe('next');
    expect(bytes[0x1000 + 288]).toBe(0xee);
    run('Fninit');
    expect(run('Fxrstor_M', 0x1000)).toBe('next');
    run('Fstp_Mq', 0x2000);
    expect(M.getFloat64(0x2000, true)).toBe(Math.PI);
    M.setUint32(0x1018, 0xffff0000, true);
    expect(run('Fxrstor_M', 0x1000)).toBe('fault');
  });
});
