import { ROUND_DOWN } from './constants.ts';
import { N_SUM, R_EXPONENT, R_HIGH, R_LOW } from './operand.ts';
import { FCW_DEFAULT, FCW_ROUNDING, roundAndPack } from './round.ts';
import { SIGN_BIT } from './significand.ts';

/** Of 64-bit elements of the state: a result of 128 bits before it is rounded, its high half first. */
export const SUM: number = N_SUM >> 1;
/** Lanes of the upper 32 bits of both halves. */
const HIGH = N_SUM + 1;
const REST = N_SUM + 3;
/** Flags of a rounded result, and behind them what its exponent changes by. */
const FLAGS = N_SUM + 2;
const LARGEST = 0x7ffe;

/** Rounds results to numbers at lane `to`. They give flags OE, UE, PE and C1. */
export interface NumberRounding {
  /** The 128 bits at {@link SUM}, of which the first or the second is set; `exponent` is the first one's. */
  round128(fcw: number, to: number, sign: number, exponent: number): number;
  /** 96 bits, of which the first is set; the last one is sticky. */
  round96(fcw: number, to: number, sign: number, exponent: number, high: number, low: number, rest: number): number;
  /** What is left of equal numbers: its sign depends on how `fcw` rounds (vol. 1 §4.8.3.1). */
  nothing(fcw: number, to: number): number;
  /** A zero of that sign bit. */
  zero(to: number, signBit: number): number;
}

/**
 * Rounding in one state. V8 has 64-bit integers in machine words where each operation is wrapped at once and no value is passed to a
 * function, so they are left in the state between computing and rounding. No variable of theirs is assigned in a branch and used
 * behind it: V8 11.3 aborts when it optimizes that (ADR 27).
 */
export function createRounding(lanes: Int32Array, wide: BigUint64Array): NumberRounding {
  const n = lanes;
  const u = wide;

  /** 64 bits to nearest at once, everything else by {@link roundAndPack}. */
  function round128(fcw: number, to: number, sign: number, exponent: number): number {
    if ((fcw & FCW_ROUNDING) !== FCW_DEFAULT || exponent <= 1 || exponent >= LARGEST) return roundRarely(fcw, to, sign, exponent);
    // Whether it is shifted, and rounds up, is as good as random: no branch depends on it.
    const top = u[SUM];
    const bottom = u[SUM + 1];
    const short = BigInt.asUintN(64, 1n - BigInt.asUintN(64, top >> 63n));
    const high = BigInt.asUintN(64, top + BigInt.asUintN(64, BigInt.asUintN(64, top + BigInt.asUintN(64, bottom >> 63n)) * short));
    const rest = BigInt.asUintN(64, bottom + BigInt.asUintN(64, bottom * short));
    const half = BigInt.asUintN(64, rest >> 63n);
    const below = BigInt.asUintN(64, rest << 1n);
    const more = BigInt.asUintN(64, BigInt.asUintN(64, below | BigInt.asUintN(64, -below)) >> 63n);
    const up = BigInt.asUintN(64, half & BigInt.asUintN(64, more | high));
    const rounded = BigInt.asUintN(64, high + up);
    const carry = BigInt.asUintN(64, BigInt.asUintN(64, rounded >> 63n) ^ 1n);
    const flags = BigInt.asUintN(64, BigInt.asUintN(64, BigInt.asUintN(64, half | more) << 5n) | BigInt.asUintN(64, up << 9n));
    u[to >> 1] = BigInt.asUintN(64, rounded | BigInt.asUintN(64, carry << 63n));
    u[SUM + 1] = BigInt.asUintN(64, flags + BigInt.asUintN(64, BigInt.asUintN(64, carry - short) << 32n));
    n[to + 2] = (sign << 15) | (exponent + n[FLAGS + 1]);
    return n[FLAGS];
  }

  /** The same for results that may be too large or too small for a normal number, and for other rounding. */
  function roundRarely(fcw: number, to: number, sign: number, exponent: number): number {
    const shift = ~n[HIGH] >>> 31;
    const rest = n[REST] << shift | (n[REST - 1] !== 0 ? 1 : 0);
    const low = (n[HIGH - 1] << shift) | ((n[REST] >>> 1) >>> (31 - shift));
    const high = (n[HIGH] << shift) | ((n[HIGH - 1] >>> 1) >>> (31 - shift));
    const flags = roundAndPack(n, fcw, sign, exponent - shift, high, low, rest);
    n[to] = n[R_LOW];
    n[to + 1] = n[R_HIGH];
    n[to + 2] = n[R_EXPONENT];
    return flags;
  }

  function round96(fcw: number, to: number, sign: number, exponent: number, high: number, low: number, rest: number): number {
    n[HIGH] = high;
    n[HIGH - 1] = low;
    n[REST] = rest & ~1;
    n[REST - 1] = rest & 1;
    return round128(fcw, to, sign, exponent);
  }

  function zero(to: number, signBit: number): number {
    n[to] = 0;
    n[to + 1] = 0;
    n[to + 2] = signBit;
    return 0;
  }

  function nothing(fcw: number, to: number): number {
    return zero(to, ((fcw >>> 10) & 3) === ROUND_DOWN ? SIGN_BIT : 0);
  }

  return { round128, round96, nothing, zero };
}
