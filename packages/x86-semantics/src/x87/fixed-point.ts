/**
 * Transcendental functions on fixed-point BigInts: integers scaled by 2^200. Slow, and exact to far more bits than the
 * 64 that are kept, so that the rounded result is within one unit in the last place whatever the rounding mode.
 */

/** Fraction bits. */
export const FRACTION = 200n;
export const ONE: bigint = 1n << FRACTION;

/** π as the FPU's argument reduction uses it: 66 significant bits (vol. 1 §8.3.8). */
export const PI_66 = 0xc90fdaa22168c234cn;
/** Fraction bits of {@link PI_66}. */
export const PI_66_FRACTION = 66n;

export const PI = 0x3243f6a8885a308d313198a2e03707344a4093822299f31d008n;
export const LN_2 = 0xb17217f7d1cf79abc9e3b39803f2f6af40f343267298b62d8an;

/** atan(k/8), k = 0..8. */
// prettier-ignore
const ATAN_EIGHTHS: readonly bigint[] = [
  0x0n,
  0x1fd5ba9aac2f6dc65912f313e7d111def1672afb2bb35b245en,
  0x3eb6ebf25901bac55b71e7bd7de885f96a9fea40e22ce0dadfn,
  0x5bd86507937bc239c55190916e7f22419ec21cbbd72a2ae624n,
  0x76b19c1586ed3da2b7f222f65e1d4681b70a0ac3930e6f8071n,
  0x8f005d5ef7f59f9b5c835e1665c43747918a67e0652b375cf5n,
  0xa4bc7d1934f7092419a87f2a457dac9ee3f08689eeb2b9e721n,
  0xb8053e2bc2319e73cb2da55210a4443d3d7aecc114c79a80a0n,
  0xc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc7402n,
];

/** Product of two fixed-point numbers. */
function multiply(a: bigint, b: bigint): bigint {
  return (a * b) >> FRACTION;
}

/** e^x − 1 for |x| below 1. */
export function expm1(x: bigint): bigint {
  let term = x;
  let sum = x;
  for (let n = 2n; term !== 0n && term !== -1n; n++) {
    term = multiply(term, x) / n;
    sum += term;
  }
  return sum;
}

/** ln(numerator/denominator) for a ratio between 1/2 and 2: 2·atanh((n − d)/(n + d)). */
export function logRatio(numerator: bigint, denominator: bigint): bigint {
  const t = ((numerator - denominator) << FRACTION) / (numerator + denominator);
  const square = multiply(t, t);
  let power = t;
  let sum = t;
  for (let n = 3n; power !== 0n && power !== -1n; n += 2n) {
    power = multiply(power, square);
    sum += power / n;
  }
  return sum << 1n;
}

/** Sine of |x| below 1. */
export function sine(x: bigint): bigint {
  const square = multiply(x, x);
  let term = x;
  let sum = x;
  for (let n = 2n; term !== 0n && term !== -1n; n += 2n) {
    term = -multiply(term, square) / (n * (n + 1n));
    sum += term;
  }
  return sum;
}

/** Cosine of |x| below 1. */
export function cosine(x: bigint): bigint {
  const square = multiply(x, x);
  let term = ONE;
  let sum = ONE;
  for (let n = 1n; term !== 0n && term !== -1n; n += 2n) {
    term = -multiply(term, square) / (n * (n + 1n));
    sum += term;
  }
  return sum;
}

/** Arc tangent of x from 0 to 1: the nearest eighth from a table, the rest by its series. */
export function arcTangent(x: bigint): bigint {
  const eighth = (x + (ONE >> 4n)) >> (FRACTION - 3n);
  const centre = eighth << (FRACTION - 3n);
  const t = ((x - centre) << FRACTION) / (ONE + multiply(x, centre));
  const square = multiply(t, t);
  let power = t;
  let sum = t;
  for (let n = 3n; power !== 0n && power !== -1n; n += 2n) {
    power = -multiply(power, square);
    sum += power / n;
  }
  return sum + ATAN_EIGHTHS[Number(eighth)];
}
