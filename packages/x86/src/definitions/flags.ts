// RFLAGS (vol. 1 §3.4.3).

/** Carry. */
export const EFLAGS_CF: number = 0x0000_0001;
/** Always 1. */
export const EFLAGS_FIXED: number = 0x0000_0002;
/** Parity. */
export const EFLAGS_PF: number = 0x0000_0004;
/** Auxiliary carry. */
export const EFLAGS_AF: number = 0x0000_0010;
/** Zero. */
export const EFLAGS_ZF: number = 0x0000_0040;
/** Sign. */
export const EFLAGS_SF: number = 0x0000_0080;
/** Trap. */
export const EFLAGS_TF: number = 0x0000_0100;
/** Interrupt enable. */
export const EFLAGS_IF: number = 0x0000_0200;
/** Direction. */
export const EFLAGS_DF: number = 0x0000_0400;
/** Overflow. */
export const EFLAGS_OF: number = 0x0000_0800;
/** I/O privilege level: a field of two bits. */
export const EFLAGS_IOPL: number = 0x0000_3000;
/** Nested task. */
export const EFLAGS_NT: number = 0x0000_4000;
/** Resume. */
export const EFLAGS_RF: number = 0x0001_0000;
/** Virtual-8086 mode. */
export const EFLAGS_VM: number = 0x0002_0000;
/** Alignment check. */
export const EFLAGS_AC: number = 0x0004_0000;
/** Virtual interrupt. */
export const EFLAGS_VIF: number = 0x0008_0000;
/** Virtual interrupt pending. */
export const EFLAGS_VIP: number = 0x0010_0000;
/** Identification: CPUID exists if it can be changed. */
export const EFLAGS_ID: number = 0x0020_0000;
