import { CF, OF } from '../flags/kinds.ts';
import type { Builder } from '../ir/builder.ts';
import type { SemanticsTable } from '../ir/define.ts';
import type { Expression, Width } from '../ir/nodes.ts';

const EAX_NUMBER = 0;
const EDX_NUMBER = 2;
const AH_NUMBER = 4;
/** #DE */
const DIVIDE_ERROR = 0;

/** CF and OF tell whether the high half matters; SF, ZF, PF follow the low half, AF is cleared (all undefined by the manual). */
function productFlags(b: Builder, width: Width, low: Expression, overflow: Expression): void {
  b.setFlags('result', width, low, b.select(overflow, CF | OF, 0));
}

/** MUL, IMUL, DIV and IDIV (vol. 2). */
export function defineMultiply(table: SemanticsTable): void {
  table.define(['Mul_Eb', 'Imul_Eb'], (b, o) => {
    const signed = o.form === 'Imul_Eb';
    const source = b.read(o.dst);
    const product = signed ? b.let(b.mul(b.signExtend(b.reg(0, 8), 8), b.signExtend(source, 8))) : b.let(b.mul(b.reg(0, 8), source));
    b.setReg(EAX_NUMBER, 16, product);
    productFlags(b, 8, product, signed ? b.ne(b.signExtend(product, 8), product) : b.ne(b.shr(product, 8), 0));
  });
  table.define(['Mul_Ev', 'Imul_Ev'], (b, o) => {
    const signed = o.form === 'Imul_Ev';
    const source = b.let(b.read(o.dst));
    if (o.operandSize === 16) {
      const product = signed ? b.let(b.mul(b.signExtend(b.reg(0, 16), 16), b.signExtend(source, 16))) : b.let(b.mul(b.reg(0, 16), source));
      b.setReg(EAX_NUMBER, 16, product);
      b.setReg(EDX_NUMBER, 16, b.shr(product, 16));
      productFlags(b, 16, product, signed ? b.ne(b.signExtend(product, 16), product) : b.ne(b.shr(product, 16), 0));
      return;
    }
    const left = b.let(b.reg(EAX_NUMBER));
    const low = b.let(b.mul(left, source));
    const high = b.let(b.pure(signed ? 'mulHighSigned' : 'mulHighUnsigned', left, source));
    b.setReg(EAX_NUMBER, 32, low);
    b.setReg(EDX_NUMBER, 32, high);
    productFlags(b, 32, low, signed ? b.ne(high, b.sar(low, 31)) : b.ne(high, 0));
  });
  table.define(['Imul_Gv_Ev', 'Imul_Gv_Ev_Iz', 'Imul_Gv_Ev_sIb'], (b, o) => {
    const source = b.let(b.read(o.src));
    const factor = o.form === 'Imul_Gv_Ev' ? b.let(b.read(o.dst)) : b.read(o.src2);
    if (o.operandSize === 16) {
      const product = b.let(b.mul(b.signExtend(source, 16), b.signExtend(factor, 16)));
      b.write(o.dst, product);
      productFlags(b, 16, product, b.ne(b.signExtend(product, 16), product));
      return;
    }
    b.write(o.dst, b.mul(source, factor));
    b.setFlags('product', 32, source, factor);
  });
  table.define(['Div_Eb', 'Idiv_Eb'], (b, o) => {
    const signed = o.form === 'Idiv_Eb';
    const source = b.read(o.dst);
    const divisor = b.let(signed ? b.signExtend(source, 8) : source);
    const dividend = b.let(signed ? b.signExtend(b.reg(EAX_NUMBER, 16), 16) : b.reg(EAX_NUMBER, 16));
    divide(b, { signed, width: 8, high: signed ? b.sar(dividend, 31) : b.const(0), low: dividend, divisor });
  });
  table.define(['Div_Ev', 'Idiv_Ev'], (b, o) => {
    const signed = o.form === 'Idiv_Ev';
    const source = b.read(o.dst);
    if (o.operandSize === 16) {
      const divisor = b.let(signed ? b.signExtend(source, 16) : source);
      const dividend = b.let(b.or(b.shl(b.reg(EDX_NUMBER, 16), 16), b.reg(EAX_NUMBER, 16)));
      divide(b, { signed, width: 16, high: signed ? b.sar(dividend, 31) : b.const(0), low: dividend, divisor });
      return;
    }
    divide(b, { signed, width: 32, high: b.let(b.reg(EDX_NUMBER)), low: b.let(b.reg(EAX_NUMBER)), divisor: b.let(source) });
  });
  table.define(['Aam_Ib'], (b) => {
    const divisor = b.let(b.and(b.immediate, 0xff));
    b.if(b.eq(divisor, 0), () => b.raise(DIVIDE_ERROR));
    const value = b.let(b.reg(EAX_NUMBER, 8));
    const quotient = b.let(b.pure('divideUnsigned', 0, value, divisor));
    const remainder = b.let(b.sub(value, b.mul(quotient, divisor)));
    b.setReg(EAX_NUMBER, 16, b.or(b.shl(quotient, 8), remainder));
    b.setFlags('result', 8, remainder);
  });
  table.define(['Aad_Ib'], (b) => {
    const sum = b.let(b.and(b.add(b.reg(EAX_NUMBER, 8), b.mul(b.reg(AH_NUMBER, 8), b.immediate)), 0xff));
    b.setReg(EAX_NUMBER, 16, sum);
    b.setFlags('result', 8, sum);
  });
}

interface Division {
  readonly signed: boolean;
  readonly width: Width;
  readonly high: Expression;
  readonly low: Expression;
  readonly divisor: Expression;
}

/** Divides a 64-bit dividend; #DE for a zero divisor or a quotient out of range. Flags are left alone (undefined by the manual). */
function divide(b: Builder, d: Division): void {
  b.if(b.eq(d.divisor, 0), () => b.raise(DIVIDE_ERROR));
  if (d.width === 32) {
    const fits = d.signed ? b.pure('signedQuotientFits', d.high, d.low, d.divisor) : b.compare('ltu', d.high, d.divisor);
    b.if(b.eq(fits, 0), () => b.raise(DIVIDE_ERROR));
  }
  const quotient = b.let(b.pure(d.signed ? 'divideSigned' : 'divideUnsigned', d.high, d.low, d.divisor));
  if (d.width !== 32) {
    const kept = d.signed ? b.signExtend(quotient, d.width) : b.zeroExtend(quotient, d.width);
    b.if(b.ne(kept, quotient), () => b.raise(DIVIDE_ERROR));
  }
  const remainder = b.let(b.sub(d.low, b.mul(quotient, d.divisor)));
  if (d.width === 8) {
    b.setReg(EAX_NUMBER, 16, b.or(b.and(quotient, 0xff), b.shl(b.and(remainder, 0xff), 8)));
    return;
  }
  b.setReg(EAX_NUMBER, d.width, quotient);
  b.setReg(EDX_NUMBER, d.width, remainder);
}
