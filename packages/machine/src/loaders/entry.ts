import type { AccessVpState, Registers, SegmentRegister } from '@ringzero/processor';

const FLAT_CODE = 0xc09b;
const FLAT_DATA = 0xc093;
const CR0_PE_ET = 0x11n;
// Local APIC registers (vol. 3A table 10-1).
const APIC_SVR = 0x0f;
const APIC_LVT_LINT0 = 0x35;
const APIC_LVT_LINT1 = 0x36;

function flat(selector: number, attributes: number): SegmentRegister {
  return { base: 0n, limit: 0xffff_ffff, selector, attributes };
}

/** Flat 32-bit protected mode, interrupts off, as boot loaders hand over. */
export function protectedModeEntry(state: AccessVpState, entry: number, code: number, data: number, changes: Partial<Registers> = {}): void {
  const registers = state.get('registers');
  const segment = flat(data, FLAT_DATA);
  state.set('registers', {
    ...registers,
    rip: BigInt(entry >>> 0),
    rflags: 2n,
    cr0: CR0_PE_ET,
    cs: flat(code, FLAT_CODE),
    ds: segment,
    es: segment,
    ss: segment,
    fs: segment,
    gs: segment,
    ...changes,
  });
  enableVirtualWire(state);
  state.commit();
}

/** Leaves the local APIC as firmware does: enabled, LINT0 passing on the 8259 pair, LINT1 the NMI (MP specification, virtual wire mode). */
export function enableVirtualWire(state: AccessVpState): void {
  const apic = state.get('apic');
  const registers = [...apic.registers];
  registers[APIC_SVR] = 0x1ff;
  registers[APIC_LVT_LINT0] = 0x700;
  registers[APIC_LVT_LINT1] = 0x400;
  state.set('apic', { ...apic, registers });
}
