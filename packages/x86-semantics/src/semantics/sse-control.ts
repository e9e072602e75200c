import { lane32 } from '@ringzero/x86';
import type { SemanticsTable } from '../ir/define.ts';
import { VECTOR_GP } from './sse-operands.ts';

const MXCSR: number = lane32('mxcsr');

/** LDMXCSR and STMXCSR (vol. 2). */
export function defineSseControl(table: SemanticsTable): void {
  table.define(['Ldmxcsr_Md'], (b) => {
    b.require('sse');
    const value = b.load(b.operandAddress(4, false), 32);
    b.if(b.eq(b.unitValue('fpu', 'acceptsMxcsr', [value]), 0), () => b.raise(VECTOR_GP, 0));
    b.setLane(MXCSR, value);
  });
  // Memory is sequentially consistent here: fences order nothing more.
  table.define(['Lfence', 'Mfence', 'Sfence'], () => undefined);
  table.define(['Stmxcsr_Md'], (b) => {
    b.require('sse');
    b.store(b.operandAddress(4, true), 32, b.lane(MXCSR));
  });
}
