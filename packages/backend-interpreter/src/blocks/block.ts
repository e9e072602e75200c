import { Operation, type BlockLike } from '@ringzero/x86-semantics';
import { FEW_LINKS } from './links.ts';

/** `Block.secondStart` of a block in one page. */
export const ONE_PAGE = -1;
/** `Block.secondStart` of an instruction whose second page is no memory. */
export const NO_MEMORY = -2;

/** A link that leads to a block: `source.taken` or `source.next` is its head, or a gate to it. */
export interface IncomingLink {
  readonly source: Operation;
  readonly rest: IncomingLink | null;
}

/** A block that followed another, and how often. */
export interface Successor {
  to: Block;
  count: number;
  rest: Successor | null;
}

/** What a compiler has seen of a block. */
export interface BlockProfile {
  /** Whether a direct branch has led back here: the block is a loop's header. */
  isLoopHeader: boolean;
  /** Whether a call has led here: a function begins with the block. */
  isFunction: boolean;
  /** Blocks that followed, the one that did most often first. */
  successors: Successor | null;
}

/** A decoded basic block: operations in order, and what it was decoded from. */
export interface Block extends BlockLike {
  entry: number;
  /** What links and lookups run: the first instruction, or what {@link BlockCache.putInFront} put there. */
  head: Operation;
  /** The instructions; a pseudo-operation that falls through follows the last unless that one transfers control itself. */
  readonly operations: readonly Operation[];
  /** Where they are in the pool of `OperationStore`, or −1; the same of a head that was put in front. */
  readonly place: number;
  headPlace: number;
  /** Buffer offset of the first byte, and bytes from there (within the page). */
  readonly start: number;
  readonly length: number;
  /** A single instruction that crosses into another page: buffer offset and bytes there, else −1 and 0; −2 where no memory answers. */
  readonly secondStart: number;
  readonly secondLength: number;
  /** TLB entry of the second page's linear address. */
  readonly secondEntry: number;
  /** Linear address of the first instruction. */
  linear: number;
  /** Links that lead here, and perhaps some that do no more (see `noteLink`). */
  incoming: IncomingLink | null;
  /** How many, and at how many those that do no more are forgotten. */
  incomingCount: number;
  incomingLimit: number;
  /** Another block at the same byte of the page: of another mode, or mapped elsewhere. */
  sibling: Block | undefined;
  /** Executions so far, as far as a compiler counts them, and whether it does. */
  hits: number;
  isCounted: boolean;
  /** The {@link BlockCache.age} at which it, or a compiled function that begins with it, was last seen to be executed. */
  seenAt: number;
  /** What followed it, for a compiler. */
  readonly profile: BlockProfile;
  /** Blocks whose compiled functions contain this one: they go when it goes. */
  readonly regions: Block[];
  /** Whether nothing in it but EIP and relative targets depends on its address: targets of 16 bits are not relative. */
  readonly isMovable: boolean;
  /** Whether it is being moved to another address, with others of its page. */
  isMoving: boolean;
  /** Whether its bytes are unchanged. */
  isValid: boolean;
}

/** Where a block's bytes are. */
export type BlockBytes = Pick<Block, 'start' | 'length' | 'secondStart' | 'secondLength' | 'secondEntry' | 'linear'>;

/** A block that nothing is known of but what it was decoded from. */
export function createBlock(operations: readonly Operation[], place: number, mode: number, codeBase: number, codeLimit: number, bytes: BlockBytes): Block {
  return {
    head: operations[0],
    operations,
    place,
    headPlace: -1,
    mode,
    entry: (bytes.linear & -4096) ^ (bytes.start & -4096),
    codeBase,
    codeLimit,
    hits: 0,
    isCounted: true,
    seenAt: 0,
    start: bytes.start,
    length: bytes.length,
    secondStart: bytes.secondStart,
    secondLength: bytes.secondLength,
    secondEntry: bytes.secondEntry,
    linear: bytes.linear,
    incoming: null,
    incomingCount: 0,
    incomingLimit: FEW_LINKS,
    sibling: undefined,
    profile: { isLoopHeader: false, isFunction: false, successors: null },
    regions: [],
    isMovable: codeBase === 0 && codeLimit === -1 && bytes.secondStart === ONE_PAGE && operations[operations.length - 1].operandSize === 32,
    isMoving: false,
    isValid: true,
  };
}

/**
 * Changes each field that ever changes. V8 takes those that never did for constants, and drops all code that relies on one, the
 * dispatch switch among it, when it does: seconds into the boot of a system, when the first library was relocated.
 */
function changeAll(): void {
  const op = new Operation((same) => same);
  const block = createBlock([op], 0, 0, 0, 0, { start: 0, length: 1, secondStart: ONE_PAGE, secondLength: 0, secondEntry: 0, linear: 0 });
  block.head = new Operation((same) => same);
  block.headPlace = 0;
  block.entry = block.linear = block.hits = block.seenAt = block.incomingCount = block.incomingLimit = 1;
  block.incoming = { source: op, rest: null };
  block.sibling = block;
  block.isMoving = true;
  block.isCounted = block.isValid = false;
  block.profile.isLoopHeader = block.profile.isFunction = true;
  block.profile.successors = { to: block, count: 1, rest: null };
  block.profile.successors.count = 2;
}

changeAll();
