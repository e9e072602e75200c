/** Bits of the x87 status word (SDM vol. 1 §8.1.3) and control word (§8.1.5). */

export const FSW_IE = 0x0001;
export const FSW_DE = 0x0002;
export const FSW_ZE = 0x0004;
export const FSW_OE = 0x0008;
export const FSW_UE = 0x0010;
export const FSW_PE = 0x0020;
export const FSW_SF = 0x0040;
export const FSW_ES = 0x0080;
export const FSW_C0 = 0x0100;
export const FSW_C1 = 0x0200;
export const FSW_C2 = 0x0400;
export const FSW_TOP = 0x3800;
export const FSW_C3 = 0x4000;
export const FSW_B = 0x8000;
/** The six exception flags; the mask bits of the control word sit at the same positions. */
export const FSW_EXCEPTIONS = 0x003f;
/** The exceptions found before anything is computed: unmasked, they leave every operand as it was (§8.6). */
export const FSW_BEFORE = 0x0007;
/** Stack fault: invalid operation with SF. */
export const FSW_STACK_FAULT = 0x0041;
/** C0, C2 and C3. */
export const FSW_CODES = 0x4500;

/** Bits of FCW that can be written; bit 6 always reads 1. */
export const FCW_WRITABLE = 0x1f3f;
export const FCW_ALWAYS = 0x0040;
export const FCW_INITIAL = 0x037f;
/** Precision control: 64 bits of significand. */
export const FCW_EXTENDED = 0x0300;
/** Rounding control, FCW 11:10. */
export const ROUND_NEAREST = 0;
export const ROUND_DOWN = 1;
export const ROUND_UP = 2;
export const ROUND_ZERO = 3;

/** Exponent bias of the double extended format (§4.2.2). */
export const BIAS = 16383;
/** What an unmasked overflow or underflow moves the exponent by (§8.5.4, §8.5.5). */
export const BIAS_ADJUST = 24576;

/** Arithmetic operations, numbered as the reg field of D8 and DC encodes them (2 and 3 are FCOM and FCOMP). */
export const X87_ADD = 0;
export const X87_MULTIPLY = 1;
export const X87_SUBTRACT = 4;
export const X87_SUBTRACT_REVERSE = 5;
export const X87_DIVIDE = 6;
export const X87_DIVIDE_REVERSE = 7;

/** Constants, numbered as D9 E8+n encodes them. */
export const X87_ONE = 0;
export const X87_LOG2_10 = 1;
export const X87_LOG2_E = 2;
export const X87_PI = 3;
export const X87_LOG10_2 = 4;
export const X87_LN_2 = 5;
export const X87_ZERO = 6;
