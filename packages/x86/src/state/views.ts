import { STATE_BYTES } from './layout.ts';

/** Typed-array views over one state buffer. Index them with `lane32`, `byteOffset` (for `u8`) and their like. */
export interface StateViews {
  readonly buffer: ArrayBufferLike;
  readonly i32: Int32Array;
  readonly u32: Uint32Array;
  readonly i8: Int8Array;
  readonly u8: Uint8Array;
  readonly i16: Int16Array;
  readonly u16: Uint16Array;
  readonly f32: Float32Array;
  readonly f64: Float64Array;
  readonly u64: BigUint64Array;
}

/**
 * Views over `buffer`, which must hold {@link STATE_BYTES} bytes; without it a fresh zeroed one.
 * The buffer is fixed: nothing may ever grow, transfer or detach it.
 */
export function createStateViews(buffer: ArrayBufferLike = new ArrayBuffer(STATE_BYTES)): StateViews {
  if (buffer.byteLength < STATE_BYTES) {
    throw new RangeError(`state buffer has ${buffer.byteLength} bytes, expected at least ${STATE_BYTES}`);
  }
  return {
    buffer,
    i32: new Int32Array(buffer),
    u32: new Uint32Array(buffer),
    i8: new Int8Array(buffer),
    u8: new Uint8Array(buffer),
    i16: new Int16Array(buffer),
    u16: new Uint16Array(buffer),
    f32: new Float32Array(buffer),
    f64: new Float64Array(buffer),
    u64: new BigUint64Array(buffer),
  };
}
