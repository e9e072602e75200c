// Pure integer functions that expressions may call (`PureName`). All take and give int32.

/** High half of the unsigned 64-bit product, by four 16-bit ones: no partial sum leaves 32 bits, so all of it is integer arithmetic. */
export function mulHighUnsigned(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const first = (Math.imul(aHigh, bLow) + (Math.imul(aLow, bLow) >>> 16)) | 0;
  const second = (Math.imul(aLow, bHigh) + (first & 0xffff)) | 0;
  return (Math.imul(aHigh, bHigh) + (first >>> 16) + (second >>> 16)) | 0;
}

/** High half of the signed 64-bit product. */
export function mulHighSigned(a: number, b: number): number {
  return (mulHighUnsigned(a, b) - (a < 0 ? b : 0) - (b < 0 ? a : 0)) | 0;
}

/** Whether the signed product is more than its low half: 1 or 0. */
export function isProductWide(a: number, b: number): number {
  return mulHighSigned(a, b) === Math.imul(a, b) >> 31 ? 0 : 1;
}

/** How far from an integer a quotient of doubles must be to say which integers it is between: its error is below 2^-20. */
const DOUBT = 2 ** -18;

/** Quotient of the unsigned dividend high:low; the caller has checked that it fits (high below divisor). */
export function divideUnsigned(high: number, low: number, divisor: number): number {
  const d = divisor >>> 0;
  // The host's own division of integers.
  if (high === 0) return ((low >>> 0) / d) | 0;
  const quotient = ((high >>> 0) * 2 ** 32 + (low >>> 0)) / d;
  const whole = quotient >>> 0;
  const rest = quotient - whole;
  return rest > DOUBT && rest < 1 - DOUBT ? whole | 0 : divideInSteps(high, low, d);
}

/** The same in two steps of 16 bits: every intermediate stays below 2^53. */
function divideInSteps(high: number, low: number, d: number): number {
  const upper = (high >>> 0) * 0x10000 + (low >>> 16);
  const first = Math.floor(upper / d);
  const lower = (upper - first * d) * 0x10000 + (low & 0xffff);
  return (first * 0x10000 + Math.floor(lower / d)) | 0;
}

/** Whether the signed quotient of high:low by `divisor` (not 0) fits in 32 bits: 1 or 0. */
export function signedQuotientFits(high: number, low: number, divisor: number): number {
  if (high === low >> 31) return divisor === -1 && low === -0x8000_0000 ? 0 : 1;
  const isNegative = (high ^ divisor) < 0;
  const magnitudeHigh = high < 0 ? (~high + (low === 0 ? 1 : 0)) | 0 : high;
  const magnitudeLow = high < 0 ? -low | 0 : low;
  const d = Math.abs(divisor) >>> 0;
  if (magnitudeHigh >>> 0 >= d) return 0;
  const quotient = divideUnsigned(magnitudeHigh, magnitudeLow, d | 0) >>> 0;
  return quotient <= (isNegative ? 0x8000_0000 : 0x7fff_ffff) ? 1 : 0;
}

/** Quotient, rounded towards zero, of the signed dividend high:low; the caller has checked that it fits. */
export function divideSigned(high: number, low: number, divisor: number): number {
  if (high === low >> 31) return (low / divisor) | 0;
  const magnitudeHigh = high < 0 ? (~high + (low === 0 ? 1 : 0)) | 0 : high;
  const magnitudeLow = high < 0 ? -low | 0 : low;
  const quotient = divideUnsigned(magnitudeHigh, magnitudeLow, Math.abs(divisor) | 0);
  return (high ^ divisor) < 0 ? -quotient | 0 : quotient;
}
