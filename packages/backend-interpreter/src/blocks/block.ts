import type { Operation } from '@ringzero/x86-semantics';

/** A decoded basic block: operations in order, and what it was decoded from. */
export interface Block {
  /** What links and lookups run. Its mode, ip, code base and limit are the block's key. */
  readonly head: Operation;
  /** The instructions; a pseudo-operation that falls through follows the last unless that one transfers control itself. */
  readonly operations: Operation[];
  /** Buffer offset of the first byte, and bytes from there (within the page). */
  readonly start: number;
  readonly length: number;
  /** A single instruction that crosses into another page: buffer offset and bytes there, else −1 and 0. */
  readonly secondStart: number;
  readonly secondLength: number;
  /** TLB entry of the second page's linear address. */
  readonly secondEntry: number;
  /** Linear address of the first instruction. */
  readonly linear: number;
  /** Operations whose links lead here. */
  readonly incoming: Operation[];
  /** Head of the block that followed when it was last looked at: where a compiler goes on. */
  likely: Operation | null;
  /** Heads whose compiled functions contain this block: they go when it goes. */
  readonly traces: Operation[];
  /** Whether its bytes are unchanged. */
  isValid: boolean;
}
