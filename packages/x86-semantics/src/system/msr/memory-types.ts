import { lane32 } from '@ringzero/x86';
import { ADDRESS_HIGH, constant, stored, type Msr, type MsrRows } from './register.ts';

/** VCNT 8, fixed ranges, write combining (vol. 3A §11.11.1). */
const CAPABILITIES = 0x508;
/** IA32_MTRR_DEF_TYPE: type, FE and E. */
const DEFAULT_RESERVED = ~0xcff;
/** PHYSBASE: bits 11:8; PHYSMASK: all below V. Both: what is above MAXPHYADDR (vol. 3A figure 11-7). */
const BASE_RESERVED = 0xf00;
const MASK_RESERVED = 0x7ff;
/** 64K_00000, 16K_80000, 16K_A0000, 4K_C0000 … 4K_F8000. */
const FIXED = [0x250, 0x258, 0x259, 0x268, 0x269, 0x26a, 0x26b, 0x26c, 0x26d, 0x26e, 0x26f];

function isMemoryType(type: number): boolean {
  return type === 0 || type === 1 || (type >= 4 && type <= 6);
}

/** Whether all four bytes hold memory types; UC− (7) is one for PAT alone. */
function areMemoryTypes(value: number, pat: boolean): boolean {
  for (let shift = 0; shift < 32; shift += 8) {
    const type = (value >>> shift) & 0xff;
    if (!isMemoryType(type) && !(pat && type === 7)) return false;
  }
  return true;
}

function variable(index: number): Msr {
  const isMask = (index & 1) !== 0;
  return stored(lane32('mtrrVariable', index), (low, high) => {
    if ((high & ~ADDRESS_HIGH) !== 0) return false;
    return isMask ? (low & MASK_RESERVED) === 0 : (low & BASE_RESERVED) === 0 && isMemoryType(low & 0xff);
  });
}

/** Memory types: PAT and MTRRs (vol. 3A §11.11, §11.12). They are kept and checked; all memory is coherent whatever they say. */
export function addMemoryTypes(rows: MsrRows): void {
  rows.add(0x00fe, constant(CAPABILITIES, false), 'mtrr'); // IA32_MTRRCAP
  rows.add(0x0277, stored(lane32('pat'), (low, high) => areMemoryTypes(low, true) && areMemoryTypes(high, true)), 'pat'); // IA32_PAT
  rows.add(0x02ff, stored(lane32('mtrrDefType'), (low, high) => high === 0 && (low & DEFAULT_RESERVED) === 0 && isMemoryType(low & 0xff)), 'mtrr'); // IA32_MTRR_DEF_TYPE
  for (let i = 0; i < 16; i++) rows.add(0x200 + i, variable(i), 'mtrr');
  FIXED.forEach((number, i) => rows.add(number, stored(lane32('mtrrFixed', i), (low, high) => areMemoryTypes(low, false) && areMemoryTypes(high, false)), 'mtrr'));
}
