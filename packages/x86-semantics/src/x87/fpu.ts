import { FpuWords } from './fpu-words.ts';

/**
 * The x87 FPU over one state buffer: every instruction's effect on registers, status word and tags, to the bit
 * (transcendental results within one unit in the last place of the 64-bit significand).
 *
 * - Singles, doubles and integers of up to 32 bits that loads and arithmetic read are passed as words. Other memory operands lie
 *   in the state buffer: the engine first reads memory to `scratch` and passes the byte offset, a multiple of 4.
 * - Stores take two steps, since a page fault must leave the FPU alone: `prepareStore…` writes the converted value to the
 *   state buffer and says whether memory is to be written; `commitStore` then reports exceptions and pops.
 * - Environment and state images pass through the scratch operand as well.
 * - The engine checks `pending()` before every waiting instruction, and records the pointers of every
 *   non-control instruction (the IR's `pointers`).
 * - Parameters that say yes or no are 1 or 0, since generated code passes only integers.
 */
export class Fpu extends FpuWords {}
