import { FORMS } from '@ringzero/x86';
import { EBP, ESP, SEG_BASE, type Operation } from '@ringzero/x86-semantics';

/** Instructions that push or pop. */
const STACK = /^(Push|Pop|Call|Ret|Leave|Enter)/;

/** Bits that are 0 in the address of an aligned operand in memory. */
function maskOf(operands: readonly string[], operandSize: number): number {
  if (operands.some((code) => /^[EO]b/.test(code))) return 0;
  const isWord = operands.some((code) => /^E[wv]/.test(code) || code === 'Ov');
  return operands.some((code) => code.startsWith('Ew')) || (isWord && operandSize === 16) ? 1 : 3;
}

/** Whether something in memory that the instruction is about to read or write is where no element of its size begins. Of large operands only doublewords count. */
export function isMisaligned(op: Operation, R: Int32Array): boolean {
  const { name, operands } = FORMS[op.form];
  if (STACK.test(name)) {
    const pointer = name === 'Leave' ? R[EBP] : R[ESP];
    if ((pointer & (op.operandSize === 16 ? 1 : 3)) !== 0) return true;
  }
  if (!op.isMemory) return false;
  const address = R[op.base] + (R[op.index] << op.scale) + op.displacement + R[SEG_BASE + 2 * op.segment];
  return (address & maskOf(operands, op.operandSize)) !== 0;
}
