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

export const LVT_MASKED = 0x1_0000;
export const LVT_PERIODIC = 0x2_0000;
export const SVR_ENABLE = 0x100;

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

/** Writable bits of the LVT entries, from the timer's to the error's. */
export const LVT_WRITABLE: readonly number[] = [0x3_00ff, 0x1_07ff, 0x1_07ff, 0x1_a7ff, 0x1_a7ff, 0x1_00ff];
