import type { SemanticsTable } from '../ir/define.ts';
import { MMX, MMX_BYTES, vectorOperation, wroteMmx, enterMmx, XMM, XMM_BYTES } from './sse-operands.ts';

/** Destination and source of the same size: the function is the mnemonic and takes the number of bytes. */
const ELEMENTWISE = [
  'pand', 'pandn', 'por', 'pxor',
  'paddb', 'paddw', 'paddd', 'paddq', 'psubb', 'psubw', 'psubd', 'psubq',
  'paddsb', 'paddsw', 'paddusb', 'paddusw', 'psubsb', 'psubsw', 'psubusb', 'psubusw',
  'pcmpeqb', 'pcmpeqw', 'pcmpeqd', 'pcmpgtb', 'pcmpgtw', 'pcmpgtd',
  'pminub', 'pmaxub', 'pminsw', 'pmaxsw', 'pavgb', 'pavgw', 'psadbw',
  'pmullw', 'pmulhw', 'pmulhuw', 'pmaddwd', 'pmuludq',
  'packsswb', 'packuswb', 'packssdw',
] as const;

const SHIFTS = ['psllw', 'pslld', 'psllq', 'psrlw', 'psrld', 'psrlq', 'psraw', 'psrad'] as const;
const UNPACKS = ['bw', 'wd', 'dq'] as const;

/** `paddb` as form names spell it. */
export function capitalized(mnemonic: string): string {
  return mnemonic[0]!.toUpperCase() + mnemonic.slice(1);
}

/** Packed integer instructions of MMX, SSE and SSE2 (vol. 1 §9.4, §10.4.4, §11.4.3). */
export function defineSseInteger(table: SemanticsTable): void {
  for (const name of ELEMENTWISE) {
    const form = capitalized(name);
    table.define([`${form}_Pq_Qq`], (b, o) => vectorOperation(b, MMX, o.src, MMX_BYTES, (dst, src) => b.unit('vector', name, [dst, src, MMX_BYTES])));
    table.define([`${form}_Vdq_Wdq`], (b, o) => vectorOperation(b, XMM, o.src, XMM_BYTES, (dst, src) => b.unit('vector', name, [dst, src, XMM_BYTES])));
  }
  for (const name of SHIFTS) defineShift(table, name);
  for (const name of ['pslldq', 'psrldq'] as const) {
    table.define([`${capitalized(name)}_Udq_Ib`], (b, o) => {
      b.require('sse');
      b.unit('vector', name, [b.read(o.dst), b.immediate]);
    });
  }
  for (const elements of UNPACKS) {
    // The low halves of MMX registers come from 32 bits of memory (vol. 2, PUNPCKL…).
    table.define([`Punpckl${elements}_Pq_Qd`], (b, o) => vectorOperation(b, MMX, o.src, 4, (dst, src) => b.unit('vector', `punpck${elements}`, [dst, src, 0, MMX_BYTES])));
    table.define([`Punpckh${elements}_Pq_Qq`], (b, o) => vectorOperation(b, MMX, o.src, MMX_BYTES, (dst, src) => b.unit('vector', `punpck${elements}`, [dst, src, 4, MMX_BYTES])));
    for (const [half, start] of [['l', 0], ['h', 8]] as const) {
      table.define([`Punpck${half}${elements}_Vdq_Wdq`], (b, o) => vectorOperation(b, XMM, o.src, XMM_BYTES, (dst, src) => b.unit('vector', `punpck${elements}`, [dst, src, start, XMM_BYTES])));
    }
  }
  for (const [half, start] of [['l', 0], ['h', 8]] as const) {
    table.define([`Punpck${half}qdq_Vdq_Wdq`], (b, o) => vectorOperation(b, XMM, o.src, XMM_BYTES, (dst, src) => b.unit('vector', 'punpckqdq', [dst, src, start])));
  }
  for (const name of ['pshufd', 'pshuflw', 'pshufhw'] as const) {
    table.define([`${capitalized(name)}_Vdq_Wdq_Ib`], (b, o) => vectorOperation(b, XMM, o.src, XMM_BYTES, (dst, src) => b.unit('vector', name, [dst, src, b.immediate])));
  }
  table.define(['Pshufw_Pq_Qq_Ib'], (b, o) => vectorOperation(b, MMX, o.src, MMX_BYTES, (dst, src) => b.unit('vector', 'pshufw', [dst, src, b.immediate])));
  defineElementAccess(table);
}

/** Shifts by a register or memory operand, and by an immediate. */
function defineShift(table: SemanticsTable, name: (typeof SHIFTS)[number]): void {
  const form = capitalized(name);
  for (const [shape, counted, immediate] of [[MMX, `${form}_Pq_Qq`, `${form}_Nq_Ib`], [XMM, `${form}_Vdq_Wdq`, `${form}_Udq_Ib`]] as const) {
    table.define([counted], (b, o) =>
      vectorOperation(b, shape, o.src, shape.bytes, (dst, src) => b.unit('vector', name, [dst, b.unitValue('vector', 'shiftCount', [src]), shape.bytes])));
    table.define([immediate], (b, o) => {
      const isMmx = shape.file === 'mmx';
      b.require(isMmx ? 'mmx' : 'sse');
      if (isMmx) enterMmx(b);
      b.unit('vector', name, [b.read(o.dst), b.and(b.immediate, 0xff), shape.bytes]);
      if (isMmx) wroteMmx(b, 'rm');
    });
  }
}

/** PMOVMSKB, PEXTRW, PINSRW. */
function defineElementAccess(table: SemanticsTable): void {
  for (const [shape, reg, rm] of [[MMX, 'Pq', 'Nq'], [XMM, 'Vdq', 'Udq']] as const) {
    const isMmx = shape.file === 'mmx';
    const words = shape.bytes >> 1;
    table.define([`Pmovmskb_Gd_${rm}`], (b, o) => {
      b.require(isMmx ? 'mmx' : 'sse');
      if (isMmx) enterMmx(b);
      b.setReg('reg', 32, b.unitValue('vector', 'pmovmskb', [b.read(o.src), shape.bytes]));
    });
    table.define([`Pextrw_Gd_${rm}_Ib`], (b, o) => {
      b.require(isMmx ? 'mmx' : 'sse');
      if (isMmx) enterMmx(b);
      b.setReg('reg', 32, b.unitValue('vector', 'pextrw', [b.read(o.src), b.immediate, words]));
    });
    table.define([`Pinsrw_${reg}_Ew_Ib`], (b, o) => {
      b.require(isMmx ? 'mmx' : 'sse');
      const value = b.let(b.read(o.src));
      if (isMmx) enterMmx(b);
      b.unit('vector', 'pinsrw', [b.vector('reg', shape.file), value, b.immediate, words]);
      if (isMmx) wroteMmx(b);
    });
  }
}
