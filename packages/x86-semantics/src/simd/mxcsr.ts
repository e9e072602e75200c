import { lane32 } from '@ringzero/x86';

/** i32 lane of MXCSR (SDM vol. 1 §10.2.3). */
export const MXCSR: number = lane32('mxcsr');
export const MXCSR_IE = 0x01;
export const MXCSR_DE = 0x02;
export const MXCSR_ZE = 0x04;
export const MXCSR_OE = 0x08;
export const MXCSR_UE = 0x10;
export const MXCSR_PE = 0x20;
export const MXCSR_FLAGS = 0x3f;
/** Exceptions found before the operation: an unmasked one leaves the others unreported. */
export const MXCSR_BEFORE = 0x07;
export const MXCSR_DAZ = 0x40;
/** A mask bit is its flag shifted by this. */
export const MXCSR_MASK_SHIFT = 7;
export const MXCSR_UM = 0x800;
export const MXCSR_OM = 0x400;
export const MXCSR_PM = 0x1000;
export const MXCSR_MASKS = 0x1f80;
export const MXCSR_RC = 0x6000;
export const MXCSR_RC_SHIFT = 13;
export const MXCSR_FTZ = 0x8000;
/** Rounding control (vol. 1 table 4-8). */
export const ROUND_NEAREST = 0;
export const ROUND_DOWN = 1;
export const ROUND_UP = 2;
export const ROUND_ZERO = 3;

export const FLOAT_ADD = 0;
export const FLOAT_SUB = 1;
export const FLOAT_MUL = 2;
export const FLOAT_DIV = 3;
export const FLOAT_MIN = 4;
export const FLOAT_MAX = 5;
export const FLOAT_SQRT = 6;
