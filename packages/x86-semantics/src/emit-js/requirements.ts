import { CR0_EM, CR0_MP, CR0_TS, CR4_OSFXSR, CR4_OSXSAVE, lane32 } from '@ringzero/x86';
import type { RequiredUnit } from '../ir/nodes.ts';
import { CR0, CR4 } from '../vp/lanes.ts';

const FSW: number = lane32('fsw');
/** FSW.ES: an unmasked x87 exception waits to be reported. */
export const FSW_ES = 0x80;
const VECTOR_UD = 6;
const VECTOR_NM = 7;
const VECTOR_MF = 16;

/** The tests that a unit may not be used now: by control registers (their source, over the i32 view `R`), and by pending exceptions. */
export interface RequirementTests {
  /** Holds for a whole block: nothing in a block writes control registers. */
  readonly atEntry: string;
  readonly isPending: boolean;
}

const NO_X87 = `(R[${CR0}] & ${CR0_EM | CR0_TS}) !== 0`;

/** The tests of each unit. What their failure means is looked into by {@link unavailable}. */
export const REQUIREMENT_TESTS: Readonly<Record<RequiredUnit, RequirementTests>> = {
  x87: { atEntry: NO_X87, isPending: true },
  x87control: { atEntry: NO_X87, isPending: false },
  mmx: { atEntry: NO_X87, isPending: true },
  sse: { atEntry: `((R[${CR0}] & ${CR0_EM | CR0_TS}) | (~R[${CR4}] & ${CR4_OSFXSR})) !== 0`, isPending: false },
  xsave: { atEntry: `((R[${CR0}] & ${CR0_TS}) | (~R[${CR4}] & ${CR4_OSXSAVE})) !== 0`, isPending: false },
  wait: { atEntry: `(R[${CR0}] & ${CR0_MP | CR0_TS}) === ${CR0_MP | CR0_TS}`, isPending: true },
};

/** Vector of the exception that an instruction of `unit` takes now, or −1 when it may go on (vol. 3A §2.5, table 2-2; §13.1). */
export function unavailable(R: Int32Array, unit: RequiredUnit): number {
  const cr0 = R[CR0];
  if (unit === 'wait') {
    if ((cr0 & CR0_MP) !== 0 && (cr0 & CR0_TS) !== 0) return VECTOR_NM;
    return (R[FSW] & FSW_ES) !== 0 ? VECTOR_MF : -1;
  }
  if (unit === 'xsave') {
    // CR0.EM says nothing of these (vol. 2, XSAVE).
    if ((R[CR4] & CR4_OSXSAVE) === 0) return VECTOR_UD;
    return (cr0 & CR0_TS) !== 0 ? VECTOR_NM : -1;
  }
  if (unit === 'sse' || unit === 'mmx') {
    if ((cr0 & CR0_EM) !== 0) return VECTOR_UD;
    if (unit === 'sse' && (R[CR4] & CR4_OSFXSR) === 0) return VECTOR_UD;
    if ((cr0 & CR0_TS) !== 0) return VECTOR_NM;
  } else if ((cr0 & (CR0_EM | CR0_TS)) !== 0) return VECTOR_NM;
  return (unit === 'x87' || unit === 'mmx') && (R[FSW] & FSW_ES) !== 0 ? VECTOR_MF : -1;
}
