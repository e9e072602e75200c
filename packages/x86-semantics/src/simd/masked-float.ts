import { isProductExact, isSumExact } from './fast-float.ts';
import { DOUBLE_MIN, SINGLE_MIN } from './float-limits.ts';
import { FloatState } from './float-state.ts';
import { FLOAT_ADD, FLOAT_DIV, FLOAT_MAX, FLOAT_MIN, FLOAT_MUL, FLOAT_SQRT, FLOAT_SUB, MXCSR, MXCSR_DAZ, MXCSR_DE, MXCSR_FTZ, MXCSR_IE, MXCSR_OE, MXCSR_PE, MXCSR_ZE } from './mxcsr.ts';

/** Among the flags: only SoftFloat can tell. */
export const UNDECIDED = 0x10000;

const DOUBLE_QUIET = 0x80000;
const DOUBLE_INDEFINITE = -0x80000;
const SINGLE_QUIET = 0x400000;
const SINGLE_INDEFINITE = -0x400000;

/**
 * Elements by the host's arithmetic where rounding is to nearest and every exception masked, with whatever flags they raise:
 * infinities, NaNs, zeros, denormal operands, overflow. What remains is what is tiny after a product, quotient or flush.
 *
 * A NaN's bits are made from words, since the host may change them on the way through a number.
 */
export class MaskedArithmetic extends FloatState {
  /** What the elements computed so far raise, or {@link UNDECIDED}. */
  protected raised: number = 0;
  /** Words of each element whose result is a NaN: low and high, or of a single the first alone. */
  protected readonly nans: Int32Array = new Int32Array(8);

  /** `a op b` of the doubles at indices `a` and `b`; of the square root, that of `b`. A NaN is in `nans` at 2 · `element`. */
  protected maskedDouble(op: number, a: number, b: number, element: number): number {
    const control = this.i32[MXCSR];
    let x = this.f64[a];
    let y = this.f64[b];
    if (op === FLOAT_SQRT) x = y;
    if (x !== x || y !== y) {
      if (op !== FLOAT_MIN && op !== FLOAT_MAX) return this.#propagateDouble(op === FLOAT_SQRT ? b : a, b, element);
      // The second operand, whatever it is.
      this.raised |= MXCSR_IE;
      this.nans[2 * element] = this.i32[2 * b];
      this.nans[2 * element + 1] = this.i32[2 * b + 1];
      return (control & MXCSR_DAZ) !== 0 && Math.abs(y) < DOUBLE_MIN ? y * 0 : y;
    }
    let flags = 0;
    if ((Math.abs(x) < DOUBLE_MIN && x !== 0) || (Math.abs(y) < DOUBLE_MIN && y !== 0)) {
      if ((control & MXCSR_DAZ) === 0) flags = MXCSR_DE;
      else {
        if (Math.abs(x) < DOUBLE_MIN) x *= 0;
        if (Math.abs(y) < DOUBLE_MIN) y *= 0;
      }
    }
    const result = hostDouble(op, x, y);
    if (result !== result) {
      this.raised |= MXCSR_IE;
      this.nans[2 * element] = 0;
      this.nans[2 * element + 1] = DOUBLE_INDEFINITE;
      return result;
    }
    this.raised |= this.#flagsOf(op, x, y, result, DOUBLE_MIN, flags);
    if ((this.raised & UNDECIDED) === 0 && (control & MXCSR_PE) === 0 && Math.abs(result) < Infinity) {
      this.raised |= isDoubleExact(op, x, y, result);
    }
    return result;
  }

  /** Likewise of singles; a NaN is at `element`. */
  protected maskedSingle(op: number, a: number, b: number, element: number): number {
    const control = this.i32[MXCSR];
    let x = this.f32[a];
    let y = this.f32[b];
    if (op === FLOAT_SQRT) x = y;
    if (x !== x || y !== y) {
      const { i32 } = this;
      if (op !== FLOAT_MIN && op !== FLOAT_MAX) {
        this.nans[element] = this.#propagateSingle(op === FLOAT_SQRT ? i32[b] : i32[a], i32[b]);
        return NaN;
      }
      this.raised |= MXCSR_IE;
      this.nans[element] = i32[b];
      return (control & MXCSR_DAZ) !== 0 && Math.abs(y) < SINGLE_MIN ? y * 0 : y;
    }
    let flags = 0;
    if ((Math.abs(x) < SINGLE_MIN && x !== 0) || (Math.abs(y) < SINGLE_MIN && y !== 0)) {
      if ((control & MXCSR_DAZ) === 0) flags = MXCSR_DE;
      else {
        if (Math.abs(x) < SINGLE_MIN) x *= 0;
        if (Math.abs(y) < SINGLE_MIN) y *= 0;
      }
    }
    const wide = hostDouble(op, x, y);
    // Rounded twice it is the same, since 53 ≥ 2 · 24 + 2.
    const result = Math.fround(wide);
    if (result !== result) {
      this.raised |= MXCSR_IE;
      this.nans[element] = SINGLE_INDEFINITE;
      return result;
    }
    this.raised |= this.#flagsOf(op, x, y, result, SINGLE_MIN, flags);
    if ((this.raised & UNDECIDED) === 0 && (control & MXCSR_PE) === 0 && Math.abs(result) < Infinity) {
      if (result !== wide) this.raised |= MXCSR_PE;
      else this.raised |= isDoubleExact(op, x, y, wide);
    }
    return result;
  }

  /** Flags of a result that is no NaN, but for inexactness in range: those of the operands, and its own. `min` is the least normal number. */
  #flagsOf(op: number, x: number, y: number, result: number, min: number, operands: number): number {
    const magnitude = Math.abs(result);
    if (magnitude > min) {
      if (magnitude < Infinity || op >= FLOAT_MIN || Math.abs(x) === Infinity || Math.abs(y) === Infinity) return operands;
      // A zero divisor is found before denormal operands are.
      return op === FLOAT_DIV && y === 0 ? MXCSR_ZE : operands | MXCSR_OE | MXCSR_PE;
    }
    // Sums this small are exact, and so is a zero that comes of one, or of an infinite divisor.
    if (op >= FLOAT_MIN) return operands;
    if (op === FLOAT_ADD || op === FLOAT_SUB) return magnitude !== 0 && magnitude < min && (this.i32[MXCSR] & MXCSR_FTZ) !== 0 ? UNDECIDED : operands;
    return x === 0 || y === 0 || Math.abs(y) === Infinity ? operands : UNDECIDED;
  }

  /** The NaN among the doubles at `a` and `b`, the first if both are, made quiet (vol. 1 table 4-7). */
  #propagateDouble(a: number, b: number, element: number): number {
    const { i32 } = this;
    if (isSignalingDouble(i32[2 * a], i32[2 * a + 1]) || isSignalingDouble(i32[2 * b], i32[2 * b + 1])) this.raised |= MXCSR_IE;
    const from = isNanDouble(i32[2 * a], i32[2 * a + 1]) ? a : b;
    this.nans[2 * element] = i32[2 * from];
    this.nans[2 * element + 1] = i32[2 * from + 1] | DOUBLE_QUIET;
    return NaN;
  }

  #propagateSingle(a: number, b: number): number {
    if (isSignalingSingle(a) || isSignalingSingle(b)) this.raised |= MXCSR_IE;
    return (isNanSingle(a) ? a : b) | SINGLE_QUIET;
  }

  /** Writes the double of an element, whose bits are in `nans` if it is a NaN. */
  protected putDouble(to: number, value: number, element: number): void {
    if (value === value) this.f64[to] = value;
    else {
      this.i32[2 * to] = this.nans[2 * element];
      this.i32[2 * to + 1] = this.nans[2 * element + 1];
    }
  }

  protected putSingle(to: number, value: number, element: number): void {
    if (value === value) this.f32[to] = value;
    else this.i32[to] = this.nans[element];
  }
}

function hostDouble(op: number, x: number, y: number): number {
  switch (op) {
    case FLOAT_ADD:
      return x + y;
    case FLOAT_SUB:
      return x - y;
    case FLOAT_MUL:
      return x * y;
    case FLOAT_DIV:
      return x / y;
    case FLOAT_MIN:
      return x < y ? x : y;
    case FLOAT_MAX:
      return x > y ? x : y;
    default:
      return Math.sqrt(y);
  }
}

/** PE unless `x op y` is exactly the finite `result`; UNDECIDED where that cannot be told. */
function isDoubleExact(op: number, x: number, y: number, result: number): number {
  switch (op) {
    case FLOAT_ADD:
      return isSumExact(x, y, result) ? 0 : UNDECIDED;
    case FLOAT_SUB:
      return isSumExact(x, -y, result) ? 0 : UNDECIDED;
    case FLOAT_MUL:
      return isProductExact(x, y, result) ? 0 : UNDECIDED;
    case FLOAT_DIV:
      if (x === 0 || Math.abs(y) === Infinity) return 0;
      return result * y === x && isProductExact(result, y, x) ? 0 : UNDECIDED;
    case FLOAT_SQRT:
      return y === 0 || (result * result === y && isProductExact(result, result, y)) ? 0 : UNDECIDED;
    default:
      return 0;
  }
}

export function isNanDouble(low: number, high: number): boolean {
  const top = high & 0x7fffffff;
  return top > 0x7ff00000 || (top === 0x7ff00000 && low !== 0);
}
export function isSignalingDouble(low: number, high: number): boolean {
  return (high & DOUBLE_QUIET) === 0 && isNanDouble(low, high);
}
export function isNanSingle(bits: number): boolean {
  return (bits & 0x7fffffff) > 0x7f800000;
}
export function isSignalingSingle(bits: number): boolean {
  return (bits & SINGLE_QUIET) === 0 && isNanSingle(bits);
}
