// Debug registers (vol. 3B §17.2).

/** Breakpoint n's condition was met: bit n. */
export const DR6_B0: number = 0x0001;
/** Access to a debug register while GD was set. */
export const DR6_BD: number = 0x2000;
/** Single step. */
export const DR6_BS: number = 0x4000;
/** Task switch to a task with the T flag. */
export const DR6_BT: number = 0x8000;
/** Bits that read as 1. */
export const DR6_FIXED: number = 0xffff_0ff0 | 0;
/** Bits that software and the processor may set. */
export const DR6_WRITABLE: number = 0x0000_e00f;

/** Breakpoint 0 local enable; breakpoint n at bit 2n. */
export const DR7_L0: number = 0x0001;
/** Breakpoint 0 global enable; breakpoint n at bit 2n + 1. */
export const DR7_G0: number = 0x0002;
/** Exact local breakpoints (ignored). */
export const DR7_LE: number = 0x0100;
/** Exact global breakpoints (ignored). */
export const DR7_GE: number = 0x0200;
/** Bit 10, always 1. */
export const DR7_FIXED: number = 0x0400;
/** General detect: access to a debug register is a #DB. */
export const DR7_GD: number = 0x2000;
/** Where R/W0 lies; R/Wn is 4n bits up: 0 execute, 1 write, 2 I/O, 3 read or write. */
export const DR7_RW_SHIFT: number = 16;
/** Where LEN0 lies; LENn is 4n bits up: 0 one byte, 1 two, 2 eight, 3 four. */
export const DR7_LEN_SHIFT: number = 18;
