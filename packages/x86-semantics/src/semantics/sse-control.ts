import { lane32 } from '@ringzero/x86';
import type { SemanticsTable } from '../ir/define.ts';

const MXCSR: number = lane32('mxcsr');
/** Bits of MXCSR that exist with denormals-are-zeros (vol. 1 §10.2.3). */
const MXCSR_RESERVED = ~0xffff;
const VECTOR_GP = 13;

/** LDMXCSR and STMXCSR (vol. 2). */
export function defineSseControl(table: SemanticsTable): void {
  table.define(['Ldmxcsr_Md'], (b) => {
    b.require('sse');
    const value = b.load(b.operandAddress(4, false), 32);
    b.if(b.ne(b.and(value, MXCSR_RESERVED), 0), () => b.raise(VECTOR_GP, 0));
    b.setLane(MXCSR, value);
  });
  // Memory is sequentially consistent here: fences order nothing more.
  table.define(['Lfence', 'Mfence', 'Sfence'], () => undefined);
  table.define(['Stmxcsr_Md'], (b) => {
    b.require('sse');
    b.store(b.operandAddress(4, true), 32, b.lane(MXCSR));
  });
}
