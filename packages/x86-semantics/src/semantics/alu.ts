import type { Builder } from '../ir/builder.ts';
import type { Operands, Semantics, SemanticsTable } from '../ir/define.ts';
import type { Expression } from '../ir/nodes.ts';
import type { FlagKindName } from '../flags/kinds.ts';

/** The nine forms that ADD, OR, ADC, SBB, AND, SUB, XOR and CMP share. */
function forms(name: string): string[] {
  return ['Eb_Gb', 'Ev_Gv', 'Gb_Eb', 'Gv_Ev', 'AL_Ib', 'rAX_Iz', 'Eb_Ib', 'Ev_Iz', 'Ev_sIb'].map((operands) => `${name}_${operands}`);
}

type Operation = (b: Builder, left: Expression, right: Expression) => Expression;

/** dst = dst op src, with the flags of `kind`. */
function twoOperand(operation: Operation, flags: (b: Builder, o: Operands, left: Expression, right: Expression, result: Expression) => void): Semantics {
  return (b, o) => {
    const right = b.let(b.read(o.src));
    const left = b.readForWrite(o.dst);
    const result = b.let(operation(b, left, right));
    b.write(o.dst, result);
    flags(b, o, left, right, result);
  };
}

function logic(operation: Operation): Semantics {
  return twoOperand(operation, (b, o, _left, _right, result) => b.setFlags('logic', o.width, result));
}

/** ADC and SBB: the kind depends on the carry that came in. */
function withCarry(operation: 'add' | 'sub', plain: FlagKindName, carried: FlagKindName): Semantics {
  return (b, o) => {
    const carry = b.let(b.carry);
    const right = b.let(b.read(o.src));
    const left = b.readForWrite(o.dst);
    b.write(o.dst, b.binary(operation, b.binary(operation, left, right), carry));
    b.if(
      b.ne(carry, 0),
      () => b.setFlags(carried, o.width, left, right),
      () => b.setFlags(plain, o.width, left, right),
    );
  };
}

const compare: Semantics = (b, o) => {
  const right = b.let(b.read(o.src));
  const left = b.let(b.read(o.dst));
  b.setFlags('sub', o.width, left, right);
};

function step(amount: number, kind: 'inc' | 'dec'): Semantics {
  return (b, o) => {
    const carry = b.let(b.carry);
    const result = b.let(b.add(b.readForWrite(o.dst), amount));
    b.write(o.dst, result);
    b.setFlags(kind, o.width, result, carry);
  };
}

/** Integer arithmetic and logic (vol. 2, ADD … XOR, INC, DEC, NEG, NOT, TEST). */
export function defineAlu(table: SemanticsTable): void {
  table.define(forms('Add'), twoOperand((b, l, r) => b.add(l, r), (b, o, l, r) => b.setFlags('add', o.width, l, r)));
  table.define(forms('Sub'), twoOperand((b, l, r) => b.sub(l, r), (b, o, l, r) => b.setFlags('sub', o.width, l, r)));
  table.define(forms('Adc'), withCarry('add', 'add', 'adc'));
  table.define(forms('Sbb'), withCarry('sub', 'sub', 'sbb'));
  table.define(forms('And'), logic((b, l, r) => b.and(l, r)));
  table.define(forms('Or'), logic((b, l, r) => b.or(l, r)));
  table.define(forms('Xor'), logic((b, l, r) => b.xor(l, r)));
  table.define(forms('Cmp'), compare);
  table.define(['Test_Eb_Gb', 'Test_Ev_Gv', 'Test_AL_Ib', 'Test_rAX_Iz', 'Test_Eb_Ib', 'Test_Ev_Iz'], (b, o) => {
    const right = b.let(b.read(o.src));
    b.setFlags('logic', o.width, b.let(b.and(b.read(o.dst), right)));
  });
  table.define(['Inc_Eb', 'Inc_Ev', 'Inc_Zv'], step(1, 'inc'));
  table.define(['Dec_Eb', 'Dec_Ev', 'Dec_Zv'], step(-1, 'dec'));
  table.define(['Neg_Eb', 'Neg_Ev'], (b, o) => {
    const value = b.readForWrite(o.dst);
    b.write(o.dst, b.neg(value));
    b.setFlags('sub', o.width, 0, value);
  });
  table.define(['Not_Eb', 'Not_Ev'], (b, o) => b.write(o.dst, b.not(b.readForWrite(o.dst))));
  table.define(['Xadd_Eb_Gb', 'Xadd_Ev_Gv'], (b, o) => {
    const right = b.let(b.read(o.src));
    const left = b.readForWrite(o.dst);
    const sum = b.let(b.add(left, right));
    // Memory first; in registers the sum wins where both name one register.
    if (o.dst.k === 'memory') b.write(o.dst, sum);
    b.write(o.src, left);
    if (o.dst.k !== 'memory') b.write(o.dst, sum);
    b.setFlags('add', o.width, left, right);
  });
  table.define(['Cmpxchg_Eb_Gb', 'Cmpxchg_Ev_Gv'], (b, o) => {
    const replacement = b.let(b.read(o.src));
    const accumulator = b.let(b.reg(0, o.width));
    const current = b.readForWrite(o.dst);
    const equal = b.let(b.eq(b.zeroExtend(current, o.width), b.zeroExtend(accumulator, o.width)));
    b.write(o.dst, b.select(equal, replacement, current));
    b.if(equal, () => undefined, () => b.setReg(0, o.width, current));
    b.setFlags('sub', o.width, accumulator, current);
  });
}
