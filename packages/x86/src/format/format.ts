import { INVALID_FORM, PREFIX_LOCK, PREFIX_REP, PREFIX_REPNE, PREFIX_SEGMENT, RIP_BASE, type Instruction } from '../decode/instruction.ts';
import { FORMS } from '../map/forms.ts';
import { formatRegister, SEGMENT_NAMES } from './registers.ts';
import { operandBytes, SIZE_NAMES } from './sizes.ts';

const FAR_OR_STRING = /^[XY]/;

function hexText(value: number): string {
  return value < 0 ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
}

function unsigned(value: number, bits: number): string {
  return `0x${(bits >= 32 ? value >>> 0 : value & (2 ** bits - 1)).toString(16)}`;
}

/** A 64-bit number of two halves. */
function wide(low: number, high: number): string {
  return `0x${(BigInt.asUintN(32, BigInt(high)) * 0x1_0000_0000n + BigInt(low >>> 0)).toString(16)}`;
}

/** `[base+index*scale+displacement]` with its segment where that is not the default. */
function memory(instruction: Instruction): string {
  const { base, index, scale, displacement, addressSize } = instruction;
  const parts: string[] = [];
  if (base === RIP_BASE) parts.push(addressSize === 64 ? 'rip' : 'eip');
  else if (base >= 0) parts.push(formatRegister(base, addressSize, true));
  if (index >= 0) parts.push(formatRegister(index, addressSize, true) + (scale > 0 ? `*${1 << scale}` : ''));
  let text = parts.join('+');
  if (parts.length === 0) {
    text = addressSize === 64 ? wide(displacement, instruction.displacementHigh) : unsigned(displacement, addressSize);
  } else if (displacement !== 0) text += displacement < 0 ? hexText(displacement) : `+${hexText(displacement)}`;
  const segment = (instruction.prefixes & PREFIX_SEGMENT) !== 0 ? `${SEGMENT_NAMES[instruction.segment]}:` : '';
  return `${segment}[${text}]`;
}

/** A memory operand with its size, as `dword ptr [ebx]`. */
function sizedMemory(instruction: Instruction, code: string): string {
  const bytes = operandBytes(code, instruction.operandSize);
  const size = bytes === 0 ? undefined : SIZE_NAMES[bytes];
  return size === undefined ? memory(instruction) : `${size} ptr ${memory(instruction)}`;
}

function immediate(instruction: Instruction, code: string): string {
  const { operandSize } = instruction;
  if (code === 'Ib') return unsigned(instruction.immediate, 8);
  if (code === 'Iw') return unsigned(instruction.immediate, 16);
  if (operandSize === 64) return wide(instruction.immediate, instruction.immediateHigh);
  return unsigned(instruction.immediate, operandSize);
}

function branchTarget(instruction: Instruction, ip: number, mode: 16 | 32 | 64): string {
  const target = ip + instruction.length + instruction.immediate;
  if (mode === 64) return `0x${BigInt.asUintN(64, BigInt(target)).toString(16)}`;
  return unsigned(target | 0, instruction.operandSize === 16 ? 16 : 32);
}

/** String operands: ES:[rDI] and DS:[rSI], the latter's segment can be overridden. */
function stringOperand(instruction: Instruction, code: string): string {
  const bytes = operandBytes(code.replace(/^[XY]/, 'E'), instruction.operandSize);
  const isDestination = code.startsWith('Y');
  const register = formatRegister(isDestination ? 7 : 6, instruction.addressSize, true);
  return `${SIZE_NAMES[bytes]} ptr ${isDestination ? 'es' : SEGMENT_NAMES[instruction.segment]}:[${register}]`;
}

function operand(instruction: Instruction, code: string, ip: number, mode: 16 | 32 | 64): string {
  const { operandSize } = instruction;
  if (/^s?I/.test(code)) return immediate(instruction, code);
  if (code === '1') return '1';
  if (/^[A-Z]L$/.test(code)) return code.toLowerCase();
  if (code === 'DX' || code === 'AX') return code.toLowerCase();
  if (/^[ECSDFG]S$/.test(code)) return code.toLowerCase();
  if (code === 'rAX') return formatRegister(0, operandSize, true);
  if (code === 'eAX') return formatRegister(0, Math.min(operandSize, 32), true);
  if (code === 'ST0') return 'st';
  if (code === 'STi') return `st(${instruction.rm & 7})`;
  if (FAR_OR_STRING.test(code)) return stringOperand(instruction, code);
  const bits = 8 * operandBytes(code, operandSize);
  const rex = instruction.rex !== 0;
  switch (code[0]) {
    case 'J':
      return branchTarget(instruction, ip, mode);
    case 'A':
      return `${unsigned(instruction.immediate2, 16)}:${unsigned(instruction.immediate, operandSize)}`;
    case 'O':
    case 'M':
      return sizedMemory(instruction, code);
    case 'G':
      return formatRegister(instruction.reg, bits, rex);
    case 'Z':
      return formatRegister(instruction.reg, bits, rex);
    case 'R':
      return formatRegister(instruction.rm, mode === 64 ? 64 : 32, rex);
    case 'C':
      return `cr${instruction.reg}`;
    case 'D':
      return `dr${instruction.reg}`;
    case 'S':
      return SEGMENT_NAMES[instruction.reg & 7] ?? '?';
    case 'V':
      return `xmm${instruction.reg}`;
    case 'P':
      return `mm${instruction.reg & 7}`;
    case 'U':
      return `xmm${instruction.rm}`;
    case 'N':
      return `mm${instruction.rm & 7}`;
    case 'W':
      return instruction.isMemory ? sizedMemory(instruction, code) : `xmm${instruction.rm}`;
    case 'Q':
      return instruction.isMemory ? sizedMemory(instruction, code) : `mm${instruction.rm & 7}`;
    default:
      return instruction.isMemory ? sizedMemory(instruction, code) : formatRegister(instruction.rm, bits, rex);
  }
}

/** Mnemonics that operand and address size change. */
function mnemonic(instruction: Instruction, name: string): string {
  const { operandSize } = instruction;
  const bySize = (w: string, d: string, q: string): string => (operandSize === 16 ? w : operandSize === 32 ? d : q);
  switch (name) {
    case 'cbw':
      return bySize('cbw', 'cwde', 'cdqe');
    case 'cwd':
      return bySize('cwd', 'cdq', 'cqo');
    case 'iret':
    case 'pushf':
    case 'popf':
      return bySize(name, `${name}d`, `${name}q`);
    case 'pusha':
    case 'popa':
      return bySize(name, `${name}d`, name);
    case 'retf':
      return 'retf';
    case 'jcxz':
      return instruction.addressSize === 16 ? 'jcxz' : instruction.addressSize === 32 ? 'jecxz' : 'jrcxz';
    case 'callf':
      return 'call';
    case 'jmpf':
      return 'jmp';
    case 'cmpxchg8b':
      return operandSize === 64 ? 'cmpxchg16b' : name;
    default:
      return name;
  }
}

/** String instructions: element size by suffix, no operands. */
const STRING = /^(movs|cmps|stos|lods|scas|ins|outs)$/;

function stringMnemonic(name: string, form: string, operandSize: number): string {
  if (/b(_|$)/.test(form.replace(/^[^_]*_/, ''))) return `${name}b`;
  const size = /^(ins|outs)$/.test(name) ? Math.min(operandSize, 32) : operandSize;
  return name + (size === 16 ? 'w' : size === 32 ? 'd' : 'q');
}

/**
 * An instruction as text in Intel syntax, such as `mov eax, dword ptr [ebx+ecx*4+0x10]`.
 * `ip` is its address (branch targets are absolute); an undefined opcode is `(bad)`.
 */
export function formatInstruction(instruction: Instruction, ip: number, mode: 16 | 32 | 64): string {
  const form = FORMS[instruction.form]!;
  if (instruction.form === INVALID_FORM) return form.mnemonic;
  const isString = STRING.test(form.mnemonic) && form.operands.some((code) => FAR_OR_STRING.test(code));
  const name = isString ? stringMnemonic(form.mnemonic, form.name, instruction.operandSize) : mnemonic(instruction, form.mnemonic);
  const lock = (instruction.prefixes & PREFIX_LOCK) !== 0 ? 'lock ' : '';
  const compares = /^(cmps|scas)/.test(form.mnemonic);
  const repeat = !isString ? '' : (instruction.prefixes & PREFIX_REP) !== 0 ? (compares ? 'repe ' : 'rep ') : (instruction.prefixes & PREFIX_REPNE) !== 0 ? 'repne ' : '';
  const operands = form.operands.map((code) => (form.name === 'Enter_Iw_Ib' && code === 'Ib' ? unsigned(instruction.immediate2, 8) : operand(instruction, code, ip, mode)));
  return `${lock}${repeat}${name}${operands.length > 0 ? ` ${operands.join(', ')}` : ''}`;
}
