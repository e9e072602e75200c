// Registers of the local APIC by number: offset in its page / 16 (vol. 3A table 10-1).
export const APIC_ID = 0x02;
export const APIC_VERSION = 0x03;
export const APIC_TPR = 0x08;
export const APIC_PPR = 0x0a;
export const APIC_EOI = 0x0b;
export const APIC_LDR = 0x0d;
export const APIC_DFR = 0x0e;
export const APIC_SVR = 0x0f;
/** First of eight. */
export const APIC_ISR = 0x10;
export const APIC_TMR = 0x18;
export const APIC_IRR = 0x20;
export const APIC_ESR = 0x28;
export const APIC_ICR_LOW = 0x30;
export const APIC_ICR_HIGH = 0x31;
export const APIC_LVT_TIMER = 0x32;
export const APIC_LVT_THERMAL = 0x33;
export const APIC_LVT_PERFORMANCE = 0x34;
export const APIC_LVT_LINT0 = 0x35;
export const APIC_LVT_LINT1 = 0x36;
export const APIC_LVT_ERROR = 0x37;
export const APIC_TIMER_INITIAL = 0x38;
export const APIC_TIMER_CURRENT = 0x39;
export const APIC_TIMER_DIVIDE = 0x3e;
/** In x2APIC mode only. */
export const APIC_SELF_IPI = 0x3f;

/** Interrupt accepted and not ended: a level-triggered one of LINT0, read-only. */
export const LVT_REMOTE_IRR = 0x4000;
export const LVT_LEVEL = 0x8000;
export const LVT_MASKED = 0x1_0000;
/** Timer mode, bits 18:17: 0 one-shot, periodic, TSC-deadline. */
export const LVT_PERIODIC = 0x2_0000;
export const LVT_DEADLINE = 0x4_0000;
export const LVT_TIMER_MODE = 0x6_0000;
export const SVR_ENABLE = 0x100;
/** Focus processor checking is off. */
export const SVR_NO_FOCUS = 0x200;
/** EOIs of level-triggered interrupts are not broadcast to IO-APICs; there if the version register says so. */
export const SVR_SUPPRESS_EOI_BROADCAST = 0x1000;
export const VERSION_SUPPRESS_EOI_BROADCAST = 0x100_0000;
/** What the ICR's low half holds: vector, delivery and destination mode, level, trigger mode, shorthand. */
export const ICR_WRITABLE = 0xc_cfff;
export const DIVIDE_WRITABLE = 0xb;

// Delivery modes (vol. 3A §10.5.1, §10.6.1).
export const DELIVERY_FIXED = 0;
export const DELIVERY_LOWEST = 1;
export const DELIVERY_SMI = 2;
export const DELIVERY_NMI = 4;
export const DELIVERY_INIT = 5;
export const DELIVERY_STARTUP = 6;
export const DELIVERY_EXTINT = 7;

// Bits of the error status register (vol. 3A §10.5.3).
export const ERROR_SEND_VECTOR = 0x20;
export const ERROR_RECEIVE_VECTOR = 0x40;
export const ERROR_REGISTER = 0x80;

/** Writable bits of the LVT entries, from the timer's (without TSC-deadline mode) to the error's. */
export const LVT_WRITABLE: readonly number[] = [0x3_00ff, 0x1_07ff, 0x1_07ff, 0x1_a7ff, 0x1_a7ff, 0x1_00ff];

/** Whether register `n` exists in the page (vol. 3A table 10-1; without CMCI). */
export function isRegister(n: number): boolean {
  return (n >= APIC_ID && n <= APIC_VERSION) || (n >= APIC_TPR && n <= APIC_ESR) || (n >= APIC_ICR_LOW && n <= APIC_TIMER_CURRENT) || n === APIC_TIMER_DIVIDE;
}
