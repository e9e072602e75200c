import { edgeDouble, edgeExtended, edgeInteger, edgeSingle } from './edge-values.ts';
import { EBP, EFLAGS, ESP, FX, FX_FDP, FX_FIP, FX_MXCSR, FX_ST, FX_TAGS, FX_XMM, SELECTORS, STATE_LANES, WINDOW_BASE } from './layout.ts';
import { Sequence } from './random.ts';

/** What a state is made for: which of its parts vary. */
export type Profile = 'integer' | 'x87' | 'mmx' | 'sse';
export const PROFILES: readonly Profile[] = ['integer', 'x87', 'mmx', 'sse'];

const FLAGS_FIXED = 0x202;
const FLAGS_ARITHMETIC = 0x8d5;
const FLAG_DF = 0x400;
const FSW_EXCEPTIONS = 0x3f;
const FSW_SUMMARY = 0x8080;

function general(random: Sequence, to: Int32Array): void {
  for (let i = 0; i < 8; i++) to[i] = edgeInteger(random);
  // The stack pointer and the frame pointer are in the second page, so that pushes find memory.
  to[ESP] = WINDOW_BASE + 0x1e00 + 4 * random.below(32);
  to[EBP] = WINDOW_BASE + 0x1dc0 + 4 * random.below(8);
  to[EFLAGS] = FLAGS_FIXED | (random.next() & FLAGS_ARITHMETIC) | (random.oneIn(4) ? FLAG_DF : 0);
}

function x87(random: Sequence, to: Int32Array, varies: boolean): void {
  let control = 0x037f;
  let status = varies ? random.next() & 0x7f00 : 0;
  let tags = 0xff;
  if (varies) {
    if (random.oneIn(2)) control = 0x007f | (random.below(4) << 10) | (random.pick([0, 2, 2, 3]) << 8);
    if (random.oneIn(8)) control &= ~(random.next() & FSW_EXCEPTIONS);
    if (random.oneIn(4)) status |= random.next() & 0x7f;
    // An exception that is pending is met by the first waiting instruction: few states have one.
    if (random.oneIn(32)) status |= ~control & FSW_EXCEPTIONS;
    else status &= ~(~control & FSW_EXCEPTIONS);
    if ((status & ~control & FSW_EXCEPTIONS) !== 0) status |= FSW_SUMMARY;
    if (random.oneIn(6)) tags = random.next() & 0xff;
  }
  to[FX] = control | (status << 16);
  to[FX_TAGS] = tags | (0x123 << 16);
  to[FX_FIP] = 0x1122_3344;
  to[FX_FDP] = 0x5566_7788;
  for (let i = 0; i < 8; i++) edgeExtended(random, to, FX_ST + 4 * i);
}

/** An MMX register is a significand whose exponent is all ones. */
function mmx(random: Sequence, to: Int32Array): void {
  to[FX] = 0x037f;
  for (let i = 0; i < 8; i++) {
    packed(random, to, FX_ST + 4 * i, 2);
    to[FX_ST + 4 * i + 2] = random.oneIn(4) ? random.next() & 0xffff : 0xffff;
  }
}

/** Words of one element size and kind. */
function packed(random: Sequence, to: Int32Array, at: number, words: number): void {
  const kind = random.below(6);
  const pair = random.next();
  for (let i = 0; i < words; i++) {
    if (kind < 2) to[at + i] = edgeInteger(random);
    else if (kind === 2) to[at + i] = random.pick([0x8000_7fff | 0, 0x7fff_8000, 0x0080_ff7f, 0x8080_7f7f | 0, -1, 0x0100_00ff, 0x7f80_ff01]);
    else if (kind === 3) to[at + i] = pair;
    else to[at + i] = random.next();
  }
}

function sse(random: Sequence, to: Int32Array): void {
  let mxcsr = 0x1f80;
  if (random.oneIn(2)) mxcsr |= random.below(4) << 13;
  if (random.oneIn(4)) mxcsr |= random.pick([0x0040, 0x8000, 0x8040]);
  if (random.oneIn(4)) mxcsr |= random.next() & 0x3f;
  if (random.oneIn(8)) mxcsr &= ~(random.next() & 0x1f80);
  to[FX_MXCSR] = mxcsr;
  // Neighbours are of one kind, so that an instruction finds two operands that suit it.
  const kind = random.below(3);
  for (let i = 0; i < 8; i++) {
    const at = FX_XMM + 4 * i;
    if (kind === 0) for (let word = 0; word < 4; word++) to[at + word] = edgeSingle(random);
    else if (kind === 1) for (let word = 0; word < 4; word += 2) edgeDouble(random, to, at + word);
    else packed(random, to, at, 4);
  }
}

/** The state that a profile, a seed and six selectors stand for. EIP is the code's. */
export function initialState(profile: Profile, seed: number, selectors: readonly number[], to: Int32Array = new Int32Array(STATE_LANES)): Int32Array {
  to.fill(0);
  const random = new Sequence(Math.imul(seed, 0x0101_0101) ^ (PROFILES.indexOf(profile) << 28));
  general(random, to);
  x87(random, to, profile === 'x87');
  to[FX_MXCSR] = 0x1f80;
  if (profile === 'mmx') mmx(random, to);
  if (profile === 'sse') sse(random, to);
  else if (profile === 'mmx') for (let i = 0; i < 8; i++) packed(random, to, FX_XMM + 4 * i, 4);
  selectors.forEach((selector, i) => (to[SELECTORS + i] = selector));
  return to;
}
