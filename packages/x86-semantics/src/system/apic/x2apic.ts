import type { LocalApic } from './local-apic.ts';
import {
  APIC_EOI,
  APIC_ESR,
  APIC_ICR_HIGH,
  APIC_ICR_LOW,
  APIC_ID,
  APIC_IRR,
  APIC_ISR,
  APIC_LDR,
  APIC_LVT_ERROR,
  APIC_LVT_TIMER,
  APIC_PPR,
  APIC_SELF_IPI,
  APIC_SVR,
  APIC_TIMER_CURRENT,
  APIC_TIMER_DIVIDE,
  APIC_TIMER_INITIAL,
  APIC_TPR,
  APIC_VERSION,
  DIVIDE_WRITABLE,
  ICR_WRITABLE,
  LVT_REMOTE_IRR,
} from './registers.ts';

/** First of the MSRs that are the APIC's registers in x2APIC mode, and how many there are room for. */
export const X2APIC_MSR = 0x800;
export const X2APIC_MSRS = 0x40;
/** Delivery status of an LVT entry: read-only, as remote IRR is. */
const LVT_DELIVERY_STATUS = 0x1000;

const IS_READABLE = new Set([APIC_ID, APIC_VERSION, APIC_TPR, APIC_PPR, APIC_LDR, APIC_SVR, APIC_ESR, APIC_ICR_LOW, APIC_TIMER_INITIAL, APIC_TIMER_CURRENT, APIC_TIMER_DIVIDE]);

function isLvt(n: number): boolean {
  return n >= APIC_LVT_TIMER && n <= APIC_LVT_ERROR;
}

/** RDMSR of register `n` (vol. 3A table 10-6); undefined: #GP(0). */
export function readX2apic(apic: LocalApic, n: number): readonly [low: number, high: number] | undefined {
  if (!IS_READABLE.has(n) && !isLvt(n) && !(n >= APIC_ISR && n < APIC_IRR + 8)) return undefined;
  return [apic.readRegister(n), n === APIC_ICR_LOW ? apic.readRegister(APIC_ICR_HIGH) : 0];
}

/** Bits that a write of register `n` may set; undefined where it cannot be written. EOI and ESR take only 0. */
function writable(apic: LocalApic, n: number): number | undefined {
  if (isLvt(n)) return apic.vectors.writable(n) | LVT_DELIVERY_STATUS | LVT_REMOTE_IRR;
  switch (n) {
    case APIC_TPR:
    case APIC_SELF_IPI:
      return 0xff;
    case APIC_EOI:
    case APIC_ESR:
      return 0;
    case APIC_SVR:
      return apic.writableSvr;
    case APIC_ICR_LOW:
      return ICR_WRITABLE;
    case APIC_TIMER_INITIAL:
      return -1;
    case APIC_TIMER_DIVIDE:
      return DIVIDE_WRITABLE;
    default:
      return undefined;
  }
}

/** WRMSR of register `n`. False, with nothing done: #GP(0). */
export function writeX2apic(apic: LocalApic, n: number, low: number, high: number): boolean {
  const bits = writable(apic, n);
  if (bits === undefined || (low & ~bits) !== 0 || (high !== 0 && n !== APIC_ICR_LOW)) return false;
  if (n === APIC_ICR_LOW) apic.writeRegister(APIC_ICR_HIGH, high);
  apic.writeRegister(n, low);
  return true;
}
