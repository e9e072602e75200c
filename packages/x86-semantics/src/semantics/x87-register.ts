import type { Builder, Value } from '../ir/builder.ts';
import type { SemanticsTable } from '../ir/define.ts';
import {
  X87_ADD,
  X87_DIVIDE,
  X87_DIVIDE_REVERSE,
  X87_MULTIPLY,
  X87_SUBTRACT,
  X87_SUBTRACT_REVERSE,
} from '../x87/constants.ts';
import { recordPointers } from './x87-pointers.ts';

/** Mnemonic stems of the basic operations, with the operation each stands for. */
export const X87_BINARY: Readonly<Record<string, number>> = {
  add: X87_ADD,
  mul: X87_MULTIPLY,
  sub: X87_SUBTRACT,
  subr: X87_SUBTRACT_REVERSE,
  div: X87_DIVIDE,
  divr: X87_DIVIDE_REVERSE,
};

/** A waiting instruction on registers alone. */
function operate(b: Builder, name: string, args: readonly Value[]): void {
  b.require('x87');
  recordPointers(b);
  b.unit('fpu', name, args);
}

/** FCMOVcc: condition codes of B, E, BE, U and their opposites. */
const FCMOV_CONDITIONS: Readonly<Record<string, number>> = {
  Fcmovb: 2,
  Fcmove: 4,
  Fcmovbe: 6,
  Fcmovu: 10,
  Fcmovnb: 3,
  Fcmovne: 5,
  Fcmovnbe: 7,
  Fcmovnu: 11,
};

/** Instructions without operands: the unit's function and its arguments. */
const PLAIN: Readonly<Record<string, readonly [name: string, ...args: number[]]>> = {
  Fchs: ['fchs'],
  Fabs: ['fabs'],
  Ftst: ['ftst'],
  Fxam: ['fxam'],
  Fld1: ['fldConstant', 0],
  Fldl2t: ['fldConstant', 1],
  Fldl2e: ['fldConstant', 2],
  Fldpi: ['fldConstant', 3],
  Fldlg2: ['fldConstant', 4],
  Fldln2: ['fldConstant', 5],
  Fldz: ['fldConstant', 6],
  F2xm1: ['f2xm1'],
  Fyl2x: ['fyl2x'],
  Fptan: ['fptan'],
  Fpatan: ['fpatan'],
  Fxtract: ['fxtract'],
  Fprem1: ['fprem', 1],
  Fdecstp: ['fdecstp'],
  Fincstp: ['fincstp'],
  Fprem: ['fprem', 0],
  Fyl2xp1: ['fyl2xp1'],
  Fsqrt: ['fsqrt'],
  Fsincos: ['fsincos'],
  Frndint: ['frndint'],
  Fscale: ['fscale'],
  Fsin: ['fsin'],
  Fcos: ['fcos'],
  Fcompp: ['compareRegister', 1, 2, 0],
  Fucompp: ['compareRegister', 1, 2, 1],
};

/** x87 instructions on the register stack (vol. 1 §8.3). */
export function defineX87Register(table: SemanticsTable): void {
  for (const [form, [name, ...args]] of Object.entries(PLAIN)) table.define([form], (b) => operate(b, name, args));
  for (const [stem, kind] of Object.entries(X87_BINARY)) {
    const i = (b: Builder): Value => b.field('rmNumber');
    const name = kind === X87_MULTIPLY ? 'multiplyRegister' : kind === X87_DIVIDE || kind === X87_DIVIDE_REVERSE ? 'divideRegister' : 'addRegister';
    table.define([`F${stem}_ST0_STi`], (b) => operate(b, name, [kind, 0, i(b), 0]));
    table.define([`F${stem}_STi_ST0`], (b) => operate(b, name, [kind, i(b), 0, 0]));
    table.define([`F${stem}p_STi_ST0`], (b) => operate(b, name, [kind, i(b), 0, 1]));
  }
  table.define(['Fld_STi'], (b) => operate(b, 'fldRegister', [b.field('rmNumber')]));
  table.define(['Fst_STi'], (b) => operate(b, 'fstRegister', [b.field('rmNumber'), 0]));
  table.define(['Fstp_STi'], (b) => operate(b, 'fstRegister', [b.field('rmNumber'), 1]));
  table.define(['Fstpnce_STi_ST0'], (b) => operate(b, 'fstpUnchecked', [b.field('rmNumber')]));
  table.define(['Fxch_STi'], (b) => operate(b, 'fxch', [b.field('rmNumber')]));
  table.define(['Ffree_STi'], (b) => operate(b, 'ffree', [b.field('rmNumber')]));
  table.define(['Ffreep_STi'], (b) => operate(b, 'ffreep', [b.field('rmNumber')]));
  for (const [form, code] of Object.entries(FCMOV_CONDITIONS)) {
    table.define([`${form}_ST0_STi`], (b) => operate(b, 'fcmov', [b.field('rmNumber'), b.condition(code)]));
  }
  table.define(['Fcom_STi'], (b) => operate(b, 'compareRegister', [b.field('rmNumber'), 0, 0]));
  table.define(['Fcomp_STi'], (b) => operate(b, 'compareRegister', [b.field('rmNumber'), 1, 0]));
  table.define(['Fucom_STi'], (b) => operate(b, 'compareRegister', [b.field('rmNumber'), 0, 1]));
  table.define(['Fucomp_STi'], (b) => operate(b, 'compareRegister', [b.field('rmNumber'), 1, 1]));
  for (const [form, pops, unordered] of [['Fcomi', 0, 0], ['Fcomip', 1, 0], ['Fucomi', 0, 1], ['Fucomip', 1, 1]] as const) {
    table.define([`${form}_ST0_STi`], (b) => {
      b.require('x87');
      recordPointers(b);
      b.setFlags('word', 32, 0, b.unitValue('fpu', 'fcomi', [b.field('rmNumber'), pops, unordered]));
    });
  }
  table.define(['Fnop'], (b) => {
    b.require('x87');
    recordPointers(b);
  });
  // Enabled and disabled the 8087's interrupt, and told the 80287 of protected mode; nothing since the 80387.
  table.define(['Fneni', 'Fndisi', 'Fnsetpm'], (b) => b.require('x87control'));
  table.define(['Fwait'], (b) => b.require('wait'));
}
