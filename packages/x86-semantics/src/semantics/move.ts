import type { Operands, SemanticsTable } from '../ir/define.ts';
import type { Builder } from '../ir/builder.ts';
import type { Expression, Width } from '../ir/nodes.ts';

function move(b: Builder, o: Operands): void {
  b.write(o.dst, b.read(o.src));
}

/** The bytes of `from`, last first. */
function reverseBytes(b: Builder, from: Expression, width: Width): Expression {
  const value = b.let(from);
  if (width === 16) return b.or(b.shl(b.and(value, 0xff), 8), b.shr(value, 8));
  const outer = b.or(b.shl(value, 24), b.shr(value, 24));
  const inner = b.or(b.and(b.shl(value, 8), 0xff0000), b.and(b.shr(value, 8), 0xff00));
  return b.or(outer, inner);
}

/** Data transfer between registers and memory (vol. 2: MOV, MOVZX, MOVSX, MOVBE, LEA, XCHG, BSWAP, CBW, CWD, XLAT). */
export function defineMove(table: SemanticsTable): void {
  table.define(
    ['Mov_Eb_Gb', 'Mov_Ev_Gv', 'Mov_Gb_Eb', 'Mov_Gv_Ev', 'Mov_Zb_Ib', 'Mov_Zv_Iv', 'Mov_Eb_Ib', 'Mov_Ev_Iz', 'Mov_AL_Ob', 'Mov_rAX_Ov', 'Mov_Ob_AL', 'Mov_Ov_rAX'],
    move,
  );
  table.define(['Movzx_Gv_Eb', 'Movzx_Gv_Ew'], move);
  table.define(['Movsx_Gv_Eb'], (b, o) => b.write(o.dst, b.signExtend(b.read(o.src), 8)));
  table.define(['Movsx_Gv_Ew'], (b, o) => b.write(o.dst, b.signExtend(b.read(o.src), 16)));
  table.define(['Lea_Gv_M'], (b, o) => b.write(o.dst, b.effectiveAddress));
  table.define(['Xchg_Eb_Gb', 'Xchg_Ev_Gv', 'Xchg_Zv_rAX'], (b, o) => {
    const right = b.let(b.read(o.src));
    const left = b.readForWrite(o.dst);
    b.write(o.dst, right);
    b.write(o.src, left);
  });
  table.define(['Bswap_Zv'], (b, o) => {
    // The result for a 16-bit operand is undefined; processors clear it.
    if (o.operandSize === 16) {
      b.setReg('reg', 16, 0);
      return;
    }
    b.setReg('reg', 32, reverseBytes(b, b.reg('reg', 32), 32));
  });
  table.define(['Movbe_Gv_Mv', 'Movbe_Mv_Gv'], (b, o) => b.write(o.dst, reverseBytes(b, b.read(o.src), o.operandSize)));
  table.define(['Cbw'], (b, o) => {
    if (o.operandSize === 16) b.setReg(0, 16, b.signExtend(b.reg(0, 8), 8));
    else b.setReg(0, 32, b.signExtend(b.reg(0, 16), 16));
  });
  table.define(['Cwd'], (b, o) => {
    const value = o.operandSize === 16 ? b.signExtend(b.reg(0, 16), 16) : b.reg(0, 32);
    b.setReg(2, o.operandSize, b.sar(value, 31));
  });
  // Prefetches are hints: they touch nothing and cannot fault (vol. 2, PREFETCHh).
  const prefetches = ['nta', 't0', 't1', 't2', '', 'w', 'wt1'].map((kind) => `Prefetch${kind}_Mb`);
  table.define(['Nop_Ev', 'Hint_Ev', 'Pause', ...prefetches], () => undefined);
}
