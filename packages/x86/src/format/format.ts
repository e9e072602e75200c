import { INVALID_FORM, type Instruction } from '../decode/instruction.ts';
import { FORMS } from '../map/forms.ts';
import { formatMnemonic } from './mnemonic.ts';
import { formatOperand, maskedSegment, translateOperand, type FormatContext } from './operand.ts';

/** String instructions whose mnemonic says which accumulator they use. */
const IMPLIED_ACCUMULATOR = /^(Stos|Lods|Scas)_/;

/** How {@link formatInstruction} writes. */
export interface FormatOptions {
  /** Memory operands name their segment even where it is the default. */
  readonly showSegments?: boolean;
}

/**
 * An instruction as text in Intel syntax, such as `mov eax, dword ptr [ebx+ecx*4+0x10]`.
 * `ip` is its address, from which branch targets follow; an undefined opcode is `(bad)`.
 */
export function formatInstruction(instruction: Instruction, ip: number | bigint, mode: 16 | 32 | 64, options: FormatOptions = {}): string {
  const form = FORMS[instruction.form]!;
  if (instruction.form === INVALID_FORM) return form.mnemonic;
  const context: FormatContext = { instruction, form: form.name, ip, mode, showSegments: options.showSegments ?? false };
  const mnemonic = formatMnemonic(instruction, form);
  if (mnemonic === 'nop' && form.name === 'Xchg_Zv_rAX') return mnemonic;
  const codes = IMPLIED_ACCUMULATOR.test(form.name) ? form.operands.filter((code) => /^[XY]/.test(code)) : form.operands;
  const operands = form.name === 'Xlat' ? [translateOperand(context)] : codes.map((code) => formatOperand(context, code));
  if (form.name.startsWith('Maskmov')) operands.push(...maskedSegment(context));
  return operands.length === 0 ? mnemonic : `${mnemonic} ${operands.join(', ')}`;
}
