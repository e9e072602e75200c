import type { Builder } from '../ir/builder.ts';

/**
 * Records where an x87 instruction is (vol. 1 §8.1.8, §8.1.9). The decoder's `immediate`, which no x87 instruction has,
 * carries the low 11 bits of its opcode: bits 2:0 of the first byte and ModRM.
 */
export function recordPointers(b: Builder): void {
  b.pointers('instruction');
}

/** Likewise, with the memory operand's place. */
export function recordAllPointers(b: Builder): void {
  b.pointers('operand');
}

/** Around what reads or writes the pointers themselves. */
export function withPointers(b: Builder, body: () => void): void {
  b.pointers('publish');
  body();
  b.pointers('reload');
}
