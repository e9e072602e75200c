// Kinds of the lazy flag record: what produced OSZAPC. `kind = KIND_x | size`, size 0 = 8, 1 = 16, 2 = 32 bits.
// Operands of 8 and 16 bits are shifted to the top of 32, so that every condition is one 32-bit compare.

/** b = the OSZAPC bits at their EFLAGS positions. */
export const KIND_WORD = 0;
/** a + b. */
export const KIND_ADD = 4;
/** a + b + 1. */
export const KIND_ADC = 8;
/** a − b. */
export const KIND_SUB = 12;
/** a − b − 1. */
export const KIND_SBB = 16;
/** a · b of signed doublewords: CF = OF = whether the product is more than 32 bits; AF = 0, and SF, ZF, PF derive from its low half. */
export const KIND_PRODUCT = 20;

// From here on `a` is the result, and nothing else is: engines compare kinds with the first.

/** a = result of a logical operation: CF = OF = AF = 0. */
export const KIND_LOGIC = 24;
/** a = result (SF, ZF, PF derive), b = CF, OF and AF at their EFLAGS positions. */
export const KIND_RESULT = 28;

// These two differ in bit 2 alone.

/** a = result of an increment, b = CF from before. */
export const KIND_INC = 32;
/** a = result of a decrement, b = CF from before. */
export const KIND_DEC = 36;

/** Kinds as semantics name them in `setFlags`. */
export type FlagKindName = 'word' | 'add' | 'adc' | 'sub' | 'sbb' | 'logic' | 'inc' | 'dec' | 'result' | 'product';

export const FLAG_KINDS: Readonly<Record<FlagKindName, number>> = {
  word: KIND_WORD,
  add: KIND_ADD,
  adc: KIND_ADC,
  sub: KIND_SUB,
  sbb: KIND_SBB,
  logic: KIND_LOGIC,
  inc: KIND_INC,
  dec: KIND_DEC,
  result: KIND_RESULT,
  product: KIND_PRODUCT,
};

/** EFLAGS positions (vol. 1 §3.4.3). */
export const CF = 0x001;
export const PF = 0x004;
export const AF = 0x010;
export const ZF = 0x040;
export const SF = 0x080;
export const OF = 0x800;
/** All six arithmetic flags. */
export const OSZAPC: number = CF | PF | AF | ZF | SF | OF;
