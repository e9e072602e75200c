/** V8 never optimizes a function with more bytes of bytecode (JIT.md, trap 5): 0.4 ns an instruction become 30 to 40. */
export const MAX_BYTECODE = 61_440;

const PER_CHARACTER = 1.05;
/** An element of an array: what is looked up, and where V8 notes what it found, each with a wide operand in a long function. */
const PER_ELEMENT = 12;

/**
 * What a text's bytecode comes to at most, found by measuring every form of the opcode map (test/bytecode.test.ts). Ordinary
 * code has a third to a half of it. Characters alone would not do: from one instruction to another they make 0.4 to 1.96 bytes.
 */
export function estimateBytecode(source: string): number {
  let elements = 0;
  for (let at = source.indexOf('['); at >= 0; at = source.indexOf('[', at + 1)) elements++;
  return PER_CHARACTER * source.length + PER_ELEMENT * elements;
}
