import { CR0_EM, CR0_MP, CR0_TS, CR4_OSFXSR, lane32 } from '@ringzero/x86';
import type { RequiredUnit } from '../ir/nodes.ts';
import { CR0, CR4 } from '../vp/lanes.ts';

const FSW: number = lane32('fsw');
/** FSW.ES: an unmasked x87 exception waits to be reported. */
const FSW_ES = 0x80;
const VECTOR_UD = 6;
const VECTOR_NM = 7;
const VECTOR_MF = 16;

/** Source of the test that the unit may be used now, over the i32 view `R`. Its failure is looked into by {@link unavailable}. */
export const REQUIREMENT_TESTS: Readonly<Record<RequiredUnit, string>> = {
  x87: `((R[${CR0}] & ${CR0_EM | CR0_TS}) | (R[${FSW}] & ${FSW_ES})) !== 0`,
  x87control: `(R[${CR0}] & ${CR0_EM | CR0_TS}) !== 0`,
  mmx: `((R[${CR0}] & ${CR0_EM | CR0_TS}) | (R[${FSW}] & ${FSW_ES})) !== 0`,
  sse: `((R[${CR0}] & ${CR0_EM | CR0_TS}) | (~R[${CR4}] & ${CR4_OSFXSR})) !== 0`,
  wait: `((R[${CR0}] & ${CR0_MP | CR0_TS}) === ${CR0_MP | CR0_TS}) || (R[${FSW}] & ${FSW_ES}) !== 0`,
};

/** Vector of the exception that an instruction of `unit` takes now, or −1 when it may go on (vol. 3A §2.5, table 2-2; §13.1). */
export function unavailable(R: Int32Array, unit: RequiredUnit): number {
  const cr0 = R[CR0];
  if (unit === 'wait') {
    if ((cr0 & CR0_MP) !== 0 && (cr0 & CR0_TS) !== 0) return VECTOR_NM;
    return (R[FSW] & FSW_ES) !== 0 ? VECTOR_MF : -1;
  }
  if (unit === 'sse' || unit === 'mmx') {
    if ((cr0 & CR0_EM) !== 0) return VECTOR_UD;
    if (unit === 'sse' && (R[CR4] & CR4_OSFXSR) === 0) return VECTOR_UD;
    if ((cr0 & CR0_TS) !== 0) return VECTOR_NM;
  } else if ((cr0 & (CR0_EM | CR0_TS)) !== 0) return VECTOR_NM;
  return (unit === 'x87' || unit === 'mmx') && (R[FSW] & FSW_ES) !== 0 ? VECTOR_MF : -1;
}
