import { CF, OSZAPC, ZF } from '../flags/kinds.ts';
import type { Builder } from '../ir/builder.ts';
import type { Operands, Semantics, SemanticsTable } from '../ir/define.ts';
import type { Expression } from '../ir/nodes.ts';

type Change = (b: Builder, value: Expression, mask: Expression) => Expression;

/** CF becomes the bit; the others stay (only CF is defined to change, vol. 2 BT; ZF is unaffected). */
function carryFlag(b: Builder, value: Expression, index: Expression): void {
  b.setFlags('word', 32, 0, b.or(b.and(b.flags, OSZAPC & ~CF), b.and(b.shr(value, index), 1)));
}

/** BT, BTS, BTR, BTC. A register bit offset reaches beyond a memory operand: it is signed and counts from its first byte. */
function bitTest(change: Change | null): Semantics {
  return (b, o) => {
    const width = o.operandSize;
    const offset = b.let(b.read(o.src));
    const index = b.let(b.and(offset, width - 1));
    let value: Expression;
    let write: (result: Expression) => void = () => undefined;
    if (o.isMemory) {
      const signed = width === 16 ? b.signExtend(offset, 16) : offset;
      const bytes = width >> 3;
      const step = b.mul(b.sar(signed, width === 16 ? 4 : 5), bytes);
      const isImmediate = o.src.k === 'immediate';
      const at = isImmediate ? b.effectiveAddress : b.and(b.add(b.effectiveAddress, step), b.field('addressMask'));
      const address = b.address('operand', at, bytes, change !== null);
      value = change === null ? b.load(address, width) : b.loadForWrite(address, width);
      write = (result) => b.storeBack(address, width, result);
    } else {
      value = b.let(b.read(o.dst));
      write = (result) => b.write(o.dst, result);
    }
    if (change !== null) write(change(b, value, b.shl(1, index)));
    carryFlag(b, value, index);
  };
}

/** BSF and BSR: ZF tells that the source was zero, and the destination then stays (undefined by Intel, kept by processors). */
function scan(find: (b: Builder, value: Expression) => Expression): Semantics {
  return (b, o) => {
    const value = b.let(b.read(o.src));
    b.if(
      b.eq(value, 0),
      () => b.setFlags('word', 32, 0, b.or(b.and(b.flags, OSZAPC & ~ZF), ZF)),
      () => {
        b.write(o.dst, find(b, value));
        b.setFlags('word', 32, 0, b.and(b.flags, OSZAPC & ~ZF));
      },
    );
  };
}

/** POPCNT: sums in fields of 2, 4 and 8 bits, then of the bytes. ZF tells that the source was zero; the other flags are cleared. */
function populationCount(b: Builder, o: Operands): void {
  const value = b.let(b.read(o.src));
  const pairs = b.let(b.sub(value, b.and(b.shr(value, 1), 0x5555_5555)));
  const nibbles = b.let(b.add(b.and(pairs, 0x3333_3333), b.and(b.shr(pairs, 2), 0x3333_3333)));
  const bytes = b.and(b.add(nibbles, b.shr(nibbles, 4)), 0x0f0f_0f0f);
  b.write(o.dst, b.shr(b.mul(bytes, 0x0101_0101), 24));
  b.setFlags('word', 32, 0, b.select(b.eq(value, 0), ZF, 0));
}

/** Bit tests, scans and counts (vol. 2). */
export function defineBit(table: SemanticsTable): void {
  const forms = (name: string): string[] => [`${name}_Ev_Gv`, `${name}_Ev_Ib`];
  table.define(forms('Bt'), bitTest(null));
  table.define(forms('Bts'), bitTest((b, value, mask) => b.or(value, mask)));
  table.define(forms('Btr'), bitTest((b, value, mask) => b.and(value, b.not(mask))));
  table.define(forms('Btc'), bitTest((b, value, mask) => b.xor(value, mask)));
  table.define(['Bsf_Gv_Ev'], scan((b, value) => b.sub(31, b.unary('clz', b.and(value, b.neg(value))))));
  table.define(['Popcnt_Gv_Ev'], populationCount);
  table.define(['Bsr_Gv_Ev'], scan((b, value) => b.sub(31, b.unary('clz', value))));
}
