import { lane32 } from '@ringzero/x86';
import type { Builder } from '../ir/builder.ts';
import type { Operands, SemanticsTable } from '../ir/define.ts';
import type { Expression } from '../ir/nodes.ts';
import { SCRATCH } from '../vp/lanes.ts';
import { FSW_TOP } from '../x87/constants.ts';
import { withPointers } from './x87-pointers.ts';

const FCW = lane32('fcw');
const FSW = lane32('fsw');
const VECTOR_GP = 13;
const FXSAVE_BYTES = 512;
/** What is transferred, in parts that fit the scratch operand: up to XMM7. The rest of the image is software's. */
const PARTS: readonly (readonly [offset: number, size: number])[] = [[0, 128], [128, 128], [256, 32]];
const EAX_NUMBER = 0;

function wide(o: Operands): number {
  return o.operandSize === 32 ? 1 : 0;
}

function statusWord(b: Builder): Expression {
  return b.or(b.and(b.lane(FSW), ~FSW_TOP), b.shl(b.top, 11));
}

/** Bytes of an environment and of a whole state (vol. 1 figures 8-9 to 8-12). */
function environmentBytes(o: Operands): number {
  return o.operandSize === 32 ? 28 : 14;
}
function stateBytes(o: Operands): number {
  return environmentBytes(o) + 80;
}

/** Checks FXSAVE's operand: 512 bytes, all of them accessible, aligned to 16 (vol. 2, FXSAVE). */
function alignedImage(b: Builder, write: boolean): void {
  const address = b.operandAddress(FXSAVE_BYTES, write);
  b.if(b.ne(b.and(b.linear(address), 15), 0), () => b.raise(VECTOR_GP, 0));
  if (write) b.probe(address);
}

function part(b: Builder, offset: number, size: number, write: boolean): ReturnType<Builder['address']> {
  return b.address('operand', b.and(b.add(b.effectiveAddress, offset), b.field('addressMask')), size, write);
}

/** Control instructions of the x87 unit (vol. 1 §8.3.10); those that do not wait ignore a pending exception. */
export function defineX87Control(table: SemanticsTable): void {
  table.define(['Fninit'], (b) => {
    b.require('x87control');
    withPointers(b, () => b.unit('fpu', 'fninit', []));
  });
  table.define(['Fnclex'], (b) => {
    b.require('x87control');
    b.unit('fpu', 'fnclex', []);
  });
  table.define(['Fnstsw_AX'], (b) => {
    b.require('x87control');
    b.setReg(EAX_NUMBER, 16, statusWord(b));
  });
  table.define(['Fnstsw_Mw'], (b) => {
    b.require('x87control');
    b.store(b.operandAddress(2, true), 16, statusWord(b));
  });
  table.define(['Fnstcw_Mw'], (b) => {
    b.require('x87control');
    b.store(b.operandAddress(2, true), 16, b.lane(FCW));
  });
  table.define(['Fldcw_Mw'], (b) => {
    b.require('x87');
    b.unit('fpu', 'fldcw', [b.load(b.operandAddress(2, false), 16)]);
  });
  table.define(['Fnstenv_M'], (b, o) => {
    b.require('x87control');
    const address = b.operandAddress(environmentBytes(o), true);
    withPointers(b, () => b.unit('fpu', 'prepareEnvironment', [wide(o)]));
    b.storeBlock(address, SCRATCH);
    b.unit('fpu', 'commitEnvironment', []);
  });
  table.define(['Fldenv_M'], (b, o) => {
    b.require('x87');
    b.loadBlock(b.operandAddress(environmentBytes(o), false), SCRATCH);
    withPointers(b, () => b.unit('fpu', 'fldenv', [wide(o)]));
  });
  table.define(['Fnsave_M'], (b, o) => {
    b.require('x87control');
    const address = b.operandAddress(stateBytes(o), true);
    withPointers(b, () => {
      b.unit('fpu', 'prepareSave', [wide(o)]);
      b.storeBlock(address, SCRATCH);
      b.unit('fpu', 'fninit', []);
    });
  });
  table.define(['Frstor_M'], (b, o) => {
    b.require('x87');
    b.loadBlock(b.operandAddress(stateBytes(o), false), SCRATCH);
    withPointers(b, () => b.unit('fpu', 'frstor', [wide(o)]));
  });
  // The image passes through scratch in parts, after all of it was found writable.
  table.define(['Fxsave_M'], (b) => {
    b.require('x87control');
    alignedImage(b, true);
    withPointers(b, () => b.unit('fpu', 'prepareFxsave', []));
    for (const [offset, size] of PARTS) {
      b.unit('fpu', 'exportPart', [offset, size]);
      b.storeBlock(part(b, offset, size, true), SCRATCH);
    }
  });
  table.define(['Fxrstor_M'], (b) => {
    b.require('x87control');
    alignedImage(b, false);
    for (const [offset, size] of PARTS) {
      b.loadBlock(part(b, offset, size, false), SCRATCH);
      b.unit('fpu', 'importPart', [offset, size]);
    }
    withPointers(b, () => b.if(b.eq(b.unitValue('fpu', 'fxrstor', []), 0), () => b.raise(VECTOR_GP, 0)));
  });
}
