import { lane32 } from '@ringzero/x86';

/** What runs an operation: it returns the operation that runs next. */
export type Handler = (operation: Operation) => Operation;

/** A head of a decoded block, as far as an operation must know it. */
export interface BlockLike {
  readonly head: Operation;
}

/**
 * One decoded instruction of a block, operands baked for the mode that the block was decoded in.
 * A single hidden class with numbers in fixed places: V8 keeps `op = op.h(op)` monomorphic in everything but `h`.
 */
export class Operation {
  /** Handler; replaced when the block is compiled, goes stale, or must stop at a boundary. */
  h: Handler;
  /** Next operation in the block (for a block end: where a fall-through resolves). */
  next: Operation;
  /** Block end: resolved successor when the branch is taken. */
  taken: Operation;
  /** Head only: instructions in the block. Others 0. */
  count: number = 0;
  /** Instructions from this one to the block's end, itself included: what a mid-block exit gives back to the budget. */
  left: number = 0;
  /** Offset in CS of this instruction (EIP as int32), and of the one after it. */
  ip: number = 0;
  nextIp: number = 0;
  /** Opcode-map row. */
  form: number = 0;
  /** Effective operand and address size in bits. */
  operandSize: number = 32;
  addressSize: number = 32;
  /** `PREFIX_*` mask. */
  prefixes: number = 0;
  /** i32 lane of the register in ModRM.reg (or the opcode), of the one in ModRM.rm; byte offsets for 8-bit operands. */
  reg: number = 0;
  rm: number = 0;
  /** The raw numbers of those registers (0..15). */
  regNumber: number = 0;
  rmNumber: number = 0;
  /** Whether the ModRM operand is in memory. */
  isMemory: boolean = false;
  /** Effective address: ((R[base] + (R[index] << scale) + displacement) & addressMask); absent registers read lane `zero`. */
  base: number = ZERO_LANE;
  index: number = ZERO_LANE;
  scale: number = 0;
  displacement: number = 0;
  addressMask: number = -1;
  /** Segment of the memory operand (0..5). */
  segment: number = 3;
  /** −1 if that segment is flat (base 0, limit 4 GB, full rights for this mode), else equal to `segment`. */
  checkedSegment: number = -1;
  /** −1 if SS is flat, else 2. ES likewise (0) for string destinations. */
  checkedStack: number = -1;
  checkedExtra: number = -1;
  /** −1 with a 32-bit stack, 0xffff with a 16-bit one. */
  stackMask: number = -1;
  /** Offset of the TLB section: supervisor, user or always-miss. */
  tlb: number = 0;
  /** −1 if CS is flat, else 1: branch targets are checked against its limit. */
  checkedCode: number = -1;
  /** Branch target (offset in CS) of a direct branch. */
  target: number = 0;
  immediate: number = 0;
  immediate2: number = 0;
  /** Heads only: mode key, code TLB entry, CS base and limit that the block was decoded under. −1 never matches a mode. */
  mode: number = -1;
  entry: number = 0;
  codeBase: number = 0;
  codeLimit: number = 0;
  /** Heads only: executions so far, until the block is compiled. */
  hits: number = 0;
  block: BlockLike | null = null;

  constructor(handler: Handler) {
    this.h = handler;
    this.next = this;
    this.taken = this;
  }
}

/** i32 lane that always reads 0. */
const ZERO_LANE: number = lane32('zero');
