import type { FlagKindName } from '../flags/kinds.ts';

/*
 * The intermediate representation: what one instruction means, as data.
 *
 * Expressions are pure and yield an int32. Statements run in order; those that can fault come before those that change
 * architectural state, so that an engine may abandon an instruction at any fault and find the state untouched.
 * There is no goto. Consumers: emit-js (interpreter handlers and compiled blocks), analyze, evaluate.
 */

export type Width = 8 | 16 | 32;

/** A general register: named by ModRM.reg (or the opcode), by ModRM.rm, or by its number (8 bits: 4..7 are AH CH DH BH). */
export type RegisterSlot = 'reg' | 'rm' | number;

/** A number that decoding fixes: a field of the operation, a constant in a compiled block. */
export type FieldName = 'ip' | 'nextIp' | 'target' | 'immediate' | 'immediate2' | 'base' | 'operandSize' | 'regNumber' | 'rmNumber' | 'addressMask' | 'stackMask' | 'form' | 'prefixes' | 'segment';

export type UnaryOperator = 'not' | 'neg' | 'sext8' | 'sext16' | 'zext8' | 'zext16' | 'clz';
export type ArithmeticOperator = 'add' | 'sub' | 'mul' | 'and' | 'or' | 'xor' | 'shl' | 'shr' | 'sar';
export type CompareOperator = 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge' | 'ltu' | 'leu' | 'gtu' | 'geu';

/** Pure functions of `emit-js/pure.ts` that expressions may call. */
export type PureName = 'mulHighUnsigned' | 'mulHighSigned' | 'divideUnsigned' | 'divideSigned' | 'signedQuotientFits' | 'parityOf';

/** Register files of the vector and x87 units. */
export type VectorFile = 'xmm' | 'mmx';

export type Expression =
  | { readonly k: 'const'; readonly value: number }
  | { readonly k: 'temp'; readonly id: number }
  | { readonly k: 'field'; readonly name: FieldName }
  | { readonly k: 'reg'; readonly slot: RegisterSlot; readonly width: Width }
  /** An i32 lane of the state that is not a general register. */
  | { readonly k: 'lane'; readonly lane: number }
  | { readonly k: 'unary'; readonly op: UnaryOperator; readonly a: Expression }
  | { readonly k: 'binary'; readonly op: ArithmeticOperator; readonly a: Expression; readonly b: Expression }
  /** 1 or 0. */
  | { readonly k: 'compare'; readonly op: CompareOperator; readonly a: Expression; readonly b: Expression }
  | { readonly k: 'select'; readonly c: Expression; readonly a: Expression; readonly b: Expression }
  /** Condition code 0..15 of the arithmetic flags: 1 or 0. */
  | { readonly k: 'condition'; readonly code: number }
  | { readonly k: 'carry' }
  /** OSZAPC at their EFLAGS positions. */
  | { readonly k: 'flags' }
  | { readonly k: 'pure'; readonly name: PureName; readonly args: readonly Expression[] }
  /** Offset of the ModRM or moffs operand in its segment. */
  | { readonly k: 'ea' }
  /** Linear address of an `address` statement. */
  | { readonly k: 'linear'; readonly address: number }
  /** Byte offset in the state of a vector register. */
  | { readonly k: 'vector'; readonly slot: 'reg' | 'rm'; readonly file: VectorFile }
  /** 32 bits of the state at byte `at` + `offset`: a doubleword of a vector register, or of the scratch operand. */
  | { readonly k: 'word'; readonly at: Expression; readonly offset: Expression }
  /** TOP of the x87 status word (vol. 1 §8.1.3). `lane` gives that word without it. */
  | { readonly k: 'top' }
  /** Doubleword `part` of x87 register number `physical`: low and high half of the significand, sign and exponent. */
  | { readonly k: 'stack'; readonly physical: Expression; readonly part: StackPart }
  /** 1 or 0; 0 for every operator but `ne` if one side is a NaN. */
  | { readonly k: 'floatCompare'; readonly op: FloatCompareOperator; readonly a: FloatExpression; readonly b: FloatExpression }
  /**
   * `test`, of which compiled code remembers that it held: that the double or single at byte `at` + `offset` of the state is no NaN (`number`), or neither that
   * nor denormal (`whole`); or that MXCSR has the host's arithmetic serve (`rounding`). One of those that an `if` needs all of, and
   * without which it does the same in a way that needs none.
   */
  | { readonly k: 'fact'; readonly about: FactKind; readonly at: Expression; readonly offset: number; readonly isDouble: boolean; readonly test: Expression }
  /** The integer part of a number between −2^31 − 1 and 2^31. */
  | { readonly k: 'truncate'; readonly a: FloatExpression };

export type StackPart = 0 | 1 | 2;
export type FloatOperator = 'add' | 'sub' | 'mul' | 'div';
export type FloatCompareOperator = 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge';
/** `single` rounds to single precision. */
export type FloatFunction = 'abs' | 'sqrt' | 'single';

/**
 * A double, computed as IEEE 754 has it, rounded to nearest. What bits a NaN has is not defined: a value that may be one goes
 * to the state or memory only by `loadDoubles` and `storeDoubles`, or after a test.
 */
export type FloatExpression =
  | { readonly k: 'floatConst'; readonly value: number }
  | { readonly k: 'floatTemp'; readonly id: number }
  /** The double, or the single, at byte `at` + `offset` of the state; a multiple of its size. */
  | { readonly k: 'double'; readonly at: Expression; readonly offset: number }
  | { readonly k: 'single'; readonly at: Expression; readonly offset: number }
  | { readonly k: 'floatBinary'; readonly op: FloatOperator; readonly a: FloatExpression; readonly b: FloatExpression }
  | { readonly k: 'floatUnary'; readonly op: FloatFunction; readonly a: FloatExpression }
  | { readonly k: 'fromInteger'; readonly a: Expression };

export type FactKind = 'number' | 'whole' | 'rounding';

export type PointersTo = 'instruction' | 'operand' | 'publish' | 'reload';

/** Which segment an address is in: the operand's own, the stack's, or ES. */
export type AddressSegment = 'operand' | 'stack' | 'extra';

/**
 * Units whose functions an instruction may call, bound by the engine: the x87 unit, vector operations, and arithmetic of x87
 * registers, which touches neither status word nor tags.
 */
export type UnitName = 'fpu' | 'vector' | 'x87';

export type Statement =
  | { readonly k: 'let'; readonly id: number; readonly value: Expression }
  /** Checks `size` bytes at `offset` against the segment, and names the linear address `id`. */
  | { readonly k: 'address'; readonly id: number; readonly segment: AddressSegment; readonly offset: Expression; readonly size: number; readonly write: boolean }
  | { readonly k: 'load'; readonly id: number; readonly address: number; readonly width: Width }
  /** A load after which a store of the same width to the same address cannot fault. */
  | { readonly k: 'loadForWrite'; readonly id: number; readonly address: number; readonly width: Width }
  | { readonly k: 'store'; readonly address: number; readonly width: Width; readonly value: Expression; readonly checked: boolean }
  /** Copies memory to byte offset `target` of the state. */
  | { readonly k: 'loadBlock'; readonly address: number; readonly size: number; readonly target: Expression }
  | { readonly k: 'storeBlock'; readonly address: number; readonly size: number; readonly source: Expression }
  /** Loads 8 bytes: temps `low` and `high`. */
  | { readonly k: 'loadPair'; readonly low: number; readonly high: number; readonly address: number }
  | { readonly k: 'storePair'; readonly address: number; readonly low: Expression; readonly high: Expression }
  /** Copies doubles, whatever their bits, to byte offset `target` of the state. They are `ids`; not `named`, those may hold anything. */
  | { readonly k: 'loadDoubles'; readonly ids: readonly number[]; readonly named: boolean; readonly address: number; readonly target: Expression }
  | { readonly k: 'storeDoubles'; readonly address: number; readonly count: number; readonly source: Expression }
  | { readonly k: 'letFloat'; readonly id: number; readonly value: FloatExpression }
  /** `isWhole`: neither denormal nor a NaN. */
  | { readonly k: 'setDouble'; readonly at: Expression; readonly offset: number; readonly value: FloatExpression; readonly isWhole: boolean }
  | { readonly k: 'setSingle'; readonly at: Expression; readonly offset: number; readonly value: FloatExpression; readonly isWhole: boolean }
  /**
   * The x87 unit's pointers (vol. 1 §8.1.8, §8.1.9): to this instruction, and to its memory operand as well; or around calls
   * of functions that read and write them in the state: `publish` before, `reload` after.
   */
  | { readonly k: 'pointers'; readonly to: PointersTo }
  /** Leaves unless the operand could be stored to; stores nothing. */
  | { readonly k: 'probe'; readonly address: number; readonly size: number }
  | { readonly k: 'setReg'; readonly slot: RegisterSlot; readonly width: Width; readonly value: Expression }
  | { readonly k: 'setLane'; readonly lane: number; readonly value: Expression }
  | { readonly k: 'setTop'; readonly value: Expression }
  | { readonly k: 'setStack'; readonly physical: Expression; readonly part: StackPart; readonly value: Expression }
  | { readonly k: 'setWord'; readonly at: Expression; readonly offset: Expression; readonly value: Expression }
  /** The only writer of arithmetic flags; kinds as in flags/kinds.ts, operands not yet shifted. */
  | { readonly k: 'setFlags'; readonly kind: FlagKindName; readonly width: Width; readonly a: Expression; readonly b: Expression }
  | { readonly k: 'if'; readonly condition: Expression; readonly then: readonly Statement[]; readonly otherwise: readonly Statement[] }
  /** Guest exception; `error` −1 means none. Before any change of state. */
  | { readonly k: 'raise'; readonly vector: number; readonly error: number }
  /** Leaves with #UD, #NM or #MF unless the unit may be used now. */
  | { readonly k: 'require'; readonly unit: RequiredUnit }
  /** Calls `unit.name(args)`; its result is temp `id` (−1: unused). With `mayFault` it reports through the fault lane. */
  | { readonly k: 'unit'; readonly unit: UnitName; readonly name: string; readonly args: readonly Expression[]; readonly id: number; readonly mayFault: boolean }
  /** #GP(0) if a branch to `target` would leave CS's limit. */
  | { readonly k: 'checkTarget'; readonly target: Expression }
  /** Block ends: to the branch target if `condition`, else to the next instruction. */
  | { readonly k: 'branch'; readonly condition: Expression }
  | { readonly k: 'jump' }
  | { readonly k: 'jumpTo'; readonly target: Expression };

/** What `require` checks (vol. 3A §2.5, table 9-1; vol. 2 per instruction). `x87control`: as x87 but ignoring pending exceptions. */
export type RequiredUnit = 'x87' | 'x87control' | 'mmx' | 'sse' | 'xsave' | 'wait';

/** The meaning of one instruction form at one operand size, with its ModRM operand in a register or in memory. */
export interface Program {
  readonly statements: readonly Statement[];
  /** Number of temporaries and addresses used. */
  readonly temps: number;
  readonly floatTemps: number;
  readonly addresses: number;
}
