import type { SemanticsTable } from '../ir/define.ts';

const ESP_NUMBER = 4;
const EBP_NUMBER = 5;

/** PUSH, POP and LEAVE of general operands (vol. 2). Segment registers and flags are in system/stack. */
export function defineStack(table: SemanticsTable): void {
  table.define(['Push_Zv', 'Push_Ev', 'Push_Iz', 'Push_sIb'], (b, o) => b.push(o.operandSize, b.let(b.read(o.dst))));
  table.define(['Pop_Zv'], (b, o) => {
    const value = b.peek(o.operandSize);
    b.setStackPointer(b.add(b.reg(ESP_NUMBER), o.operandSize >> 3));
    b.write(o.dst, value);
  });
  table.define(['Pop_Ev'], (b, o) => {
    const bytes = o.operandSize >> 3;
    const value = b.peek(o.operandSize);
    if (!o.isMemory) {
      b.setStackPointer(b.add(b.reg(ESP_NUMBER), bytes));
      b.write(o.dst, value);
      return;
    }
    // ESP as a base is read after the increment (vol. 2, POP).
    const adjustment = b.select(b.eq(b.field('base'), 2 * ESP_NUMBER), bytes, 0);
    const offset = b.and(b.add(b.effectiveAddress, adjustment), b.field('addressMask'));
    b.store(b.address('operand', offset, bytes, true), o.operandSize, value);
    b.setStackPointer(b.add(b.reg(ESP_NUMBER), bytes));
  });
  table.define(['Leave'], (b, o) => {
    const frame = b.let(b.reg(EBP_NUMBER));
    const bytes = o.operandSize >> 3;
    const value = b.load(b.address('stack', b.and(frame, b.field('stackMask')), bytes, false), o.operandSize);
    b.setStackPointer(b.add(frame, bytes));
    b.setReg(EBP_NUMBER, o.operandSize, value);
  });
}
