import { APIC_BASE_BSP, APIC_BASE_ENABLE, APIC_BASE_X2APIC, lane32 } from '@ringzero/x86';

const BASE = lane32('apicBase');
const MODE = APIC_BASE_ENABLE | APIC_BASE_X2APIC;
/** Bits 7:0 and 9; what is above MAXPHYADDR is the caller's. */
const RESERVED = 0x2ff;
const FOUR_GB = 0x1_0000_0000;

/** How a local APIC is accessed; `invalid` is a combination of bits that no processor can be in. */
export type ApicState = 'disabled' | 'xapic' | 'x2apic' | 'invalid';

export function apicStateOf(base: number): ApicState {
  const mode = base & MODE;
  return mode === MODE ? 'x2apic' : mode === APIC_BASE_ENABLE ? 'xapic' : mode === 0 ? 'disabled' : 'invalid';
}

/** IA32_APIC_BASE in the state (vol. 3A §10.4.4, §10.12.5). */
export class ApicBaseRegister {
  readonly #R: Int32Array;

  constructor(R: Int32Array) {
    this.#R = R;
  }

  get state(): ApicState {
    return apicStateOf(this.#R[BASE]);
  }

  get isBootstrap(): boolean {
    return (this.#R[BASE] & APIC_BASE_BSP) !== 0;
  }

  /** Physical address of the register page. */
  get page(): number {
    return ((this.#R[BASE] & -4096) >>> 0) + (this.#R[BASE + 1] & 0xff) * FOUR_GB;
  }

  /** Whether WRMSR may write this: no reserved bits, and a transition of vol. 3A figure 10-27. */
  accepts(low: number, hasX2apic: boolean): boolean {
    if ((low & RESERVED) !== 0 || (!hasX2apic && (low & APIC_BASE_X2APIC) !== 0)) return false;
    const from = this.state;
    const to = apicStateOf(low);
    if (to === 'invalid') return false;
    return !(from === 'disabled' && to === 'x2apic') && !(from === 'x2apic' && to === 'xapic');
  }

  write(low: number, high: number): void {
    this.#R[BASE] = low;
    this.#R[BASE + 1] = high;
  }
}

/** LDR in x2APIC mode: the ID's upper bits name the cluster, its low four a bit in it (vol. 3A §10.12.10.2). */
export function logicalX2apicId(id: number): number {
  return ((id >>> 4) << 16) | (1 << (id & 15));
}
