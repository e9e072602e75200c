// The mode key: everything outside the instruction's bytes that its translation depends on. Blocks are keyed by it.
/** CS.D: default operand and address size 32. */
export const MODE_CODE32 = 1;
/** SS.B: the stack pointer is ESP. */
export const MODE_STACK32 = 2;
/** Bit of segment s (ES CS SS DS FS GS) is `MODE_FLAT << s`: base 0, limit 4 GB, readable and writable (CS: readable). */
export const MODE_FLAT = 4;
/** CPL 3. */
export const MODE_USER: number = 1 << 8;
/** Alignment checks are on (CR0.AM, EFLAGS.AC and CPL 3): no access takes the fast path. */
export const MODE_ALIGN: number = 1 << 9;
/** Blocks of one instruction, for the run loop. */
export const MODE_ALONE: number = 1 << 10;
/** A key that no block is of, and none is decoded for: computed branches lead nowhere. For trying operations that are not the guest's. */
export const MODE_NOWHERE = -2;

/** TLB sections, as offsets into its tables. */
export const TLB_SUPERVISOR = 0;
/** Offset of the section for user mode in the TLB. */
export const TLB_USER: number = 1 << 20;
/** Never filled: every access misses. */
export const TLB_NEVER: number = 2 << 20;
