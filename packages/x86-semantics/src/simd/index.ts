import type { StateViews } from '@ringzero/x86';
import { FloatConversions } from './float-convert.ts';
import type { RaiseException } from './float-state.ts';

/**
 * The MMX, SSE and SSE2 operations over one state buffer. Operands are byte offsets: registers, or the scratch operand to
 * which the engine first read memory. Parameters that say yes or no are 1 or 0, since generated code passes only integers.
 * An operation whose floating-point exception is unmasked calls `raise` and leaves its destination alone.
 */
export class VectorOperations extends FloatConversions {}

/** Vector operations over `views`. */
export function createVectorOperations(views: StateViews, raise: RaiseException): VectorOperations {
  return new VectorOperations(views, raise);
}
