import { PREFIX_LOCK, PREFIX_OPERAND_SIZE, PREFIX_REP, PREFIX_REPNE, type Instruction } from '../decode/instruction.ts';
import type { Form } from '../map/form.ts';

/** Mnemonics by operand size 16, 32 and 64, by the form's own. */
const BY_SIZE: Readonly<Record<string, readonly [string, string, string]>> = {
  cbw: ['cbw', 'cwde', 'cdqe'],
  cwd: ['cwd', 'cdq', 'cqo'],
  iret: ['iret', 'iretd', 'iretq'],
  pushf: ['pushf', 'pushfd', 'pushfq'],
  popf: ['popf', 'popfd', 'popfq'],
  pusha: ['pusha', 'pushad', 'pushad'],
  popa: ['popa', 'popad', 'popad'],
  sysret: ['sysret', 'sysret', 'sysretq'],
  sysexit: ['sysexit', 'sysexit', 'sysexitq'],
  fxsave: ['fxsave', 'fxsave', 'fxsave64'],
  fxrstor: ['fxrstor', 'fxrstor', 'fxrstor64'],
  xsave: ['xsave', 'xsave', 'xsave64'],
  xrstor: ['xrstor', 'xrstor', 'xrstor64'],
  pcmpestrm: ['pcmpestrm', 'pcmpestrm', 'pcmpestrm64'],
  pcmpestri: ['pcmpestri', 'pcmpestri', 'pcmpestri64'],
};
/** Names of condition codes that disassemblers agree on. */
const CONDITIONS: readonly string[] = ['o', 'no', 'b', 'ae', 'e', 'ne', 'be', 'a', 's', 'ns', 'p', 'np', 'l', 'ge', 'le', 'g'];
const SPELLED: Readonly<Record<string, string>> = { loopz: 'loope', loopnz: 'loopne', callf: 'call', jmpf: 'jmp' };
const STRING = /^(Movs|Cmps|Stos|Lods|Scas|Ins|Outs)_.*[XY][bvz]/;

/** REP as the instruction understands it, or nothing. */
function repetition(instruction: Instruction, form: Form): string {
  if (!STRING.test(form.name)) return '';
  if ((instruction.prefixes & PREFIX_REPNE) !== 0) return 'repne ';
  if ((instruction.prefixes & PREFIX_REP) === 0) return '';
  return /^(Cmps|Scas)/.test(form.name) ? 'repe ' : 'rep ';
}

/** The mnemonic with its LOCK and REP. */
export function formatMnemonic(instruction: Instruction, form: Form): string {
  const lock = (instruction.prefixes & PREFIX_LOCK) !== 0 ? 'lock ' : '';
  return `${lock}${repetition(instruction, form)}${plainMnemonic(instruction, form)}`;
}

function plainMnemonic({ operandSize, addressSize, reg, prefixes, rex }: Instruction, form: Form): string {
  const { mnemonic, condition } = form;
  const size = operandSize === 16 ? 0 : operandSize === 32 ? 1 : 2;
  if (condition !== undefined) return (/^(j|set|cmov)/.exec(mnemonic)?.[0] ?? '') + CONDITIONS[condition]!;
  // XCHG of the accumulator with itself is how NOP is encoded (vol. 2, NOP).
  if (form.name === 'Xchg_Zv_rAX' && reg === 0 && (prefixes & PREFIX_OPERAND_SIZE) === 0 && (rex & 8) === 0) return 'nop';
  if (STRING.test(form.name)) {
    const isByte = /[XY]b/.test(form.name);
    return mnemonic + (isByte ? 'b' : 'wdq'[/[XY]z/.test(form.name) ? Math.min(size, 1) : size]!);
  }
  if (mnemonic === 'jcxz') return addressSize === 16 ? 'jcxz' : addressSize === 32 ? 'jecxz' : 'jrcxz';
  return BY_SIZE[mnemonic]?.[size] ?? SPELLED[mnemonic] ?? mnemonic;
}
