import type { StateViews } from '@ringzero/x86';
import { PackedShuffles } from './packed-shuffle.ts';

/**
 * The MMX, SSE and SSE2 operations over one state buffer. Operands are byte offsets: registers, or the scratch operand to
 * which the engine first read memory. Parameters that say yes or no are 1 or 0, since generated code passes only integers.
 */
export class VectorOperations extends PackedShuffles {}

/** Vector operations over `views`. */
export function createVectorOperations(views: StateViews): VectorOperations {
  return new VectorOperations(views);
}
