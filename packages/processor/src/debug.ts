/** What a hardware breakpoint reacts to, numbered as the R/W field of DR7 (SDM vol. 3B §17.2.4). */
export const BreakpointType = { execute: 0, invalid: 1, write: 2, readOrWrite: 3 } as const;
export type BreakpointType = (typeof BreakpointType)[keyof typeof BreakpointType];

/** How many bytes a breakpoint covers, numbered as the LEN field of DR7: note that 2 is eight bytes and 3 is four. */
export const BreakpointSize = { byte: 0, word: 1, qword: 2, dword: 3 } as const;
export type BreakpointSize = (typeof BreakpointSize)[keyof typeof BreakpointSize];

const SIZE_BYTES = [1, 2, 8, 4] as const;

/**
 * One breakpoint: a linear address, what it reacts to, and how many bytes it covers. Software processors are exact here: a
 * data breakpoint sees every access that touches one of its bytes, and each iteration of a repeated instruction alone.
 */
export interface HardwareBreakpoint {
  /** Linear address, aligned to the size for data breakpoints. */
  readonly address: bigint;
  readonly type: BreakpointType;
  readonly size: BreakpointSize;
}

/** Index of one of the four breakpoints. */
export type BreakpointIndex = 0 | 1 | 2 | 3;

/** Exactly four breakpoints, absent ones `undefined`. */
export type Breakpoints = readonly [
  HardwareBreakpoint | undefined,
  HardwareBreakpoint | undefined,
  HardwareBreakpoint | undefined,
  HardwareBreakpoint | undefined,
];

/**
 * The conditions on which a processor leaves `runVp` for a debugger. The guest sees none of it: its own DR0–DR7 and
 * RFLAGS.TF keep working beside it.
 */
export interface DebugState {
  /** Leave with `singleStep` after one instruction, or after one iteration of a repeated string instruction. */
  readonly singleStep: boolean;
  /** Leave with `hwBreak`: before an instruction that is about to execute, after the instruction that made a data access. */
  readonly breakpoints: Breakpoints;
}

/** No breakpoint in any of the four places. */
export const NO_BREAKPOINTS: Breakpoints = [undefined, undefined, undefined, undefined];

/** Bytes that a breakpoint of this size covers. */
export function breakpointBytes(size: BreakpointSize): 1 | 2 | 4 | 8 {
  return SIZE_BYTES[size];
}

/**
 * The breakpoint that DR7 describes at `index`, over the address in DRn: the type from bits 16+4n, the size from bits
 * 18+4n. Whether it is enabled (bits 2n and 2n+1) is the caller's question.
 */
export function fromDr7(dr7: bigint, address: bigint, index: BreakpointIndex): HardwareBreakpoint {
  const field = Number(BigInt.asUintN(4, dr7 >> BigInt(16 + 4 * index)));
  return { address, type: (field & 3) as BreakpointType, size: (field >> 2) as BreakpointSize };
}

/** The bits of DR7 that make `breakpoint` effective at `index`: its type and size fields, and the global enable bit. */
export function dr7Bits(breakpoint: HardwareBreakpoint, index: BreakpointIndex): bigint {
  const field = breakpoint.type | (breakpoint.size << 2);
  return (BigInt(field) << BigInt(16 + 4 * index)) | (1n << BigInt(1 + 2 * index));
}
