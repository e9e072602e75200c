import type { SemanticsTable } from '../ir/define.ts';
import { shiftBytesLeft, shiftBytesRight, shiftQuadwords, shiftWords } from './sse-word-shifts.ts';
import { interleaveElements, interleaveWords, pairQuadwords, quadwordSum, shuffleWords, wordwise } from './sse-words.ts';
import { MMX, MMX_BYTES, vectorOperation, wroteMmx, enterMmx, XMM, XMM_BYTES } from './sse-operands.ts';

/** Destination and source of the same size, whose doublewords do not depend on one another. */
const WORDWISE = ['pand', 'pandn', 'por', 'pxor', 'paddb', 'paddw', 'paddd', 'psubb', 'psubw', 'psubd', 'pcmpeqb', 'pcmpeqw', 'pcmpeqd', 'pcmpgtd', 'pminub', 'pmaxub', 'pavgb'] as const;

/** Destination and source of the same size: the unit's function is the mnemonic and takes the number of bytes. */
const ELEMENTWISE = [
  'paddsb', 'paddsw', 'paddusb', 'paddusw', 'psubsb', 'psubsw', 'psubusb', 'psubusw',
  'pcmpgtb', 'pcmpgtw',
  'pminsw', 'pmaxsw', 'pavgw', 'psadbw',
  'pmullw', 'pmulhw', 'pmulhuw', 'pmaddwd', 'pmuludq',
  'packsswb', 'packuswb', 'packssdw',
] as const;

const SHIFTS = ['psllw', 'pslld', 'psllq', 'psrlw', 'psrld', 'psrlq', 'psraw', 'psrad'] as const;
/** Unpacked elements, in bits. */
const UNPACKS = [['bw', 8], ['wd', 16]] as const;

/** `paddb` as form names spell it. */
export function capitalized(mnemonic: string): string {
  return mnemonic[0]!.toUpperCase() + mnemonic.slice(1);
}

/** Packed integer instructions of MMX, SSE and SSE2 (vol. 1 §9.4, §10.4.4, §11.4.3). */
export function defineSseInteger(table: SemanticsTable): void {
  for (const [shape, operands] of [[MMX, 'Pq_Qq'], [XMM, 'Vdq_Wdq']] as const) {
    for (const name of WORDWISE) {
      table.define([`${capitalized(name)}_${operands}`], (b, o) => vectorOperation(b, shape, o.src, shape.bytes, (dst, src) => wordwise(b, name, dst, src, shape.bytes)));
    }
    for (const [name, isDifference] of [['Paddq', false], ['Psubq', true]] as const) {
      table.define([`${name}_${operands}`], (b, o) => vectorOperation(b, shape, o.src, shape.bytes, (dst, src) => quadwordSum(b, isDifference, dst, src, shape.bytes)));
    }
  }
  for (const name of ELEMENTWISE) {
    const form = capitalized(name);
    table.define([`${form}_Pq_Qq`], (b, o) => vectorOperation(b, MMX, o.src, MMX_BYTES, (dst, src) => b.unit('vector', name, [dst, src, MMX_BYTES])));
    table.define([`${form}_Vdq_Wdq`], (b, o) => vectorOperation(b, XMM, o.src, XMM_BYTES, (dst, src) => b.unit('vector', name, [dst, src, XMM_BYTES])));
  }
  for (const name of SHIFTS) defineShift(table, name);
  table.define(['Pslldq_Udq_Ib'], (b, o) => {
    b.require('sse');
    shiftBytesLeft(b, b.read(o.dst));
  });
  table.define(['Psrldq_Udq_Ib'], (b, o) => {
    b.require('sse');
    shiftBytesRight(b, b.read(o.dst), [0, 4, 8, 12].map((at) => b.word(b.read(o.dst), at)));
  });
  for (const [elements, size] of UNPACKS) {
    // The low halves of MMX registers come from 32 bits of memory (vol. 2, PUNPCKL…).
    table.define([`Punpckl${elements}_Pq_Qd`], (b, o) => vectorOperation(b, MMX, o.src, 4, (dst, src) => interleaveElements(b, size, dst, src, 0, MMX_BYTES)));
    table.define([`Punpckh${elements}_Pq_Qq`], (b, o) => vectorOperation(b, MMX, o.src, MMX_BYTES, (dst, src) => interleaveElements(b, size, dst, src, 4, MMX_BYTES)));
    for (const [half, start] of [['l', 0], ['h', 8]] as const) {
      table.define([`Punpck${half}${elements}_Vdq_Wdq`], (b, o) => vectorOperation(b, XMM, o.src, XMM_BYTES, (dst, src) => interleaveElements(b, size, dst, src, start, XMM_BYTES)));
    }
  }
  table.define(['Punpckldq_Pq_Qd'], (b, o) => vectorOperation(b, MMX, o.src, 4, (dst, src) => interleaveWords(b, dst, src, 0, MMX_BYTES)));
  table.define(['Punpckhdq_Pq_Qq'], (b, o) => vectorOperation(b, MMX, o.src, MMX_BYTES, (dst, src) => interleaveWords(b, dst, src, 4, MMX_BYTES)));
  for (const [half, start] of [['l', 0], ['h', 8]] as const) {
    table.define([`Punpck${half}dq_Vdq_Wdq`], (b, o) => vectorOperation(b, XMM, o.src, XMM_BYTES, (dst, src) => interleaveWords(b, dst, src, start, XMM_BYTES)));
    table.define([`Punpck${half}qdq_Vdq_Wdq`], (b, o) => vectorOperation(b, XMM, o.src, XMM_BYTES, (dst, src) => pairQuadwords(b, dst, src, start, start)));
  }
  table.define(['Pshufd_Vdq_Wdq_Ib'], (b, o) => vectorOperation(b, XMM, o.src, XMM_BYTES, (dst, src) => shuffleWords(b, dst, src, src)));
  for (const name of ['pshuflw', 'pshufhw'] as const) {
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
      if (name.endsWith('q')) shiftQuadwords(b, name === 'psllq', b.read(o.dst), shape.bytes);
      else shiftWords(b, name, b.read(o.dst), shape.bytes);
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
