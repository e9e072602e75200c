/*
 * The world of a test case: the same linear addresses, segments and registers on the recording processor and in the replay.
 */

/** Code, readable and executable. The first 64 KB are also the segment of 16-bit code. */
export const CODE_BASE = 0x1000_0000;
/** Data: two writable pages, then one that may only be read. Nothing is mapped before and behind. */
export const WINDOW_BASE = 0x2000_0000;
export const WINDOW_BYTES = 0x2000;
export const READ_ONLY_BYTES = 0x1000;
export const PAGE_BYTES = 0x1000;

/** Lanes of a 32-bit state: general registers, EFLAGS, EIP, selectors, and the first 288 bytes of the FXSAVE image, as words. */
export const EAX = 0;
export const ECX = 1;
export const EDX = 2;
export const EBX = 3;
export const ESP = 4;
export const EBP = 5;
export const ESI = 6;
export const EDI = 7;
export const EFLAGS = 8;
export const EIP = 9;
export const SELECTORS = 10;
export const FX = 16;
/** Behind FCW and FSW: abridged tag word and FOP; FIP; FDP; MXCSR. */
export const FX_TAGS: number = FX + 1;
export const FX_FIP: number = FX + 2;
export const FX_FCS: number = FX + 3;
export const FX_FDP: number = FX + 4;
export const FX_FDS: number = FX + 5;
export const FX_MXCSR: number = FX + 6;
export const FX_MXCSR_MASK: number = FX + 7;
/** ST(0) to ST(7), four words each, of which two and a half are used. */
export const FX_ST: number = FX + 8;
/** XMM0 to XMM7, four words each. */
export const FX_XMM: number = FX + 40;
export const STATE_LANES: number = FX + 72;

export const LANE_NAMES: readonly string[] = [
  ...['eax', 'ecx', 'edx', 'ebx', 'esp', 'ebp', 'esi', 'edi', 'eflags', 'eip', 'es', 'cs', 'ss', 'ds', 'fs', 'gs'],
  ...['fcw/fsw', 'ftw/fop', 'fip', 'fcs', 'fdp', 'fds', 'mxcsr', 'mxcsr mask'],
  ...Array.from({ length: 32 }, (_, i) => `st${i >> 2}[${i & 3}]`),
  ...Array.from({ length: 32 }, (_, i) => `xmm${i >> 2}[${i & 3}]`),
];

/** Bits of each lane that are recorded: FCS and FDS are not, for a 64-bit kernel saves the image without them. */
export const LANE_MASKS: Int32Array = Int32Array.from({ length: STATE_LANES }, (_, lane) => {
  if (lane === FX_FCS || lane === FX_FDS || lane === FX_MXCSR_MASK) return 0;
  if (lane === FX_TAGS) return 0x07ff_00ff;
  if (lane < FX_ST || lane >= FX_XMM) return -1;
  const word = (lane - FX_ST) & 3;
  return word === 3 ? 0 : word === 2 ? 0xffff : -1;
});

const FSW_SUMMARY = 0x80 << 16;

/**
 * Bits of a lane that an outcome tells, given its FSW. The recording processor (AMD) saves the pointers to the last instruction
 * and operand only while an exception is pending; the instruction stores of FNSTENV and FNSAVE do tell them.
 */
export function recordedMask(lane: number, control: number): number {
  if ((control & FSW_SUMMARY) === 0) {
    if (lane === FX_TAGS) return 0xff;
    if (lane === FX_FIP || lane === FX_FDP) return 0;
  }
  return LANE_MASKS[lane];
}

/** A descriptor that cases use, with the LDT selector that it has. */
export interface SegmentDescriptor {
  readonly base: number;
  readonly limit: number;
  /** Type field and S: 2 data, 6 expand-down data, 0xa code, +1 accessed; descriptors are loaded accessed. */
  readonly type: number;
  readonly is32: boolean;
  readonly isPresent: boolean;
}

const DATA = 0x3;
const READ_ONLY = 0x1;
const EXPAND_DOWN = 0x7;
const CODE = 0xb;

/** The LDT, all of privilege 3; selectors are 8 × index + 7. */
// prettier-ignore
export const LDT: readonly SegmentDescriptor[] = [
  { base: WINDOW_BASE, limit: 0x1fff, type: DATA,        is32: true,  isPresent: true },
  { base: WINDOW_BASE, limit: 0x17ff, type: READ_ONLY,   is32: true,  isPresent: true },
  { base: WINDOW_BASE, limit: 0x0fff, type: EXPAND_DOWN, is32: true,  isPresent: true },
  { base: WINDOW_BASE, limit: 0xffff, type: DATA,        is32: false, isPresent: true },
  { base: CODE_BASE,   limit: 0xffff, type: CODE,        is32: false, isPresent: true },
  { base: CODE_BASE,   limit: 0xffff, type: CODE - 2,    is32: true,  isPresent: true },
  { base: WINDOW_BASE, limit: 0x1fff, type: DATA,        is32: true,  isPresent: false },
];

export function ldtSelector(index: number): number {
  return 8 * index + 7;
}

/** Flat selectors of 32-bit programs under a 64-bit Linux. */
export const USER_CS = 0x23;
export const USER_DS = 0x2b;
export const CODE16_SELECTOR: number = ldtSelector(4);

/** Selectors of a case: ES CS SS DS FS GS. */
export const SEGMENT_SETS: Readonly<Record<SegmentSet, readonly number[]>> = {
  flat: [USER_DS, USER_CS, USER_DS, USER_DS, 0, 0],
  based: [USER_DS, USER_CS, USER_DS, USER_DS, ldtSelector(0), ldtSelector(1)],
  limited: [ldtSelector(0), USER_CS, USER_DS, ldtSelector(0), ldtSelector(2), 0],
  small: [ldtSelector(3), USER_CS, ldtSelector(3), ldtSelector(1), ldtSelector(3), ldtSelector(2)],
  code16: [ldtSelector(3), CODE16_SELECTOR, ldtSelector(3), ldtSelector(3), ldtSelector(0), ldtSelector(1)],
};
export type SegmentSet = 'flat' | 'based' | 'limited' | 'small' | 'code16';
export const SEGMENT_SET_NAMES: readonly SegmentSet[] = ['flat', 'based', 'limited', 'small', 'code16'];

/** Sets whose stack is 16 bits wide, and what ESP has above SP there: a return to such a stack loads SP alone. */
export const SMALL_STACKS: readonly SegmentSet[] = ['small', 'code16'];
export const STACK_HIGH_HALF = 0x40_0000;

/** Base that a selector of a case has; 0 for the flat and null ones. */
export function segmentBase(selector: number): number {
  return (selector & 4) === 0 ? 0 : (LDT[selector >> 3]?.base ?? 0);
}
