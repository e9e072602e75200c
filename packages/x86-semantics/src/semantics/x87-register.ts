import type { Builder, Value } from '../ir/builder.ts';
import type { SemanticsTable } from '../ir/define.ts';
import {
  BIAS,
  X87_ADD,
  X87_DIVIDE,
  X87_DIVIDE_REVERSE,
  X87_MULTIPLY,
  X87_ONE,
  X87_SUBTRACT,
  X87_SUBTRACT_REVERSE,
  X87_ZERO,
} from '../x87/constants.ts';
import { changeSign, compareNumbers, compareToFlags, exchange, operateRegisters, pushConstant, pushRegister, squareRoot, storeRegister } from './x87-ordinary.ts';
import { recordPointers } from './x87-pointers.ts';

const TOP_BIT = -0x80000000;
const SIGN_BIT = 0x8000;

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

/** Likewise, with what it mostly does before it asks the unit. */
function ordinarily(b: Builder, short: (otherwise: () => void) => void, name: string, args: readonly Value[]): void {
  b.require('x87');
  recordPointers(b);
  short(() => b.unit('fpu', name, args));
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
  Ftst: ['ftst'],
  Fxam: ['fxam'],
  Fldl2t: ['fldConstant', 1],
  Fldl2e: ['fldConstant', 2],
  Fldpi: ['fldConstant', 3],
  Fldlg2: ['fldConstant', 4],
  Fldln2: ['fldConstant', 5],
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
  Fsincos: ['fsincos'],
  Frndint: ['frndint'],
  Fscale: ['fscale'],
  Fsin: ['fsin'],
  Fcos: ['fcos'],
};

/** x87 instructions on the register stack (vol. 1 §8.3). */
export function defineX87Register(table: SemanticsTable): void {
  for (const [form, [name, ...args]] of Object.entries(PLAIN)) table.define([form], (b) => operate(b, name, args));
  const i = (b: Builder): Value => b.field('rmNumber');
  for (const [stem, kind] of Object.entries(X87_BINARY)) {
    for (const [form, destination, source, pops] of [['ST0_STi', 0, i, 0], ['STi_ST0', i, 0, 0], ['p_STi_ST0', i, 0, 1]] as const) {
      table.define([`F${stem}${form.startsWith('p') ? form : `_${form}`}`], (b) => {
        const [to, from] = [destination, source].map((place) => (place === 0 ? 0 : place(b))) as [Value, Value];
        ordinarily(b, (otherwise) => operateRegisters(b, kind, to, from, pops, otherwise), 'binaryRegister', [kind, to, from, pops]);
      });
    }
  }
  table.define(['Fld1'], (b) => ordinarily(b, (otherwise) => pushConstant(b, BIAS, TOP_BIT, otherwise), 'fldConstant', [X87_ONE]));
  table.define(['Fldz'], (b) => ordinarily(b, (otherwise) => pushConstant(b, 0, 0, otherwise), 'fldConstant', [X87_ZERO]));
  table.define(['Fchs'], (b) => ordinarily(b, (otherwise) => changeSign(b, (x) => b.xor(x, SIGN_BIT), otherwise), 'fchs', []));
  table.define(['Fabs'], (b) => ordinarily(b, (otherwise) => changeSign(b, (x) => b.and(x, ~SIGN_BIT), otherwise), 'fabs', []));
  table.define(['Fsqrt'], (b) => ordinarily(b, (otherwise) => squareRoot(b, otherwise), 'fsqrt', []));
  table.define(['Fld_STi'], (b) => ordinarily(b, (otherwise) => pushRegister(b, i(b), otherwise), 'fldRegister', [i(b)]));
  for (const [form, pops] of [['Fst_STi', 0], ['Fstp_STi', 1]] as const) {
    table.define([form], (b) => ordinarily(b, (otherwise) => storeRegister(b, i(b), pops, otherwise), 'fstRegister', [i(b), pops]));
  }
  table.define(['Fstpnce_STi_ST0'], (b) => operate(b, 'fstpUnchecked', [i(b)]));
  table.define(['Fxch_STi'], (b) => ordinarily(b, (otherwise) => exchange(b, i(b), otherwise), 'fxch', [i(b)]));
  table.define(['Ffree_STi'], (b) => operate(b, 'ffree', [b.field('rmNumber')]));
  table.define(['Ffreep_STi'], (b) => operate(b, 'ffreep', [b.field('rmNumber')]));
  for (const [form, code] of Object.entries(FCMOV_CONDITIONS)) {
    table.define([`${form}_ST0_STi`], (b) => operate(b, 'fcmov', [b.field('rmNumber'), b.condition(code)]));
  }
  for (const [form, other, pops, unordered] of [['Fcom_STi', i, 0, 0], ['Fcomp_STi', i, 1, 0], ['Fcompp', 1, 2, 0], ['Fucom_STi', i, 0, 1], ['Fucomp_STi', i, 1, 1], ['Fucompp', 1, 2, 1]] as const) {
    table.define([form], (b) => {
      const register = other === 1 ? 1 : other(b);
      ordinarily(b, (otherwise) => compareNumbers(b, register, pops, otherwise), 'compareRegister', [register, pops, unordered]);
    });
  }
  for (const [form, pops, unordered] of [['Fcomi', 0, 0], ['Fcomip', 1, 0], ['Fucomi', 0, 1], ['Fucomip', 1, 1]] as const) {
    table.define([`${form}_ST0_STi`], (b) => {
      b.require('x87');
      recordPointers(b);
      compareToFlags(b, i(b), pops, () => b.setFlags('word', 32, 0, b.unitValue('fpu', 'fcomi', [i(b), pops, unordered])));
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
