import { lane32 } from '@ringzero/x86';

/** What runs an operation: it returns the operation that runs next. */
export type Handler = (operation: Operation) => Operation;

/** A decoded block, as far as an operation must know it. */
export interface BlockLike {
  readonly head: Operation;
  /** What the block was decoded under: mode key, code TLB entry, CS base and limit. */
  readonly mode: number;
  readonly entry: number;
  readonly codeBase: number;
  readonly codeLimit: number;
}

// Operation.facts, from bit 0: form (12), prefixes (6), operand size 16, address size 16, memory operand, segment (3), CS and ES checked.
const FORM_MASK = 0xfff;
export const FACT_PREFIXES_SHIFT = 12;
const PREFIXES_MASK = 0x3f;
export const FACT_OPERAND16: number = 1 << 18;
export const FACT_ADDRESS16: number = 1 << 19;
export const FACT_MEMORY: number = 1 << 20;
export const FACT_SEGMENT_SHIFT = 21;
export const FACT_CODE_CHECKED: number = 1 << 24;
export const FACT_EXTRA_CHECKED: number = 1 << 25;

/** i32 lane that always reads 0. */
const ZERO_LANE: number = lane32('zero');

/**
 * One decoded instruction of a block, operands baked for the mode that the block was decoded in.
 * A single hidden class with numbers in fixed places: V8 keeps `op = op.h(op)` monomorphic in everything but `h`.
 *
 * There are some hundred thousand of them, and cold guest code pays for each cache line. So what handlers read comes first, in
 * the order of use: a register operation touches one line, one with a memory operand two. What only helpers and compilers ask
 * is packed into `facts`; what is a block's is in the block.
 */
export class Operation {
  /** Handler. */
  h: Handler;
  /** Next operation in the block (for a block end: where a fall-through resolves). */
  next: Operation;
  /** i32 lane of the register in ModRM.reg (or the opcode), of the one in ModRM.rm; byte offsets for 8-bit operands. */
  reg: number = 0;
  rm: number = 0;
  immediate: number = 0;
  /** Effective address: ((R[base] + (R[index] << scale) + displacement) & addressMask); absent registers read lane `zero`. */
  base: number = ZERO_LANE;
  displacement: number = 0;
  index: number = ZERO_LANE;
  scale: number = 0;
  addressMask: number = -1;
  /** −1 if the memory operand's segment is flat (base 0, limit 4 GB, full rights for this mode), else equal to `segment`. */
  checkedSegment: number = -1;
  /** Offset of the TLB section: supervisor, user or always-miss. */
  tlb: number = 0;
  /** −1 if SS is flat, else 2. */
  checkedStack: number = -1;
  /** −1 with a 32-bit stack, 0xffff with a 16-bit one. */
  stackMask: number = -1;
  /** Head only: instructions in the block. Others 0. */
  count: number = 0;
  /** Block end: resolved successor when the branch is taken. */
  taken: Operation;
  /** Instructions from this one to the block's end, itself included: what a mid-block exit gives back to the budget. */
  left: number = 0;
  /** Offset in CS of this instruction (EIP as int32), and of the one after it. */
  ip: number = 0;
  nextIp: number = 0;
  /** Branch target (offset in CS) of a direct branch. */
  target: number = 0;
  facts: number = 3 << FACT_SEGMENT_SHIFT;
  /** The raw numbers (0..15) of the registers in ModRM.reg and ModRM.rm. */
  regNumber: number = 0;
  rmNumber: number = 0;
  immediate2: number = 0;
  block: BlockLike | null = null;

  constructor(handler: Handler) {
    this.h = handler;
    this.next = this;
    this.taken = this;
  }

  /** Opcode-map row. */
  get form(): number {
    return this.facts & FORM_MASK;
  }
  set form(form: number) {
    this.facts = (this.facts & ~FORM_MASK) | form;
  }
  /** `PREFIX_*` mask. */
  get prefixes(): number {
    return (this.facts >> FACT_PREFIXES_SHIFT) & PREFIXES_MASK;
  }
  set prefixes(prefixes: number) {
    this.facts = (this.facts & ~(PREFIXES_MASK << FACT_PREFIXES_SHIFT)) | (prefixes << FACT_PREFIXES_SHIFT);
  }
  /** Effective operand and address size in bits. */
  get operandSize(): number {
    return (this.facts & FACT_OPERAND16) !== 0 ? 16 : 32;
  }
  set operandSize(bits: number) {
    this.facts = withFact(this.facts, FACT_OPERAND16, bits === 16);
  }
  get addressSize(): number {
    return (this.facts & FACT_ADDRESS16) !== 0 ? 16 : 32;
  }
  set addressSize(bits: number) {
    this.facts = withFact(this.facts, FACT_ADDRESS16, bits === 16);
  }
  /** Whether the ModRM operand is in memory. */
  get isMemory(): boolean {
    return (this.facts & FACT_MEMORY) !== 0;
  }
  set isMemory(is: boolean) {
    this.facts = withFact(this.facts, FACT_MEMORY, is);
  }
  /** Segment of the memory operand (0..5). */
  get segment(): number {
    return (this.facts >> FACT_SEGMENT_SHIFT) & 7;
  }
  set segment(segment: number) {
    this.facts = (this.facts & ~(7 << FACT_SEGMENT_SHIFT)) | (segment << FACT_SEGMENT_SHIFT);
  }
  /** −1 if CS is flat, else 1: branch targets are checked against its limit. */
  get checkedCode(): number {
    return (this.facts & FACT_CODE_CHECKED) !== 0 ? 1 : -1;
  }
  set checkedCode(segment: number) {
    this.facts = withFact(this.facts, FACT_CODE_CHECKED, segment >= 0);
  }
  /** −1 if ES is flat, else 0: for string destinations. */
  get checkedExtra(): number {
    return (this.facts & FACT_EXTRA_CHECKED) !== 0 ? 0 : -1;
  }
  set checkedExtra(segment: number) {
    this.facts = withFact(this.facts, FACT_EXTRA_CHECKED, segment >= 0);
  }

  // Facts of the block. −1 never matches a mode.
  get mode(): number {
    return this.block === null ? -1 : this.block.mode;
  }
  get entry(): number {
    return this.block === null ? 0 : this.block.entry;
  }
  get codeBase(): number {
    return this.block === null ? 0 : this.block.codeBase;
  }
  get codeLimit(): number {
    return this.block === null ? 0 : this.block.codeLimit;
  }
}

function withFact(facts: number, bit: number, on: boolean): number {
  return on ? facts | bit : facts & ~bit;
}
