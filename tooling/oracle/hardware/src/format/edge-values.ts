import type { Sequence } from './random.ts';

/** Integers at which carries, signs and sizes change. */
// prettier-ignore
const INTEGERS = [
  0, 1, 2, 3, 7, 8, 9, 0xf, 0x10, 0x1f, 0x20, 0x21, 0x7f, 0x80, 0x81, 0xff, 0x100, 0x7fff, 0x8000, 0x8001, 0xffff, 0x1_0000,
  0x7fff_ffff, -0x8000_0000, -0x7fff_ffff, -1, -2, -0x80, -0x8000, 0x5555_5555, -0x5555_5556, 0x0080_8080, 0x7f7f_7f7f, 0x9999_9999 | 0, 0x00ff_00ff,
];

/** Singles: zero, one, infinity, quiet and signalling NaNs, denormals, the normal extremes, halves, powers at the ends of integers. */
// prettier-ignore
const SINGLES = [
  0, 0x3f80_0000, 0x7f80_0000, 0x7fc0_0000, 0x7f80_0001, 0x7fff_ffff, 1, 0x007f_ffff, 0x0080_0000, 0x0080_0001, 0x7f7f_ffff, 0x7f00_0000,
  0x4f00_0000, 0x4eff_ffff, 0x5f00_0000, 0x3f00_0000, 0x3fc0_0000, 0x4020_0000, 0x3380_0000, 0x3400_0000, 0x3f7f_ffff, 0x00ff_ffff, 0x7fa1_2345, 0x4b00_0001,
];

/** High words of doubles of the same kinds. */
// prettier-ignore
const DOUBLES = [
  0, 0x3ff0_0000, 0x7ff0_0000, 0x7ff8_0000, 0x7ff4_0000, 0x7fff_ffff, 0x000f_ffff, 0x0010_0000, 0x7fef_ffff, 0x7fe0_0000, 0x41df_ffff,
  0x41e0_0000, 0x43e0_0000, 0x3fe0_0000, 0x3ff8_0000, 0x4004_0000, 0x3ca0_0000, 0x3cb0_0000, 0x47ef_ffff, 0x3810_0000, 0x380f_ffff, 0x36a0_0000,
];

/** Exponents of extended reals: of integers, denormals, the smallest and largest normals, infinities and NaNs. */
// prettier-ignore
const EXPONENTS = [0, 0, 1, 2, 0x3ffe, 0x3fff, 0x4000, 0x400d, 0x400e, 0x401d, 0x401e, 0x403d, 0x403e, 0x403f, 0x4040, 0x7ffd, 0x7ffe, 0x7fff, 0x7fff, 0x7fff, 0x3c01, 0x43fe, 0x3f81, 0x407e];
/** High words of significands: the integer bit clear makes unnormals, pseudo-denormals and pseudo-infinities of them. */
const SIGNIFICANDS = [-0x8000_0000, -0x8000_0000, -0x4000_0000, -0x6000_0000, -1, 0, 0x4000_0000, 1, 0x7fff_ffff, -0x7fff_ff01, -0x1];

export function edgeInteger(random: Sequence): number {
  const kind = random.below(8);
  if (kind < 3) return random.pick(INTEGERS);
  if (kind === 3) return 1 << random.below(32);
  if (kind === 4) return random.next() >> random.below(32);
  return random.next();
}

export function edgeSingle(random: Sequence): number {
  const kind = random.below(8);
  const sign = random.next() & -0x8000_0000;
  if (kind < 3) return sign | random.pick(SINGLES);
  if (kind === 3) return sign | ((random.next() & 0x7f_ffff) >> random.below(23));
  if (kind === 4) return random.next();
  const exponent = kind === 5 ? random.below(255) : 110 + random.below(50);
  return sign | (exponent << 23) | (random.next() & 0x7f_ffff & (-1 << random.below(24)));
}

/** Writes a double to two words. */
export function edgeDouble(random: Sequence, to: Int32Array, at: number): void {
  const kind = random.below(8);
  const sign = random.next() & -0x8000_0000;
  const low = random.next();
  to[at] = kind < 4 ? random.pick([0, 0, 1, -1, low]) : low & (random.oneIn(2) ? -1 : -1 << random.below(32));
  if (kind < 3) to[at + 1] = sign | random.pick(DOUBLES);
  else if (kind === 3) to[at + 1] = sign | (0xf_ffff >> random.below(20));
  else if (kind === 4) to[at + 1] = low ^ random.next();
  else to[at + 1] = sign | ((kind === 5 ? random.below(2047) : 990 + random.below(90)) << 20) | (random.next() & 0xf_ffff & (-1 << random.below(20)));
}

/** Writes an extended real to two and a half words. */
export function edgeExtended(random: Sequence, to: Int32Array, at: number): void {
  const kind = random.below(8);
  const sign = random.below(2) << 15;
  to[at] = random.pick([0, 0, 1, -1, random.next(), random.next()]);
  if (kind < 4) {
    to[at + 1] = random.pick(SIGNIFICANDS);
    to[at + 2] = sign | random.pick(EXPONENTS);
    return;
  }
  to[at] = random.oneIn(2) ? 0 : random.next();
  to[at + 1] = random.next() | (random.oneIn(16) ? 0 : -0x8000_0000);
  to[at + 2] = sign | (kind === 4 ? random.below(0x8000) : kind === 5 ? random.pick(EXPONENTS) : 0x3ff0 + random.below(0x60));
}

/** Packed BCD of 18 digits in two and a half words; one in eight has digits that are none. */
export function edgeBcd(random: Sequence, to: Int32Array, at: number): void {
  const isBad = random.oneIn(8);
  const digits = random.below(19);
  for (let word = 0; word < 3; word++) {
    to[at + word] = 0;
    for (let i = 0; i < (word === 2 ? 2 : 8); i++) if (8 * word + i < digits) to[at + word]! |= random.below(isBad ? 16 : 10) << (4 * i);
  }
  to[at + 2]! |= random.below(2) << 15;
}
