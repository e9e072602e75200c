import { lane32 } from '@ringzero/x86';
import { logicalX2apicId, type ApicState } from './base.ts';
import { BROADCAST } from './message.ts';
import { APIC_DFR, APIC_ID, APIC_LDR } from './registers.ts';

const REGISTERS = lane32('apicRegisters');

/** Whether a 32-bit destination names the APIC with these registers (vol. 3A §10.6.2, §10.12.10). */
export function matchesDestination(R: Int32Array, state: ApicState, destination: number, logical: boolean): boolean {
  if (destination === BROADCAST) return true;
  const id = R[REGISTERS + APIC_ID];
  if (state === 'x2apic') {
    if (!logical) return id >>> 0 === destination;
    const own = logicalX2apicId(id);
    return own >>> 16 === destination >>> 16 && (own & destination & 0xffff) !== 0;
  }
  if (!logical) return id >>> 24 === destination;
  // A logical destination of more than 8 bits is meant for x2APICs.
  if (destination > 0xff) return false;
  const own = R[REGISTERS + APIC_LDR] >>> 24;
  if (R[REGISTERS + APIC_DFR] >>> 28 === 0xf) return (own & destination) !== 0;
  return (destination >>> 4 === 0xf || own >>> 4 === destination >>> 4) && (own & destination & 15) !== 0;
}
