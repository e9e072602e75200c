import { EQUAL, GREATER, LESS, UNORDERED } from './fast-float.ts';
import {
  FLOAT_ADD,
  FLOAT_MUL,
  FLOAT_SUB,
  MXCSR_DAZ,
  MXCSR_DE,
  MXCSR_FTZ,
  MXCSR_IE,
  MXCSR_OE,
  MXCSR_OM,
  MXCSR_PE,
  MXCSR_RC_SHIFT,
  MXCSR_UE,
  MXCSR_UM,
  MXCSR_ZE,
  ROUND_DOWN,
  ROUND_NEAREST,
  ROUND_UP,
} from './mxcsr.ts';

/** A binary interchange format (vol. 1 §4.2.2). */
export interface Format {
  /** Bits of the fraction. */
  readonly fraction: number;
  readonly fractionMask: bigint;
  readonly maxExponent: number;
  readonly bias: number;
  readonly signBit: bigint;
  readonly quietBit: bigint;
  readonly infinity: bigint;
  /** The default NaN: quiet, negative, no payload (vol. 1 table 4-1). */
  readonly indefinite: bigint;
}

function format(fraction: number, exponentBits: number): Format {
  const maxExponent = (1 << exponentBits) - 1;
  const signBit = 1n << BigInt(fraction + exponentBits);
  const quietBit = 1n << BigInt(fraction - 1);
  const infinity = BigInt(maxExponent) << BigInt(fraction);
  return { fraction, fractionMask: (1n << BigInt(fraction)) - 1n, maxExponent, bias: maxExponent >> 1, signBit, quietBit, infinity, indefinite: signBit | infinity | quietBit };
}

export const SINGLE: Format = format(23, 8);
export const DOUBLE: Format = format(52, 11);

const INTEGER_INDEFINITE = 0x80000000 | 0;

function bitLength(m: bigint): number {
  const hex = m.toString(16);
  return hex.length * 4 - (Math.clz32(parseInt(hex[0]!, 16)) - 28);
}

/** Greatest integer whose square is not above `n`. */
function integerSquareRoot(n: bigint): bigint {
  let x = 1n << BigInt((bitLength(n) + 1) >> 1);
  for (;;) {
    const next = (x + n / x) >> 1n;
    if (next >= x) return x;
    x = next;
  }
}

export function isNan(f: Format, bits: bigint): boolean {
  return (bits & ~f.signBit) > f.infinity;
}
export function isSignaling(f: Format, bits: bigint): boolean {
  return isNan(f, bits) && (bits & f.quietBit) === 0n;
}
export function isDenormal(f: Format, bits: bigint): boolean {
  return (bits & f.infinity) === 0n && (bits & f.fractionMask) !== 0n;
}

/**
 * Exact arithmetic on the bits of one element, for whatever the host's arithmetic cannot answer: other roundings than to
 * nearest, exceptions, denormals, NaNs. `control` is MXCSR; exceptions gather in `flags` (vol. 1 §4.9, §11.5, appendix E).
 */
export class SoftFloat {
  control: number = 0;
  flags: number = 0;

  get #rounding(): number {
    return (this.control >> MXCSR_RC_SHIFT) & 3;
  }

  /** With denormals-are-zeros, a denormal operand is a zero of its sign. */
  operand(f: Format, bits: bigint): bigint {
    return (this.control & MXCSR_DAZ) !== 0 && isDenormal(f, bits) ? bits & f.signBit : bits;
  }

  /** Reports denormal operands. */
  denormals(f: Format, a: bigint, b: bigint): void {
    if (isDenormal(f, a) || isDenormal(f, b)) this.flags |= MXCSR_DE;
  }

  /** The NaN that an operation on at least one NaN gives: the first, made quiet (vol. 1 table 4-7). */
  propagate(f: Format, a: bigint, b: bigint): bigint {
    if (isSignaling(f, a) || isSignaling(f, b)) this.flags |= MXCSR_IE;
    return (isNan(f, a) ? a : b) | f.quietBit;
  }

  #invalid(f: Format): bigint {
    this.flags |= MXCSR_IE;
    return f.indefinite;
  }

  /** Addition, subtraction, multiplication or division (`FLOAT_*`). */
  arithmetic(f: Format, op: number, x: bigint, y: bigint): bigint {
    const a = this.operand(f, x);
    const b = this.operand(f, y);
    if (isNan(f, a) || isNan(f, b)) return this.propagate(f, a, b);
    if (op === FLOAT_ADD) return this.#add(f, a, b, b);
    if (op === FLOAT_SUB) return this.#add(f, a, b ^ f.signBit, b);
    const sign = (a ^ b) & f.signBit;
    const magnitudeA = a & ~f.signBit;
    const magnitudeB = b & ~f.signBit;
    return op === FLOAT_MUL ? this.#multiply(f, sign, magnitudeA, magnitudeB) : this.#divide(f, sign, magnitudeA, magnitudeB);
  }

  #add(f: Format, a: bigint, b: bigint, original: bigint): bigint {
    const magnitudeA = a & ~f.signBit;
    const magnitudeB = b & ~f.signBit;
    const signs = (a ^ b) & f.signBit;
    if (magnitudeA === f.infinity && magnitudeB === f.infinity && signs !== 0n) return this.#invalid(f);
    this.denormals(f, a, original);
    if (magnitudeA === f.infinity) return a;
    if (magnitudeB === f.infinity) return b;
    const exponentA = this.#exponent(f, magnitudeA);
    const exponentB = this.#exponent(f, magnitudeB);
    const exponent = Math.min(exponentA, exponentB);
    const valueA = this.#significand(f, magnitudeA) << BigInt(exponentA - exponent);
    const valueB = this.#significand(f, magnitudeB) << BigInt(exponentB - exponent);
    const sum = ((a & f.signBit) !== 0n ? -valueA : valueA) + ((b & f.signBit) !== 0n ? -valueB : valueB);
    // An exact zero is positive, negative when rounding down; zeros of one sign keep it (vol. 1 §4.8.3.1).
    if (sum === 0n) return signs === 0n ? a & f.signBit : this.#rounding === ROUND_DOWN ? f.signBit : 0n;
    return this.round(f, sum < 0n ? f.signBit : 0n, sum < 0n ? -sum : sum, exponent);
  }

  #multiply(f: Format, sign: bigint, a: bigint, b: bigint): bigint {
    const isInfinite = a === f.infinity || b === f.infinity;
    if (isInfinite && (a === 0n || b === 0n)) return this.#invalid(f);
    this.denormals(f, a, b);
    if (isInfinite) return sign | f.infinity;
    if (a === 0n || b === 0n) return sign;
    return this.round(f, sign, this.#significand(f, a) * this.#significand(f, b), this.#exponent(f, a) + this.#exponent(f, b));
  }

  #divide(f: Format, sign: bigint, a: bigint, b: bigint): bigint {
    if ((a === 0n && b === 0n) || (a === f.infinity && b === f.infinity)) return this.#invalid(f);
    if (b === 0n && a !== f.infinity) {
      this.flags |= MXCSR_ZE;
      return sign | f.infinity;
    }
    this.denormals(f, a, b);
    if (a === f.infinity || b === 0n) return sign | f.infinity;
    if (a === 0n || b === f.infinity) return sign;
    // Enough quotient bits even for the smallest denormal by the largest significand; the last one is sticky.
    const extra = 2 * f.fraction + 4;
    const dividend = this.#significand(f, a) << BigInt(extra);
    const divisor = this.#significand(f, b);
    const quotient = dividend / divisor;
    const sticky = quotient * divisor === dividend ? 0n : 1n;
    return this.round(f, sign, (quotient << 1n) | sticky, this.#exponent(f, a) - this.#exponent(f, b) - extra - 1);
  }

  /** MIN or MAX: the second operand whenever the order does not decide (vol. 2, MINPS). */
  lesser(f: Format, x: bigint, y: bigint, isMaximum: boolean): bigint {
    const a = this.operand(f, x);
    const b = this.operand(f, y);
    const relation = this.relation(f, a, b, true);
    return relation === (isMaximum ? GREATER : LESS) ? a : b;
  }

  /** How two numbers compare (`LESS` …). A quiet NaN is invalid only if `signals`. */
  relation(f: Format, x: bigint, y: bigint, signals: boolean): number {
    const a = this.operand(f, x);
    const b = this.operand(f, y);
    if (isNan(f, a) || isNan(f, b)) {
      if (signals || isSignaling(f, a) || isSignaling(f, b)) this.flags |= MXCSR_IE;
      return UNORDERED;
    }
    this.denormals(f, a, b);
    const orderA = (a & f.signBit) === 0n ? a : f.signBit - a;
    const orderB = (b & f.signBit) === 0n ? b : f.signBit - b;
    return orderA < orderB ? LESS : orderA > orderB ? GREATER : EQUAL;
  }

  squareRoot(f: Format, x: bigint): bigint {
    const a = this.operand(f, x);
    if (isNan(f, a)) return this.propagate(f, a, a);
    if (a === 0n || a === f.signBit) return a;
    if ((a & f.signBit) !== 0n) return this.#invalid(f);
    this.denormals(f, a, a);
    if (a === f.infinity) return a;
    const exponent = this.#exponent(f, a);
    const extra = 2 * f.fraction + 8 + (exponent & 1);
    const radicand = this.#significand(f, a) << BigInt(extra);
    const root = integerSquareRoot(radicand);
    const sticky = root * root === radicand ? 0n : 1n;
    return this.round(f, 0n, (root << 1n) | sticky, (exponent - extra) / 2 - 1);
  }

  /** Converts between formats. */
  convert(from: Format, to: Format, x: bigint): bigint {
    const a = this.operand(from, x);
    const sign = (a & from.signBit) === 0n ? 0n : to.signBit;
    const magnitude = a & ~from.signBit;
    if (isNan(from, a)) {
      if (isSignaling(from, a)) this.flags |= MXCSR_IE;
      const shift = BigInt(to.fraction - from.fraction);
      const payload = a & from.fractionMask;
      return sign | to.infinity | to.quietBit | (shift > 0n ? payload << shift : payload >> -shift);
    }
    this.denormals(from, a, a);
    if (magnitude === from.infinity) return sign | to.infinity;
    if (magnitude === 0n) return sign;
    return this.round(to, sign, this.#significand(from, magnitude), this.#exponent(from, magnitude));
  }

  fromInt32(f: Format, value: number): bigint {
    if (value === 0) return 0n;
    return this.round(f, value < 0 ? f.signBit : 0n, BigInt(Math.abs(value)), 0);
  }

  /** Rounds to an int32 by MXCSR.RC, or towards zero. */
  toInt32(f: Format, x: bigint, truncates: boolean): number {
    const a = this.operand(f, x);
    const magnitude = a & ~f.signBit;
    if (magnitude === 0n) return 0;
    const isNegative = (a & f.signBit) !== 0n;
    const exponent = magnitude >= f.infinity ? 64 : this.#exponent(f, magnitude);
    // Beyond 2^63 whatever the fraction is.
    if (exponent + f.fraction < 63) {
      const significand = this.#significand(f, magnitude);
      const shift = Math.min(-exponent, f.fraction + 3);
      const rounded = truncates ? significand >> BigInt(shift) : this.#shiftRounded(significand, shift, isNegative);
      const value = Number(isNegative ? -rounded : rounded);
      if (value >= -0x80000000 && value <= 0x7fffffff) {
        if (rounded << BigInt(shift) !== significand) this.flags |= MXCSR_PE;
        return value;
      }
    }
    this.flags |= MXCSR_IE;
    return INTEGER_INDEFINITE;
  }

  /** Rounds to an integer of the same format by MXCSR.RC. Denormals raise nothing, and no integer is tiny. */
  toIntegral(f: Format, x: bigint): bigint {
    const a = this.operand(f, x);
    if (isNan(f, a)) return this.propagate(f, a, a);
    const magnitude = a & ~f.signBit;
    const exponent = this.#exponent(f, magnitude);
    if (magnitude === 0n || exponent >= 0) return a;
    const sign = a & f.signBit;
    const significand = this.#significand(f, magnitude);
    const shift = Math.min(-exponent, f.fraction + 3);
    const rounded = this.#shiftRounded(significand, shift, sign !== 0n);
    if (rounded << BigInt(shift) !== significand) this.flags |= MXCSR_PE;
    if (rounded === 0n) return sign;
    const bits = bitLength(rounded);
    return sign | (BigInt(bits - 1 + f.bias) << BigInt(f.fraction)) | ((rounded << BigInt(f.fraction + 1 - bits)) & f.fractionMask);
  }

  /** Exponent of the significand's last bit. */
  #exponent(f: Format, magnitude: bigint): number {
    const biased = Number(magnitude >> BigInt(f.fraction));
    return (biased === 0 ? 1 : biased) - f.bias - f.fraction;
  }

  #significand(f: Format, magnitude: bigint): bigint {
    const fraction = magnitude & f.fractionMask;
    return magnitude > f.fractionMask ? fraction | (f.fractionMask + 1n) : fraction;
  }

  /** `m` / 2^`shift` as an integer, by the rounding control. */
  #shiftRounded(m: bigint, shift: number, isNegative: boolean): bigint {
    if (shift <= 0) return m << BigInt(-shift);
    const by = BigInt(shift);
    const quotient = m >> by;
    const rest = m - (quotient << by);
    if (rest === 0n) return quotient;
    const mode = this.#rounding;
    if (mode === ROUND_NEAREST) {
      const half = 1n << (by - 1n);
      return rest > half || (rest === half && (quotient & 1n) !== 0n) ? quotient + 1n : quotient;
    }
    return mode === (isNegative ? ROUND_DOWN : ROUND_UP) ? quotient + 1n : quotient;
  }

  /** Rounds `m` · 2^`exponent`, which is not zero, into the format and reports what happens (vol. 1 §4.9.1.4 to §4.9.1.6). */
  round(f: Format, sign: bigint, m: bigint, exponent: number): bigint {
    const isNegative = sign !== 0n;
    let shift = bitLength(m) - (f.fraction + 1);
    let significand = this.#shiftRounded(m, shift, isNegative);
    const isInexact = shift > 0 && significand << BigInt(shift) !== m;
    // Rounding up may have carried into one more bit.
    let biased = exponent + shift + f.fraction + f.bias;
    if (significand >> BigInt(f.fraction + 1) !== 0n) {
      significand >>= 1n;
      biased++;
    }
    if (biased >= f.maxExponent) return this.#overflow(f, sign, isInexact);
    if (biased >= 1) {
      if (isInexact) this.flags |= MXCSR_PE;
      return sign | (BigInt(biased) << BigInt(f.fraction)) | (significand & f.fractionMask);
    }
    // Tiny after rounding.
    if ((this.control & MXCSR_UM) === 0) {
      this.flags |= MXCSR_UE | (isInexact ? MXCSR_PE : 0);
      return sign;
    }
    if ((this.control & MXCSR_FTZ) !== 0) {
      this.flags |= MXCSR_UE | MXCSR_PE;
      return sign;
    }
    shift = 1 - f.bias - f.fraction - exponent;
    significand = this.#shiftRounded(m, shift, isNegative);
    if (shift > 0 && significand << BigInt(shift) !== m) this.flags |= MXCSR_UE | MXCSR_PE;
    return sign | significand;
  }

  #overflow(f: Format, sign: bigint, isInexact: boolean): bigint {
    const isMasked = (this.control & MXCSR_OM) !== 0;
    this.flags |= MXCSR_OE | (isMasked || isInexact ? MXCSR_PE : 0);
    const mode = this.#rounding;
    const isInfinite = mode === ROUND_NEAREST || mode === (sign === 0n ? ROUND_UP : ROUND_DOWN);
    return sign | (isInfinite ? f.infinity : f.infinity - 1n);
  }
}
