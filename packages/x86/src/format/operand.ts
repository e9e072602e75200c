import { RIP_BASE, type Instruction } from '../decode/instruction.ts';
import { formatRegister, SEGMENT_NAMES } from './registers.ts';
import { operandBytes, SIZE_NAMES } from './sizes.ts';

/** What operands depend on besides the instruction. */
export interface FormatContext {
  readonly instruction: Instruction;
  /** Name of the form. */
  readonly form: string;
  /** Address of the instruction. */
  readonly ip: number | bigint;
  readonly mode: 16 | 32 | 64;
  /** Whether memory operands name their segment even where it is the default. */
  readonly showSegments: boolean;
}

const DEFAULT_DS = 3;
const DEFAULT_SS = 2;
/** General registers that address through SS (vol. 1 §3.7.4). */
const ESP = 4;
const EBP = 5;
const ESI = 6;
const EDI = 7;
const EBX = 3;

/** Forms whose 16-bit or 8-bit memory operand is a wider register when it is none. */
const WIDE_REGISTER: Readonly<Record<string, number>> = { Pinsrw: 32, Pinsrb: 32, Pextrb: 32, Pextrw: 32, Lar: 0, Lsl: 0 };
/** Forms that store 16 bits into memory whatever the operand size; MOVSXD reads as much at an operand size of 16. */
const NARROW_MEMORY = /^(Mov_Ev_Sw|Sldt_Ev|Str_Ev|Smsw_Ev)$/;

/** The low `bits` of a number, as hexadecimal without a sign. */
export function hexadecimal(value: number | bigint, bits: number): string {
  return `0x${BigInt.asUintN(bits, BigInt(value)).toString(16)}`;
}

function halves(low: number, high: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low >>> 0);
}

function segmentPrefix({ instruction, showSegments }: FormatContext, byDefault: number): string {
  const { segment } = instruction;
  return showSegments || segment !== byDefault ? `${SEGMENT_NAMES[segment]!}:` : '';
}

/** `[base+index*scale+displacement]` with its segment. */
function address(context: FormatContext): string {
  const { base, index, scale, displacement, displacementHigh, addressSize } = context.instruction;
  const parts: string[] = [];
  if (base === RIP_BASE) parts.push(addressSize === 64 ? 'rip' : 'eip');
  else if (base >= 0) parts.push(formatRegister(base, addressSize, true));
  if (index >= 0) parts.push(formatRegister(index, addressSize, true) + (scale > 0 || parts.length === 0 ? `*${1 << scale}` : ''));
  let text = parts.join('+');
  if (parts.length === 0) text = hexadecimal(halves(displacement, displacementHigh), addressSize);
  else if (displacement !== 0) text += displacement < 0 ? `-0x${(-displacement).toString(16)}` : `+0x${displacement.toString(16)}`;
  return `${segmentPrefix(context, base === ESP || base === EBP ? DEFAULT_SS : DEFAULT_DS)}[${text}]`;
}

function memory(context: FormatContext, code: string): string {
  const { operandSize } = context.instruction;
  const bytes = NARROW_MEMORY.test(context.form) || (context.form === 'Movsxd_Gv_Ed' && operandSize === 16) ? 2 : operandBytes(code, operandSize);
  const size = SIZE_NAMES[bytes];
  return size === undefined ? address(context) : `${size} ptr ${address(context)}`;
}

/** String operands: ES:[rDI], whose segment is fixed, and DS:[rSI]. */
function stringOperand(context: FormatContext, code: string): string {
  const { addressSize, operandSize } = context.instruction;
  const size = SIZE_NAMES[operandBytes(code, operandSize)]!;
  if (code.startsWith('Y')) return `${size} ptr es:[${formatRegister(EDI, addressSize, true)}]`;
  return `${size} ptr ${segmentPrefix(context, DEFAULT_DS)}[${formatRegister(ESI, addressSize, true)}]`;
}

/** Segment that MASKMOVQ and MASKMOVDQU write to, where it is not DS. */
export function maskedSegment({ instruction }: FormatContext): string[] {
  return instruction.segment === DEFAULT_DS ? [] : [SEGMENT_NAMES[instruction.segment]!];
}

/** XLAT's table. */
export function translateOperand(context: FormatContext): string {
  return `byte ptr ${segmentPrefix(context, DEFAULT_DS)}[${formatRegister(EBX, context.instruction.addressSize, true)}]`;
}

function immediate(context: FormatContext, code: string): string {
  const { immediate: low, immediateHigh, immediate2, operandSize } = context.instruction;
  if (code === 'Ib') return hexadecimal(context.form === 'Enter_Iw_Ib' ? immediate2 : low, 8);
  if (code === 'Iw') return hexadecimal(low, 16);
  return hexadecimal(halves(low, immediateHigh), operandSize);
}

function branchTarget({ instruction, ip, mode }: FormatContext): string {
  const target = BigInt(ip) + BigInt(instruction.length) + BigInt(instruction.immediate);
  return hexadecimal(target, mode === 64 ? 64 : instruction.operandSize);
}

/** Registers that the code itself names. */
function fixedRegister(code: string, operandSize: number): string | undefined {
  switch (code) {
    case 'rAX':
      return formatRegister(0, operandSize, true);
    case 'eAX':
      return formatRegister(0, Math.min(operandSize, 32), true);
    case 'ST0':
      return 'st';
    case '1':
      return '0x1';
    default:
      return /^([A-D][LX]|[ECSDFG]S|XMM0)$/.test(code) ? code.toLowerCase() : undefined;
  }
}

/** One operand as text. */
export function formatOperand(context: FormatContext, code: string): string {
  const { instruction, mode } = context;
  const { isMemory, operandSize, reg, rm, rex } = instruction;
  const fixed = fixedRegister(code, operandSize);
  if (fixed !== undefined) return fixed;
  if (code === 'STi') return `st(${rm & 7})`;
  const bits = 8 * operandBytes(code, operandSize);
  switch (code[0]) {
    case 's':
    case 'I':
      return immediate(context, code);
    case 'J':
      return branchTarget(context);
    case 'A':
      return `${hexadecimal(instruction.immediate2, 16)}:${hexadecimal(instruction.immediate, operandSize)}`;
    case 'X':
    case 'Y':
      return stringOperand(context, code);
    case 'O':
    case 'M':
      return memory(context, code);
    case 'G':
    case 'Z':
      return formatRegister(reg, bits, rex !== 0);
    case 'R':
      return formatRegister(rm, mode === 64 ? 64 : 32, true);
    case 'C':
      return `cr${reg}`;
    case 'D':
      return `dr${reg}`;
    case 'S':
      return SEGMENT_NAMES[reg & 7]!;
    case 'V':
      return `xmm${reg}`;
    case 'P':
      return `mm${reg & 7}`;
    case 'U':
    case 'W':
      return isMemory ? memory(context, code) : `xmm${rm}`;
    case 'N':
    case 'Q':
      return isMemory ? memory(context, code) : `mm${rm & 7}`;
    default: {
      if (isMemory) return memory(context, code);
      const wide = WIDE_REGISTER[context.form.slice(0, context.form.indexOf('_'))];
      const narrow = context.form === 'Movsxd_Gv_Ed' ? Math.min(bits, operandSize) : bits;
      return formatRegister(rm, wide === undefined ? narrow : wide === 0 ? operandSize : wide, rex !== 0);
    }
  }
}
