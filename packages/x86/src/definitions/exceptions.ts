// Exception vectors (vol. 3A table 6-1).

/** #DE: divide error. */
export const EXCEPTION_DE: number = 0;
/** #DB: debug. */
export const EXCEPTION_DB: number = 1;
/** Non-maskable interrupt. */
export const EXCEPTION_NMI: number = 2;
/** #BP: breakpoint. */
export const EXCEPTION_BP: number = 3;
/** #OF: overflow. */
export const EXCEPTION_OF: number = 4;
/** #BR: BOUND range exceeded. */
export const EXCEPTION_BR: number = 5;
/** #UD: undefined opcode. */
export const EXCEPTION_UD: number = 6;
/** #NM: no coprocessor. */
export const EXCEPTION_NM: number = 7;
/** #DF: double fault, with an error code of 0. */
export const EXCEPTION_DF: number = 8;
/** #TS: invalid TSS, with an error code. */
export const EXCEPTION_TS: number = 10;
/** #NP: segment not present, with an error code. */
export const EXCEPTION_NP: number = 11;
/** #SS: stack fault, with an error code. */
export const EXCEPTION_SS: number = 12;
/** #GP: general protection, with an error code. */
export const EXCEPTION_GP: number = 13;
/** #PF: page fault, with an error code. */
export const EXCEPTION_PF: number = 14;
/** #MF: x87 floating-point error. */
export const EXCEPTION_MF: number = 16;
/** #AC: alignment check, with an error code of 0. */
export const EXCEPTION_AC: number = 17;
/** #MC: machine check. */
export const EXCEPTION_MC: number = 18;
/** #XM: SIMD floating-point exception. */
export const EXCEPTION_XM: number = 19;
