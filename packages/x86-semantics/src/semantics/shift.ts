import { CF, OF, OSZAPC } from '../flags/kinds.ts';
import type { Builder } from '../ir/builder.ts';
import type { Operands, Semantics, SemanticsTable } from '../ir/define.ts';
import type { Expression, Width } from '../ir/nodes.ts';

function forms(name: string): string[] {
  return ['Eb_Ib', 'Ev_Ib', 'Eb_1', 'Ev_1', 'Eb_CL', 'Ev_CL'].map((operands) => `${name}_${operands}`);
}

/** The count, masked to five bits as every processor since the 286 does (vol. 2, SAL/SAR/SHL/SHR). */
function count(b: Builder, o: Operands): Expression {
  return o.src.k === 'constant' ? b.const(1) : b.let(b.and(b.read(o.src), 31));
}

/** Flags of a shift: SF, ZF, PF of the result, CF and OF given as 0 or 1. */
function shiftFlags(b: Builder, width: Width, result: Expression, carry: Expression, overflow: Expression): void {
  b.setFlags('result', width, result, b.or(carry, b.shl(overflow, 11)));
}

/** Flags of a rotate: CF and OF alone change. */
function rotateFlags(b: Builder, carry: Expression, overflow: Expression): void {
  b.setFlags('word', 32, 0, b.or(b.and(b.flags, OSZAPC & ~(CF | OF)), b.or(carry, b.shl(overflow, 11))));
}

function bit(b: Builder, value: Expression, index: Expression | number): Expression {
  return b.and(b.shr(value, index), 1);
}

/** Runs `body` if the count is not 0, which leaves the flags alone. The destination is written anyway: it must be writable. */
function shift(operation: (b: Builder, o: Operands, value: Expression, by: Expression) => { result: Expression; flags: (result: Expression) => void }): Semantics {
  return (b, o) => {
    const by = count(b, o);
    const value = b.readForWrite(o.dst);
    const { result, flags } = operation(b, o, value, by);
    const kept = b.let(result);
    b.write(o.dst, kept);
    if (by.k === 'const') flags(kept);
    else b.if(b.ne(by, 0), () => flags(kept));
  };
}

const shl = shift((b, o, value, by) => ({
  result: b.shl(value, by),
  flags: (result) => {
    const carry = b.let(bit(b, b.shl(value, b.sub(by, 1)), o.width - 1));
    shiftFlags(b, o.width, result, carry, b.xor(carry, bit(b, result, o.width - 1)));
  },
}));

const shr = shift((b, o, value, by) => ({
  result: b.shr(value, by),
  flags: (result) => {
    const last = b.let(b.shr(value, b.sub(by, 1)));
    shiftFlags(b, o.width, result, b.and(last, 1), bit(b, last, o.width - 1));
  },
}));

const sar = shift((b, o, value, by) => ({
  result: b.sar(b.signExtend(value, o.width), by),
  flags: (result) => shiftFlags(b, o.width, result, b.and(b.sar(b.signExtend(value, o.width), b.sub(by, 1)), 1), b.const(0)),
}));

/** ROL and ROR: the count is taken modulo the width, but CF and OF are set for every count that is not 0. */
const rol = shift((b, o, value, by) => {
  const amount = b.and(by, o.width - 1);
  return {
    result: rotateLeft(b, o.width, value, amount),
    flags: (result) => rotateFlags(b, b.and(result, 1), b.xor(b.and(result, 1), bit(b, result, o.width - 1))),
  };
});

const ror = shift((b, o, value, by) => {
  const amount = b.and(b.sub(o.width, b.and(by, o.width - 1)), o.width - 1);
  return {
    result: rotateLeft(b, o.width, value, amount),
    flags: (result) => rotateFlags(b, bit(b, result, o.width - 1), b.xor(bit(b, result, o.width - 1), bit(b, result, o.width - 2))),
  };
});

function rotateLeft(b: Builder, width: Width, value: Expression, amount: Expression): Expression {
  if (width === 32) return b.or(b.shl(value, amount), b.shr(b.shr(value, 1), b.sub(31, amount)));
  return b.or(b.shl(value, amount), b.shr(value, b.sub(width, amount)));
}

/** RCL and RCR rotate width + 1 bits; they are rare, so one pure function each keeps them exact. */
function throughCarry(direction: 'left' | 'right'): Semantics {
  return shift((b, o, value, by) => {
    const size = o.width + 1;
    // Counts up to 31 modulo 9 and 17; 32-bit operands take the count as it is.
    const amount = o.width === 32 ? by : b.let(b.sub(by, b.mul(size, b.select(b.compare('ge', by, size), b.select(b.compare('ge', by, 2 * size), b.select(b.compare('ge', by, 3 * size), 3, 2), 1), 0))));
    const left = direction === 'left' ? amount : b.let(b.sub(size, amount));
    const carry = b.let(b.carry);
    // The old CF follows the value at the bottom; the last bit out at the top is the new one.
    const inserted = b.shl(carry, b.sub(left, 1));
    const isIdentity = b.let(b.or(b.eq(amount, 0), b.eq(left, size)));
    const rotated = rotateWide(b, o.width, { value, left, inserted });
    const result = b.let(b.select(isIdentity, value, rotated));
    const carryOut = b.let(b.select(isIdentity, carry, bit(b, value, b.and(b.sub(o.width, left), 31))));
    return {
      result,
      flags: (kept) => {
        const top = bit(b, kept, o.width - 1);
        const overflow = direction === 'left' ? b.xor(carryOut, top) : b.xor(top, bit(b, kept, o.width - 2));
        rotateFlags(b, carryOut, overflow);
      },
    };
  });
}

interface Wide {
  readonly value: Expression;
  readonly left: Expression;
  readonly inserted: Expression;
}

/** Rotate left through carry by `left` in 1..width, value of `width` bits. Host shifts take counts modulo 32, hence the selects. */
function rotateWide(b: Builder, width: Width, w: Wide): Expression {
  if (width !== 32) return b.or(b.or(b.shl(w.value, w.left), w.inserted), b.shr(w.value, b.sub(width + 1, w.left)));
  const high = b.select(b.eq(w.left, 32), 0, b.shl(w.value, w.left));
  const low = b.select(b.eq(w.left, 1), 0, b.shr(w.value, b.sub(33, w.left)));
  return b.or(b.or(high, w.inserted), low);
}

/**
 * SHLD and SHRD (vol. 2). OF beyond a count of 1, and all of a count above 16 with 16-bit operands, are undefined.
 * An 80386 and AMD's processors then rotate the filler by what is over; CF and OF are as AMD leaves them.
 */
function doubleShift(direction: 'left' | 'right'): Semantics {
  return (b, o) => {
    const isLeft = direction === 'left';
    const by = o.src2.k === 'constant' ? b.const(1) : b.let(b.and(b.read(o.src2), 31));
    const filler = b.let(b.read(o.src));
    const value = b.readForWrite(o.dst);
    const counterpart = b.sub(32, by);
    let result: Expression;
    let carry: Expression;
    let top: (result: Expression) => Expression = (kept) => bit(b, kept, o.width - 1);
    if (o.width === 32) {
      result = isLeft ? b.or(b.shl(value, by), b.shr(filler, counterpart)) : b.or(b.shr(value, by), b.shl(filler, counterpart));
      carry = isLeft ? bit(b, value, b.and(counterpart, 31)) : bit(b, value, b.sub(by, 1));
    } else {
      // Both operands rotate as one ring of 32 bits; beyond the operand it is the filler twice.
      const isBeyond = b.let(b.compare('gt', by, 16));
      const shifted = b.select(isBeyond, filler, value);
      const ring = b.let(isLeft ? b.or(b.shl(shifted, 16), filler) : b.or(b.shl(filler, 16), shifted));
      result = isLeft ? b.shr(b.or(b.shl(ring, by), b.shr(ring, counterpart)), 16) : b.or(b.shr(ring, by), b.shl(ring, counterpart));
      carry = b.select(isBeyond, 0, bit(b, value, isLeft ? b.and(b.sub(16, by), 31) : b.sub(by, 1)));
      if (isLeft) top = (kept) => b.select(b.compare('gt', by, 15), 0, bit(b, kept, 15));
    }
    const kept = b.let(b.select(b.eq(by, 0), value, b.zeroExtend(result, o.width)));
    b.write(o.dst, kept);
    b.if(b.ne(by, 0), () => {
      const out = b.let(carry);
      shiftFlags(b, o.width, kept, out, b.xor(top(kept), isLeft ? out : bit(b, kept, o.width - 2)));
    });
  };
}

/** Shifts and rotates (vol. 2). */
export function defineShift(table: SemanticsTable): void {
  table.define(forms('Shl'), shl);
  table.define(forms('Shr'), shr);
  table.define(forms('Sar'), sar);
  table.define(forms('Rol'), rol);
  table.define(forms('Ror'), ror);
  table.define(forms('Rcl'), throughCarry('left'));
  table.define(forms('Rcr'), throughCarry('right'));
  table.define(['Shld_Ev_Gv_Ib', 'Shld_Ev_Gv_CL'], doubleShift('left'));
  table.define(['Shrd_Ev_Gv_Ib', 'Shrd_Ev_Gv_CL'], doubleShift('right'));
}
