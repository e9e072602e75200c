import type { Builder, Value } from '../ir/builder.ts';
import type { SemanticsTable } from '../ir/define.ts';
import { SCRATCH } from '../vp/lanes.ts';
import { compareNumbers, fromDouble, fromInteger, fromSingle, operateNumber, pushNumber, storeNumber, type Parts } from './x87-ordinary.ts';
import { recordAllPointers } from './x87-pointers.ts';
import { X87_BINARY } from './x87-register.ts';

/** Reads a frequent format's words, which are a number mostly; the unit's function gets them before `args`. */
function operate(b: Builder, format: keyof typeof WORDS, short: (number: Parts, otherwise: () => void) => void, name: string, args: readonly Value[]): void {
  b.require('x87');
  const { read, number, suffix } = WORDS[format];
  const words = read(b);
  recordAllPointers(b);
  short(number(b, words), () => b.unit('fpu', `${name}${suffix}`, [...words, ...args]));
}

/** Words of a memory operand, by its format, and what they are. */
const WORDS = {
  Single: { read: (b: Builder) => [b.load(b.operandAddress(4, false), 32)], number: fromSingle, suffix: 'Single' },
  Double: { read: (b: Builder) => b.loadPair(b.operandAddress(8, false)), number: fromDouble, suffix: 'Double' },
  Int16: { read: (b: Builder) => [b.let(b.signExtend(b.load(b.operandAddress(2, false), 16), 16))], number: fromInteger, suffix: 'Integer' },
  Int32: { read: (b: Builder) => [b.load(b.operandAddress(4, false), 32)], number: fromInteger, suffix: 'Integer' },
} as const;

/** Reads `size` bytes to scratch and hands them to a function of the unit. */
function load(b: Builder, size: number, name: string, args: readonly Value[]): void {
  b.require('x87');
  b.loadBlock(b.operandAddress(size, false), SCRATCH);
  recordAllPointers(b);
  b.unit('fpu', name, args);
}

/**
 * Converts to scratch, writes memory unless an unmasked exception forbids it, and only then changes the unit. The operand's own faults
 * come first in either case, as processors have it.
 */
function store(b: Builder, size: number, name: string, args: readonly Value[], pops: number): void {
  b.require('x87');
  const address = b.operandAddress(size, true);
  const whatever = (): void => {
    const stores = b.unitValue('fpu', name, args);
    b.if(b.ne(stores, 0), () => b.storeBlock(address, SCRATCH), () => b.probe(address));
    b.unit('fpu', 'commitStore', [pops]);
  };
  if (name === 'prepareStoreDouble' || name === 'prepareStoreSingle') storeNumber(b, address, pops, whatever);
  else whatever();
  recordAllPointers(b);
}

/** Loads: bytes and the unit's function. */
const LOADS: Readonly<Record<string, readonly [size: number, name: string]>> = {
  Fld_Mt: [10, 'fldExtended'],
  Fild_Mq: [8, 'fildInt64'],
  Fbld_Mt: [10, 'fbld'],
};

/** Loads of frequent formats. */
const WORD_LOADS = { Fld_Md: 'Single', Fld_Mq: 'Double', Fild_Mw: 'Int16', Fild_Md: 'Int32' } as const;

/** Stores: bytes, the unit's function with what follows the offset, and whether the stack pops. */
const STORES: Readonly<Record<string, readonly [size: number, name: string, args: readonly number[], pops: number]>> = {
  Fst_Md: [4, 'prepareStoreSingle', [], 0],
  Fstp_Md: [4, 'prepareStoreSingle', [], 1],
  Fst_Mq: [8, 'prepareStoreDouble', [], 0],
  Fstp_Mq: [8, 'prepareStoreDouble', [], 1],
  Fstp_Mt: [10, 'prepareStoreExtended', [], 1],
  Fist_Mw: [2, 'prepareStoreInteger', [16, 0], 0],
  Fist_Md: [4, 'prepareStoreInteger', [32, 0], 0],
  Fistp_Mw: [2, 'prepareStoreInteger', [16, 0], 1],
  Fistp_Md: [4, 'prepareStoreInteger', [32, 0], 1],
  Fistp_Mq: [8, 'prepareStoreInteger', [64, 0], 1],
  Fisttp_Mw: [2, 'prepareStoreInteger', [16, 1], 1],
  Fisttp_Md: [4, 'prepareStoreInteger', [32, 1], 1],
  Fisttp_Mq: [8, 'prepareStoreInteger', [64, 1], 1],
  Fbstp_Mt: [10, 'prepareStoreDecimal', [], 1],
};

/** Formats of arithmetic operands: form suffix, and what they add to the names of the unit's functions. */
const FORMATS = [
  ['F', 'Md', 'Single'],
  ['F', 'Mq', 'Double'],
  ['Fi', 'Mw', 'Int16'],
  ['Fi', 'Md', 'Int32'],
] as const;

/** x87 loads, stores and arithmetic with an operand in memory (vol. 1 §8.3). */
export function defineX87Memory(table: SemanticsTable): void {
  for (const [form, [size, name]] of Object.entries(LOADS)) table.define([form], (b) => load(b, size, name, [SCRATCH]));
  for (const [form, format] of Object.entries(WORD_LOADS)) table.define([form], (b) => operate(b, format, (number, otherwise) => pushNumber(b, number, otherwise), 'load', []));
  for (const [form, [size, name, args, pops]] of Object.entries(STORES)) {
    table.define([form], (b) => store(b, size, name, [SCRATCH, ...args], pops));
  }
  for (const [prefix, suffix, format] of FORMATS) {
    for (const [stem, kind] of Object.entries(X87_BINARY)) {
      table.define([`${prefix}${stem}_${suffix}`], (b) => operate(b, format, (number, otherwise) => operateNumber(b, kind, number, otherwise), 'operate', [kind]));
    }
    for (const [stem, pops] of [['com', 0], ['comp', 1]] as const) {
      table.define([`${prefix}${stem}_${suffix}`], (b) => operate(b, format, (number, otherwise) => compareNumbers(b, number, pops, otherwise), 'order', [pops]));
    }
  }
}
