import type { Builder } from '../ir/builder.ts';
import type { Operands, SemanticsTable } from '../ir/define.ts';
import type { Expression } from '../ir/nodes.ts';
import { floatUnit } from './sse-float.ts';
import { floatSource, isElementWhole, isOrdinary, ordinaryNarrow } from './sse-ordinary.ts';
import { enterMmx, mmxReg, vectorOperation, vectorSource, wroteMmx, XMM, xmmReg } from './sse-operands.ts';

/** Conversions between XMM registers: form, bytes of a memory operand, the unit's function and what follows its operands. */
const BETWEEN_XMM: Readonly<Record<string, readonly [bytes: number, name: string, ...rest: number[]]>> = {
  Cvtps2pd_Vpd_Wq: [8, 'widen', 2],
  Cvtpd2ps_Vps_Wpd: [16, 'narrow', 2],
  Cvtdq2ps_Vps_Wdq: [16, 'singlesFromInt32', 4],
  Cvtdq2pd_Vpd_Wq: [8, 'doublesFromInt32'],
  Cvtps2dq_Vdq_Wps: [16, 'int32FromSingles', 0, 4],
  Cvttps2dq_Vdq_Wps: [16, 'int32FromSingles', 1, 4],
  Cvtpd2dq_Vdq_Wpd: [16, 'int32FromDoubles', 0, 16],
  Cvttpd2dq_Vdq_Wpd: [16, 'int32FromDoubles', 1, 16],
};

/** Conversions to MMX registers. */
const TO_MMX: Readonly<Record<string, readonly [bytes: number, name: string, ...rest: number[]]>> = {
  Cvtps2pi_Ppi_Wq: [8, 'int32FromSingles', 0, 2],
  Cvttps2pi_Ppi_Wq: [8, 'int32FromSingles', 1, 2],
  Cvtpd2pi_Ppi_Wpd: [16, 'int32FromDoubles', 0, 8],
  Cvttpd2pi_Ppi_Wpd: [16, 'int32FromDoubles', 1, 8],
};

/** SSE and SSE2 conversions (vol. 1 §10.4.2, §11.4.1.6). */
export function defineSseConvert(table: SemanticsTable): void {
  for (const [form, [bytes, name, ...rest]] of Object.entries(BETWEEN_XMM)) {
    table.define([form], (b, o) => vectorOperation(b, XMM, o.src, bytes, (dst, src) => floatUnit(b, name, [dst, src, ...rest])));
  }
  for (const [form, [bytes, name, ...rest]] of Object.entries(TO_MMX)) {
    table.define([form], (b, o) => {
      b.require('sse');
      b.require('mmx');
      const src = vectorSource(b, o.src, bytes);
      floatUnit(b, name, [mmxReg(b), src, ...rest]);
      enterMmx(b);
      wroteMmx(b);
    });
  }
  table.define(['Cvtsi2sd_Vsd_Ed'], (b, o) => {
    b.require('sse');
    b.setDouble(xmmReg(b), 0, b.fromInteger(b.let(b.read(o.src))), true);
  });
  table.define(['Cvtsi2ss_Vss_Ed'], (b, o) => {
    b.require('sse');
    const value = b.let(b.read(o.src));
    b.if(isOrdinary(b), () => b.setSingle(xmmReg(b), 0, b.floatUnary('single', b.fromInteger(value)), true), () => floatUnit(b, 'singleFromInt32', [xmmReg(b), value]));
  });
  table.define(['Cvtsd2ss_Vss_Wsd'], (b, o) => ordinaryNarrow(b, o, xmmReg(b), (src) => floatUnit(b, 'narrow', [xmmReg(b), src, 1])));
  table.define(['Cvtss2sd_Vsd_Wss'], (b, o) => {
    b.require('sse');
    const source = floatSource(b, o, { isDouble: false, count: 1, bytes: 4 });
    b.if(isElementWhole(b, source.at, 0, source.values[0]!, false), () => b.setDouble(xmmReg(b), 0, source.values[0]!, true), () => floatUnit(b, 'widen', [xmmReg(b), source.at, 1]));
  });
  for (const [prefix, truncates] of [['Cvt', 0], ['Cvtt', 1]] as const) {
    table.define([`${prefix}ss2si_Gd_Wss`], (b, o) => toGeneral(b, o, 4, 'int32FromSingle', truncates));
    table.define([`${prefix}sd2si_Gd_Wsd`], (b, o) => toGeneral(b, o, 8, 'int32FromDouble', truncates));
  }
  // Only the register forms, and CVTPI2PS always, are MMX instructions (vol. 2, CVTPI2PD).
  table.define(['Cvtpi2ps_Vps_Qpi'], (b, o) => fromMmx(b, true, () => floatUnit(b, 'singlesFromInt32', [xmmReg(b), vectorSource(b, o.src, 8), 2])));
  table.define(['Cvtpi2pd_Vpd_Qpi'], (b, o) => fromMmx(b, o.src.k !== 'memory', () => b.unit('vector', 'doublesFromInt32', [xmmReg(b), vectorSource(b, o.src, 8)])));
}

function toGeneral(b: Builder, o: Operands, bytes: number, name: string, truncates: number): void {
  b.require('sse');
  const exactly = (at: Expression): void => b.setReg('reg', 32, b.unitValue('vector', name, [at, truncates], true));
  if (truncates === 0) {
    exactly(vectorSource(b, o.src, bytes));
    return;
  }
  const source = floatSource(b, o, { isDouble: bytes === 8, count: 1, bytes });
  const x = source.values[0]!;
  const fits = b.and(b.floatCompare('gt', x, -2147483649), b.floatCompare('lt', x, 2147483648));
  b.if(b.and(fits, isOrdinary(b)), () => b.setReg('reg', 32, b.truncate(x)), () => exactly(source.at));
}

function fromMmx(b: Builder, isMmx: boolean, convert: () => void): void {
  b.require('sse');
  if (isMmx) b.require('mmx');
  convert();
  if (isMmx) enterMmx(b);
}
