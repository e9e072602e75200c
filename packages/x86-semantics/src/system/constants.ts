// Numbers of vol. 3A that the system instructions share.

// Vectors (vol. 3A table 6-1).
export const VECTOR_DE = 0;
export const VECTOR_DB = 1;
export const VECTOR_NMI = 2;
export const VECTOR_BP = 3;
export const VECTOR_OF = 4;
export const VECTOR_BR = 5;
export const VECTOR_UD = 6;
export const VECTOR_NM = 7;
export const VECTOR_DF = 8;
export const VECTOR_TS = 10;
export const VECTOR_NP = 11;
export const VECTOR_SS = 12;
export const VECTOR_GP = 13;
export const VECTOR_PF = 14;
export const VECTOR_AC = 17;
export const VECTOR_MC = 18;

// MP_STATE (state/layout.ts). MWAIT is a wait that the contract knows nothing of: saving ends it.
/** Activity: executes instructions. */
export const MP_RUNNING = 0;
/** Activity: waits for a start-up IPI. */
export const MP_WAIT_FOR_SIPI = 1;
export const MP_HALTED = 2;
/** Activity: stopped by the hypervisor interface. */
export const MP_IDLE = 3;
/** Activity: waits in MWAIT. */
export const MP_MWAIT = 4;

// Segment registers in the order of their encoding, then LDTR and TR.
export const SEG_ES = 0;
export const SEG_CS = 1;
export const SEG_SS = 2;
export const SEG_DS = 3;
export const SEG_FS = 4;
export const SEG_GS = 5;
export const SEG_LDTR = 6;
export const SEG_TR = 7;

// Attributes as `segAttributes` holds them: bits 23:8 of the descriptor's high half, shifted down by 8.
export const ATTRIBUTE_TYPE = 0x0f;
export const ATTRIBUTE_ACCESSED = 0x01;
/** Writable (data) or readable (code). */
export const ATTRIBUTE_ACCESS = 0x02;
/** Expand-down (data) or conforming (code). */
export const ATTRIBUTE_DIRECTION = 0x04;
export const ATTRIBUTE_CODE = 0x08;
export const ATTRIBUTE_SEGMENT = 0x10;
export const ATTRIBUTE_PRESENT = 0x80;
export const ATTRIBUTE_DB = 0x4000;
export const ATTRIBUTE_GRANULARITY = 0x8000;
export const ATTRIBUTE_UNUSABLE = 0x1_0000;

// System descriptor types (vol. 3A table 3-2).
export const TYPE_TSS16_AVAILABLE = 1;
export const TYPE_LDT = 2;
export const TYPE_TSS16_BUSY = 3;
export const TYPE_CALL_GATE16 = 4;
export const TYPE_TASK_GATE = 5;
export const TYPE_INTERRUPT_GATE16 = 6;
export const TYPE_TRAP_GATE16 = 7;
export const TYPE_TSS32_AVAILABLE = 9;
export const TYPE_TSS32_BUSY = 11;
export const TYPE_CALL_GATE32 = 12;
export const TYPE_INTERRUPT_GATE32 = 14;
export const TYPE_TRAP_GATE32 = 15;
