import { lane32 } from '@ringzero/x86';
import { TLB_NEVER, TLB_USER } from './mode.ts';

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
/** What the mode says: SS is not flat, or 16-bit; operands are a user's, or take the slow path for their alignment. */
export const FACT_STACK_CHECKED: number = 1 << 26;
export const FACT_STACK16: number = 1 << 27;
export const FACT_USER: number = 1 << 28;
export const FACT_NEVER: number = 1 << 29;

/** Where `Operation.numbers` has the case of the dispatch switch (8 bits, the highest). */
export const CASE_SHIFT = 21;
const CASE_MASK = 0xff;

/** Where it says that other operands near its own are in another page too often. */
const APART = 1 << 20;

/** Where `Operation.numbers` says that the operand was not aligned. Numbers stay below 2^30, which V8 keeps unboxed everywhere. */
const MISALIGNED = 1 << 19;
/** Where `Operation.operands` has its parts: lanes of base and index (6 bits each), and the scale (2). */
const BASE_SHIFT = 16;
const INDEX_SHIFT = 22;
const SCALE_SHIFT = 28;
/** Where `Operation.numbers` has its parts: raw register numbers (4 bits each), length (5), instructions left (6). */
const RM_SHIFT = 4;
const LENGTH_SHIFT = 8;
const LEFT_SHIFT = 13;

/** i32 lane that always reads 0. */
const ZERO_LANE: number = lane32('zero');

/**
 * One decoded instruction of a block, operands baked for the mode that the block was decoded in.
 * A single hidden class with numbers in fixed places: V8 keeps `op = op.h(op)` monomorphic in everything but `h`.
 *
 * There are some hundred thousand of them, and cold guest code pays for each cache line. So small numbers are packed, and what
 * handlers read comes first. What depends on the mode alone is in lanes of the state for handlers, in `facts` for all
 * others; what is a block's is in the block.
 */
export class Operation {
  /** Handler. */
  h: Handler;
  /** Next operation in the block (for a block end: where a fall-through resolves). */
  next: Operation;
  /** {@link reg}, {@link rm}, {@link base}, {@link index} and {@link scale}, from bit 0. */
  operands: number = (ZERO_LANE << BASE_SHIFT) | (ZERO_LANE << INDEX_SHIFT);
  /** Effective address: ((R[base] + (R[index] << scale) + displacement) & addressMask); absent registers read lane `zero`. */
  displacement: number = 0;
  immediate: number = 0;
  addressMask: number = -1;
  /** −1 if the memory operand's segment is flat (base 0, limit 4 GB, full rights for this mode), else equal to `segment`. */
  checkedSegment: number = -1;
  /** Block end: resolved successor when the branch is taken. */
  taken: Operation;
  /** Head only: instructions in the block. Others 0. */
  count: number = 0;
  /** Offset in CS of the instruction after this one (EIP as int32). */
  nextIp: number = 0;
  facts: number = 3 << FACT_SEGMENT_SHIFT;
  /** {@link regNumber}, {@link rmNumber}, {@link length}, {@link left}, {@link isMisaligned}, {@link isApart} and {@link switchCase}, from bit 0. */
  numbers: number = 0;
  block: BlockLike | null = null;
  /** Where an interpreter has what its dispatch switch reads of the operation; 0: nowhere. Its own for good: {@link become} leaves it. */
  row: number = 0;

  constructor(handler: Handler) {
    this.h = handler;
    this.next = this;
    this.taken = this;
  }

  /** Makes it what `other` is. */
  become(other: Operation): void {
    this.h = other.h;
    this.next = other.next;
    this.operands = other.operands;
    this.displacement = other.displacement;
    this.immediate = other.immediate;
    this.addressMask = other.addressMask;
    this.checkedSegment = other.checkedSegment;
    this.taken = other.taken;
    this.count = other.count;
    this.nextIp = other.nextIp;
    this.facts = other.facts;
    this.numbers = other.numbers;
    this.block = other.block;
  }

  /** i32 lane of the register in ModRM.reg (or the opcode), of the one in ModRM.rm; byte offsets for 8-bit operands. */
  get reg(): number {
    return this.operands & 0xff;
  }
  set reg(lane: number) {
    this.operands = withBits(this.operands, 0, 0xff, lane);
  }
  get rm(): number {
    return (this.operands >> 8) & 0xff;
  }
  set rm(lane: number) {
    this.operands = withBits(this.operands, 8, 0xff, lane);
  }
  get base(): number {
    return (this.operands >> BASE_SHIFT) & 0x3f;
  }
  set base(lane: number) {
    this.operands = withBits(this.operands, BASE_SHIFT, 0x3f, lane);
  }
  get index(): number {
    return (this.operands >> INDEX_SHIFT) & 0x3f;
  }
  set index(lane: number) {
    this.operands = withBits(this.operands, INDEX_SHIFT, 0x3f, lane);
  }
  get scale(): number {
    return (this.operands >> SCALE_SHIFT) & 3;
  }
  set scale(scale: number) {
    this.operands = withBits(this.operands, SCALE_SHIFT, 3, scale);
  }
  /** The raw numbers (0..15) of the registers in ModRM.reg and ModRM.rm. */
  get regNumber(): number {
    return this.numbers & 15;
  }
  set regNumber(number: number) {
    this.numbers = withBits(this.numbers, 0, 15, number);
  }
  get rmNumber(): number {
    return (this.numbers >> RM_SHIFT) & 15;
  }
  set rmNumber(number: number) {
    this.numbers = withBits(this.numbers, RM_SHIFT, 15, number);
  }
  /** In bytes; 0 of what is no instruction. */
  get length(): number {
    return (this.numbers >> LENGTH_SHIFT) & 31;
  }
  set length(bytes: number) {
    this.numbers = withBits(this.numbers, LENGTH_SHIFT, 31, bytes);
  }
  /** Instructions from this one to the block's end, itself included: what a mid-block exit gives back to the budget. */
  get left(): number {
    return (this.numbers >> LEFT_SHIFT) & 63;
  }
  set left(instructions: number) {
    this.numbers = withBits(this.numbers, LEFT_SHIFT, 63, instructions);
  }
  /** What executes it in an interpreter's dispatch switch; 0: only its handler. */
  get switchCase(): number {
    return (this.numbers >> CASE_SHIFT) & CASE_MASK;
  }
  set switchCase(number: number) {
    this.numbers = withBits(this.numbers, CASE_SHIFT, CASE_MASK, number);
  }
  /** Offset in CS of this instruction (EIP as int32). */
  get ip(): number {
    return (this.nextIp - this.length) | 0;
  }
  /** Branch target (offset in CS) of a direct branch, which has no memory operand; 0 of others. */
  get target(): number {
    return this.isMemory ? 0 : this.displacement;
  }
  set target(ip: number) {
    this.displacement = ip;
  }
  /** The second immediate: of ENTER and far pointers, which have no memory operand either. */
  get immediate2(): number {
    return this.displacement;
  }
  set immediate2(value: number) {
    this.displacement = value;
  }
  /** Offset of the TLB section: supervisor, user or always-miss. */
  get tlb(): number {
    return (this.facts & FACT_NEVER) !== 0 ? TLB_NEVER : (this.facts & FACT_USER) !== 0 ? TLB_USER : 0;
  }
  set tlb(section: number) {
    this.facts = withFact(withFact(this.facts, FACT_NEVER, section === TLB_NEVER), FACT_USER, section === TLB_USER);
  }
  /** −1 if SS is flat, else 2. */
  get checkedStack(): number {
    return (this.facts & FACT_STACK_CHECKED) !== 0 ? 2 : -1;
  }
  set checkedStack(segment: number) {
    this.facts = withFact(this.facts, FACT_STACK_CHECKED, segment >= 0);
  }
  /** −1 with a 32-bit stack, 0xffff with a 16-bit one. */
  get stackMask(): number {
    return (this.facts & FACT_STACK16) !== 0 ? 0xffff : -1;
  }
  set stackMask(mask: number) {
    this.facts = withFact(this.facts, FACT_STACK16, mask !== -1);
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

  /** Whether its operand in memory was seen where no element of its size begins: for a compiler that chooses how to reach it. */
  get isMisaligned(): boolean {
    return (this.numbers & MISALIGNED) !== 0;
  }
  set isMisaligned(is: boolean) {
    this.numbers = withFact(this.numbers, MISALIGNED, is);
  }

  /** Whether other operands near its own were seen in another page, or not to be written to: for a compiler that checks them together. */
  get isApart(): boolean {
    return (this.numbers & APART) !== 0;
  }
  set isApart(is: boolean) {
    this.numbers = withFact(this.numbers, APART, is);
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

function withBits(value: number, shift: number, mask: number, part: number): number {
  return (value & ~(mask << shift)) | (part << shift);
}

function withFact(facts: number, bit: number, on: boolean): number {
  return on ? facts | bit : facts & ~bit;
}
