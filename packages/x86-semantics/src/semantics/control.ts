import type { Builder } from '../ir/builder.ts';
import type { Operands, SemanticsTable } from '../ir/define.ts';
import type { Expression } from '../ir/nodes.ts';

const ECX_NUMBER = 1;
const ESP_NUMBER = 4;

const CONDITIONS = ['o', 'no', 'b', 'nb', 'z', 'nz', 'be', 'nbe', 's', 'ns', 'p', 'np', 'l', 'nl', 'le', 'nle'];

/** A return address or branch target truncated to the operand size. */
function truncate(b: Builder, o: Operands, target: Expression): Expression {
  return o.operandSize === 16 ? b.zeroExtend(target, 16) : target;
}

/** LOOP and its like: ECX or CX, by address size, counts down, unless the branch faults. */
function countedBranch(b: Builder, condition: () => Expression): void {
  const mask = b.field('addressMask');
  const next = b.let(b.and(b.sub(b.reg(ECX_NUMBER), 1), mask));
  const isTaken = b.let(b.and(b.ne(next, 0), condition()));
  b.if(isTaken, () => b.checkTarget(b.field('target')));
  b.setReg(ECX_NUMBER, 32, b.or(b.and(b.reg(ECX_NUMBER), b.not(mask)), next));
  b.branch(isTaken);
}

/** Near branches, calls and returns, LOOP, SETcc and CMOVcc (vol. 2). Far transfers are in system/far-transfer. */
export function defineControl(table: SemanticsTable): void {
  for (const name of CONDITIONS) {
    table.define([`J${name}_Jb`, `J${name}_Jz`], (b, o) => b.branch(b.condition(o.condition)));
    table.define([`Set${name}_Eb`], (b, o) => b.write(o.dst, b.condition(o.condition)));
    table.define([`Cmov${name}_Gv_Ev`], (b, o) => {
      // The source is read whether or not the condition holds.
      const value = b.let(b.read(o.src));
      b.write(o.dst, b.select(b.condition(o.condition), value, b.read(o.dst)));
    });
  }
  table.define(['Jmp_Jb', 'Jmp_Jz'], (b) => b.jump());
  table.define(['Jmp_Ev'], (b, o) => {
    const target = b.let(truncate(b, o, b.read(o.dst)));
    b.checkTarget(target);
    b.jumpTo(target);
  });
  table.define(['Call_Jz'], (b, o) => {
    b.push(o.operandSize, b.field('nextIp'));
    b.jump();
  });
  table.define(['Call_Ev'], (b, o) => {
    const target = b.let(truncate(b, o, b.read(o.dst)));
    b.checkTarget(target);
    b.push(o.operandSize, b.field('nextIp'));
    b.jumpTo(target);
  });
  table.define(['Ret'], (b, o) => {
    const target = b.peek(o.operandSize);
    b.checkTarget(target);
    b.setStackPointer(b.add(b.reg(ESP_NUMBER), o.operandSize >> 3));
    b.jumpTo(target);
  });
  table.define(['Ret_Iw'], (b, o) => {
    const target = b.peek(o.operandSize);
    b.checkTarget(target);
    b.setStackPointer(b.add(b.reg(ESP_NUMBER), b.add(b.and(b.immediate, 0xffff), o.operandSize >> 3)));
    b.jumpTo(target);
  });
  table.define(['Loop_Jb'], (b) => countedBranch(b, () => b.const(1)));
  table.define(['Loopz_Jb'], (b) => countedBranch(b, () => b.condition(4)));
  table.define(['Loopnz_Jb'], (b) => countedBranch(b, () => b.condition(5)));
  table.define(['Jcxz_Jb'], (b) => b.branch(b.eq(b.and(b.reg(ECX_NUMBER), b.field('addressMask')), 0)));
}
