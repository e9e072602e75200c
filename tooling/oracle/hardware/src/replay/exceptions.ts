/*
 * Everything that keeps a replay from being a comparison of all bits of all forms, with the reason. The command and the test print it.
 * An exception covers the differences that it describes and no others: what else happens to the same case is still a mismatch.
 */
import { ECX, EDI, EIP, SEGMENT_SETS, segmentBase, WINDOW_BASE } from '../format/layout.ts';
import { EFLAGS_RF } from '@ringzero/x86';
import type { Context, Difference } from './context.ts';
import { isBeyondSize } from './undefined-flags.ts';
import { areClose, extendedUlps, isInDomain } from './tolerance.ts';

/** Forms that are not executed on the recording processor. */
export interface NotRecorded {
  readonly forms: RegExp;
  readonly reason: string;
}

/** Differences that are none of the backend's. */
export interface Exception {
  readonly name: string;
  readonly forms: RegExp;
  readonly reason: string;
  /** Where the manual leaves it open. */
  readonly source: string;
  readonly covers: (difference: Difference, context: Context) => boolean;
}

export const NOT_RECORDED: readonly NotRecorded[] = [
  { forms: /^(Sysenter|Sysexit|Syscall|Sysret)$/, reason: 'they enter or leave the kernel; SYSENTER and SYSEXIT are undefined in the long mode of the recording processor (AMD)' },
  { forms: /^(Clac|Stac)$/, reason: 'outside ring 0 they are undefined opcodes; the conformance suite runs them where they exist' },
  { forms: /^(Sgdt_Ms|Sidt_Ms|Sldt_Ev|Str_Ev|Smsw_Ev)$/, reason: 'under CR4.UMIP they raise #GP, which Linux does not report: it puts values of its own in their place' },
];

const isGeneral = ({ what }: Difference): boolean => /^e[a-d]x$/.test(what);
const isCr2 = ({ what }: Difference): boolean => what === 'cr2';

/** Both addresses lie in the bytes that the instruction accesses from `offset` of the window. */
function isWithin({ expected, actual }: Difference, offset: number, bytes: number): boolean {
  const first = WINDOW_BASE + offset;
  return [expected >>> 0, actual >>> 0].every((address) => address >= first >>> 0 && address < first + bytes);
}

function maskedMoveOffset({ start, code, instruction }: Context): number {
  const offset = instruction.addressSize === 16 ? start[EDI] & 0xffff : start[EDI];
  return (segmentBase(SEGMENT_SETS[code.segments][instruction.segment]) + offset - WINDOW_BASE) | 0;
}

/** Whether only bytes 2 and 3 of what a 32-bit push of a selector wrote differ. */
function isAboveSelector({ what, expected, actual }: Difference, { instruction, stackOffset }: Context): boolean {
  if (instruction.operandSize !== 32 || !what.startsWith('memory+')) return false;
  const word = Number.parseInt(what.slice(7), 16);
  return [0, 1, 2, 3].every((i) => ((expected ^ actual) & (0xff << (8 * i))) === 0 || [stackOffset - 2, stackOffset - 1].includes(word + i));
}

/** Another address of the same operand, another of several faults, or a fault of bytes that the mask does not select. */
function isMaskedMoveFault(difference: Difference, context: Context): boolean {
  const vector = context.differences.find(({ what }) => what === 'vector');
  if (isCr2(difference)) return vector !== undefined || isWithin(difference, maskedMoveOffset(context), 16);
  return vector !== undefined && [12, 13, 14, 17].includes(vector.expected) && ([1, 3].includes(vector.actual) || !difference.what.startsWith('memory'));
}

/** Forms whose operand is accessed in parts, or in more bytes than #AC asks to be aligned. */
const ALIGNED_LATE = /^(L[defgs]s_|Callf_Mp|Jmpf_Mp|Fbstp|Fstp_Mt|Fld_Mt|Fbld|Mov[du]|Movup|Maskmov|Lddqu|Bound|Retf|Cmps|Fxsave|Fxrstor|Xsave|Xrstor|[A-Z][a-z0-9]+_V)/;

/** Unaligned accesses of 16 bytes, which AMD makes two of where they cross pages. */
const PARTS = /^(Movup|Movdqu|Lddqu|Pcmp[ei]str)/;

/** #AC in place of #PF, #GP or #SS, or #GP of alignment in place of #SS of the limit. */
function isOrderOfAlignment({ what, actual }: Difference, { outcome, differences, code, operandOffset }: Context): boolean {
  if (outcome.vector === 17 && PARTS.test(code.forms[0]) && (operandOffset & 0xfff) > 0x1000 - 16) return true;
  if (what === 'error') return differences.some((other) => other.what === 'vector') && (outcome.vector === 17 || outcome.vector === 13);
  return what === 'vector' && ((outcome.vector === 17 && [12, 13, 14].includes(actual)) || (outcome.vector === 13 && actual === 12));
}

export const EXCEPTIONS: readonly Exception[] = [
  {
    name: 'time stamp', forms: /^Rdtscp?$/, covers: isGeneral,
    reason: 'time, and the number that the kernel gave the processor', source: 'vol. 2, RDTSC and RDTSCP',
  },
  {
    name: 'identification', forms: /^(Cpuid|Xgetbv)$/, covers: (difference, { code, start }) => isGeneral(difference) || (code.forms.includes('Xgetbv') && start[ECX] === 1),
    reason: 'another processor with other features; XGETBV with ECX = 1 is one of them', source: 'vol. 2, CPUID and XGETBV',
  },
  {
    name: 'approximations', forms: /^(Rcp|Rsqrt)[ps]s_/, covers: areClose,
    reason: 'the tables are each vendor\'s own; both results must be within 1.5 × 2^-12 of the exact one', source: 'vol. 2, RCPPS and RSQRTPS: relative error',
  },
  {
    name: 'transcendental rounding', forms: /^(F2xm1|Fyl2x|Fyl2xp1|Fptan|Fpatan|Fsin|Fcos|Fsincos)$/, covers: extendedUlps,
    reason: 'results may differ in the last place, and C1 and PE with them', source: 'vol. 1 §8.3.10: an error of less than 1 ulp',
  },
  {
    name: 'transcendental domain', forms: /^(F2xm1|Fyl2xp1)$/, covers: (difference, context) => /^(st|fcw|ftw|vector|error|eip|eflags)/.test(difference.what) && !isInDomain(context),
    reason: 'the source is outside the range for which there is a result', source: 'vol. 2, F2XM1 and FYL2XP1: the result is undefined',
  },
  {
    name: 'SHLD and SHRD beyond the operand', forms: /^Sh[lr]d_/, covers: (_difference, { code, start }) => code.forms.length === 1 && isBeyondSize(code, start),
    reason: 'a count above 16 with 16-bit operands', source: 'vol. 2, SHLD and SHRD: result and flags are undefined',
  },
  {
    name: 'last instruction pointers in images', forms: /^(Fxsave|Xsave)_M$/, covers: ({ what }, context) => context.isInOperand(what, 4, 32),
    reason: 'AMD stores FOP, FIP and FDP only while an exception is pending, and has a bit more in MXCSR_MASK', source: 'AMD64 manual vol. 2, FXSAVE: pointers; vol. 1 §10.5.1.1 on MXCSR_MASK',
  },
  {
    name: 'PUSH of a segment register', forms: /^Push_[ECSDFG]S$/, covers: isAboveSelector,
    reason: 'with 32-bit operands AMD writes zeros above the selector, recent Intel processors write 16 bits', source: 'vol. 2, PUSH: both are allowed',
  },
  {
    name: 'hints with a register', forms: /^Hint_Ev$/, covers: (_difference, { code, outcome }) => outcome.vector === 6 && code.bytes.includes(0x0d),
    reason: '0F 0D with a register is undefined on AMD and a hint on Intel', source: 'vol. 2D table A-3: 0F 0D is NOP Ev',
  },
  {
    name: 'address of a masked move\'s fault', forms: /^Maskmov/, covers: isMaskedMoveFault,
    reason: 'AMD looks at all bytes and at their alignment, also at those that the mask leaves alone', source: 'vol. 2, MASKMOVDQU: faults with a mask of zeros are the implementation\'s choice',
  },
  {
    name: 'address of a fault in a large operand', forms: /^(Fxsave|Fxrstor|Fn?stenv|Fldenv|Fnsave|Frstor|Xsave|Xrstor)_M$/, covers: (difference, context) => isCr2(difference) && isWithin(difference, context.operandOffset, 576),
    reason: 'any of the bytes that cannot be accessed may be the one reported', source: 'vol. 3A §4.7: CR2 has the address that caused the fault',
  },
  {
    name: 'INT1 under a hypervisor', forms: /^Int1$/, covers: ({ what, expected }, { start }) => what === 'eip' && expected === start[EIP],
    reason: 'the recording host is a virtual machine, whose hypervisor puts RIP before the instruction', source: 'vol. 2, INT1: a trap',
  },
  {
    name: 'LOCK VERW', forms: /^Ver[rw]_Ew$/, covers: (_difference, { code, outcome }) => code.bytes[0] === 0xf0 && outcome.vector !== 6,
    reason: 'the recording processor accepts the prefix', source: 'vol. 2, LOCK: #UD with any other instruction',
  },
  {
    name: 'debug registers 4 and 5', forms: /^Mov_(Dd_Rd|Rd_Dd)$/, covers: ({ what }, { instruction, outcome }) => what === 'vector' && outcome.vector === 13 && (instruction.reg & 6) === 4,
    reason: 'AMD looks at the privilege first, Intel at CR4.DE', source: 'vol. 2, MOV to and from debug registers: #UD and #GP',
  },
  {
    name: 'LOCK MOV of control registers', forms: /^Mov_(Rd_Cd|Cd_Rd)$/, covers: ({ what }, { code, outcome }) => what === 'vector' && code.bytes[0] === 0xf0 && outcome.vector === 13,
    reason: 'AMD gives the prefix a meaning there (CR8), so that the privilege is what is wrong', source: 'vol. 2, LOCK: #UD; AMD64 manual vol. 3, MOV CRn',
  },
  {
    name: 'order of a comparison\'s reads', forms: /^Cmps_/, covers: ({ what, expected, actual }) => what === 'cr2' || what === 'error' || (what === 'vector' && [expected, actual].every((vector) => [12, 13, 14, 17].includes(vector))),
    reason: 'both operands fault, and AMD reads the second one first', source: 'vol. 2, CMPS: no order is given',
  },
  {
    name: 'order of alignment and other faults', forms: ALIGNED_LATE, covers: isOrderOfAlignment,
    reason: 'the operand is misaligned and also beyond a limit or not mapped; the parts of an operand are checked in another order', source: 'vol. 3A §6.9: among faults of one instruction the order is the implementation\'s',
  },
  {
    name: 'RF between iterations', forms: /^(Movs|Cmps|Stos|Lods|Scas)_/, covers: ({ what, expected, actual }, { outcome }) => outcome.vector === 1 && what === 'eflags' && (expected ^ actual) === EFLAGS_RF,
    reason: 'AMD pushes RF clear for a single-step trap in the middle of a repeated instruction, Intel pushes it set', source: 'vol. 3B §17.3.1.1: RF is 1 for traps of any iteration but the last',
  },
  {
    name: 'order of a far return\'s reads', forms: /^(Retf|Iret)/, covers: (difference) => isCr2(difference) && Math.abs(difference.expected - difference.actual) <= 16,
    reason: 'the first read to fault is reported, and AMD reads CS before EIP', source: 'vol. 2, RET: no order is given',
  },
];
