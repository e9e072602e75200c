import type { StateViews } from '@ringzero/x86';

/**
 * The views that vector operations work on. Operands are byte offsets into the state buffer: of an XMM register, of an MMX
 * register (the mantissa of a physical x87 register), or of the scratch operand. All are multiples of 8.
 */
export class VectorState {
  protected readonly i32: Int32Array;
  protected readonly u32: Uint32Array;
  protected readonly i16: Int16Array;
  protected readonly u16: Uint16Array;
  protected readonly i8: Int8Array;
  protected readonly u8: Uint8Array;
  protected readonly f32: Float32Array;
  protected readonly f64: Float64Array;
  protected readonly u64: BigUint64Array;

  constructor(views: StateViews) {
    this.i32 = views.i32;
    this.u32 = views.u32;
    this.i16 = views.i16;
    this.u16 = views.u16;
    this.i8 = views.i8;
    this.u8 = views.u8;
    this.f32 = views.f32;
    this.f64 = views.f64;
    this.u64 = views.u64;
  }
}
