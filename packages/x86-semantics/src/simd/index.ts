import type { StateViews } from '@ringzero/x86';
import { accumulateCrc32 } from './crc32.ts';
import { FloatRounding } from './float-round.ts';
import type { RaiseException } from './float-state.ts';

/**
 * The operations of MMX and of SSE to SSE4.2 over one state buffer. Operands are byte offsets: registers, or the scratch operand to
 * which the engine first read memory. Parameters that say yes or no are 1 or 0, since generated code passes only integers.
 * An operation whose floating-point exception is unmasked calls `raise` and leaves its destination alone.
 */
export class VectorOperations extends FloatRounding {
  /** CRC32, which came with SSE4.2 but works on general registers. */
  crc32(crc: number, value: number, bytes: number): number {
    return accumulateCrc32(crc, value, bytes);
  }
}

/** Vector operations over `views`. */
export function createVectorOperations(views: StateViews, raise: RaiseException): VectorOperations {
  return new VectorOperations(views, raise);
}
