import type { Vp } from '../../vp/vp.ts';
import { constant, modelLane, SLOT_MC_CTL, SLOT_MCG_CTL, SLOT_MCG_STATUS, stored, type Msr, type MsrRows } from './register.ts';

/** MCG_CAP: IA32_MCG_CTL exists; threshold-based error status (vol. 3B §15.3.1.1). */
const CAP_CTL = 0x100;
const CAP_TES = 0x800;
/** RIPV, EIPV, MCIP. */
const STATUS_BITS = 7;
/** IA32_MC0_CTL; each bank has CTL, STATUS, ADDR and MISC. */
const BANKS = 0x400;
const MOST_BANKS = 9;

function isP6(vp: Vp): boolean {
  return !vp.features.has('sse2');
}

/** Error-reporting banks: of the Pentium III, of Core 2, of Nehalem. */
function banks(vp: Vp): number {
  return isP6(vp) ? 5 : vp.features.has('sse4.2') ? 9 : 6;
}

const capabilities: Msr = {
  read: (vp) => [banks(vp) | (isP6(vp) ? CAP_CTL : CAP_TES), 0],
  write: () => false,
};

/** Machine check (vol. 3B chapter 15): no errors ever happen, so that status, address and information read as 0 and take 0 alone. */
export function addMachineCheck(rows: MsrRows): void {
  const noError = constant(0, true);
  rows.add(0x0000, noError); // IA32_P5_MC_ADDR
  rows.add(0x0001, noError); // IA32_P5_MC_TYPE
  rows.add(0x0179, capabilities, 'mca'); // IA32_MCG_CAP
  rows.add(0x017a, stored(modelLane(SLOT_MCG_STATUS), (low, high) => (low & ~STATUS_BITS) === 0 && high === 0), 'mca'); // IA32_MCG_STATUS
  rows.addIf(0x017b, stored(modelLane(SLOT_MCG_CTL)), (vp) => vp.features.has('mca') && isP6(vp)); // IA32_MCG_CTL
  for (let bank = 0; bank < MOST_BANKS; bank++) {
    const exists = (vp: Vp): boolean => vp.features.has('mca') && bank < banks(vp);
    const first = BANKS + 4 * bank;
    rows.addIf(first, stored(modelLane(SLOT_MC_CTL + bank)), exists); // IA32_MCi_CTL
    rows.addIf(first + 1, noError, exists); // IA32_MCi_STATUS
    rows.addIf(first + 2, noError, exists); // IA32_MCi_ADDR
    // No bank of the P6 family has it.
    rows.addIf(first + 3, noError, (vp) => exists(vp) && !isP6(vp)); // IA32_MCi_MISC
  }
}
