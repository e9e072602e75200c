import { byteOffset } from '@ringzero/x86';
import type { SemanticsTable } from '../ir/define.ts';
import { capitalized } from './sse-integer.ts';
import { shiftBytesRight } from './sse-word-shifts.ts';
import { selectedWord, wordwise } from './sse-words.ts';
import { MMX, MMX_BYTES, vectorOperation, vectorSource, XMM, XMM_BYTES, xmmReg } from './sse-operands.ts';

/** SSSE3: for MMX and XMM registers; the functions take the number of bytes. */
const SUPPLEMENTAL = [
  'phaddw', 'phaddd', 'phaddsw', 'pmaddubsw', 'phsubw', 'phsubd', 'phsubsw',
  'psignb', 'psignw', 'psignd', 'pmulhrsw', 'pabsb', 'pabsw', 'pabsd',
] as const;

/** SSE4.1 and SSE4.2, for XMM registers only. */
const XMM_ONLY = [
  'pminsb', 'pmaxsb', 'pminuw', 'pmaxuw', 'pmuldq',
  'pcmpeqq', 'pcmpgtq', 'phminposuw', 'packusdw',
] as const;

/** Of these, each doubleword alone. */
const WORDWISE = ['pminsd', 'pmaxsd', 'pminud', 'pmaxud', 'pmulld'] as const;

/** With an immediate. */
const CONTROLLED = ['blendps', 'blendpd', 'pblendw', 'mpsadbw'] as const;

/** Bytes of memory that PMOVSX and PMOVZX extend; no alignment is asked of them. */
const EXTENDING = [['bw', 'q', 8], ['bd', 'd', 4], ['bq', 'w', 2], ['wd', 'q', 8], ['wq', 'd', 4], ['dq', 'q', 8]] as const;

/** The mask of PBLENDVB, BLENDVPS and BLENDVPD. */
const XMM0 = byteOffset('xmm', 0);

/** Packed integer instructions of SSSE3, SSE4.1 and SSE4.2 (vol. 1 §12.6, §12.10, §12.11). */
export function defineSsePacked(table: SemanticsTable): void {
  for (const name of SUPPLEMENTAL) {
    const form = capitalized(name);
    table.define([`${form}_Pq_Qq`], (b, o) => vectorOperation(b, MMX, o.src, MMX_BYTES, (dst, src) => b.unit('vector', name, [dst, src, MMX_BYTES])));
    table.define([`${form}_Vdq_Wdq`], (b, o) => vectorOperation(b, XMM, o.src, XMM_BYTES, (dst, src) => b.unit('vector', name, [dst, src, XMM_BYTES])));
  }
  table.define(['Pshufb_Pq_Qq'], (b, o) => vectorOperation(b, MMX, o.src, MMX_BYTES, (dst, src) => b.unit('vector', 'pshufbMmx', [dst, src])));
  table.define(['Pshufb_Vdq_Wdq'], (b, o) => vectorOperation(b, XMM, o.src, XMM_BYTES, (dst, src) => b.unit('vector', 'pshufb', [dst, src])));
  table.define(['Palignr_Pq_Qq_Ib'], (b, o) => vectorOperation(b, MMX, o.src, MMX_BYTES, (dst, src) => b.unit('vector', 'palignrMmx', [dst, src, b.and(b.immediate, 0xff)])));
  table.define(['Palignr_Vdq_Wdq_Ib'], (b, o) => vectorOperation(b, XMM, o.src, XMM_BYTES, (dst, src) => shiftBytesRight(b, dst, [src, dst].flatMap((from) => [0, 4, 8, 12].map((at) => b.word(from, at))))));
  for (const name of XMM_ONLY) {
    table.define([`${capitalized(name)}_Vdq_Wdq`], (b, o) => vectorOperation(b, XMM, o.src, XMM_BYTES, (dst, src) => b.unit('vector', name, [dst, src])));
  }
  for (const name of WORDWISE) {
    table.define([`${capitalized(name)}_Vdq_Wdq`], (b, o) => vectorOperation(b, XMM, o.src, XMM_BYTES, (dst, src) => wordwise(b, name, dst, src, XMM_BYTES)));
  }
  for (const name of CONTROLLED) {
    table.define([`${capitalized(name)}_Vdq_Wdq_Ib`], (b, o) => vectorOperation(b, XMM, o.src, XMM_BYTES, (dst, src) => b.unit('vector', name, [dst, src, b.immediate])));
  }
  for (const name of ['pblendvb', 'blendvps', 'blendvpd'] as const) {
    table.define([`${capitalized(name)}_Vdq_Wdq`], (b, o) => vectorOperation(b, XMM, o.src, XMM_BYTES, (dst, src) => b.unit('vector', name, [dst, src, XMM0])));
  }
  for (const [types, size, bytes] of EXTENDING) {
    for (const name of [`pmovsx${types}`, `pmovzx${types}`]) {
      table.define([`${capitalized(name)}_Vdq_W${size}`], (b, o) => vectorOperation(b, XMM, o.src, bytes, (dst, src) => b.unit('vector', name, [dst, src])));
    }
  }
  table.define(['Ptest_Vdq_Wdq'], (b, o) => {
    b.require('sse');
    b.setFlags('word', 32, 0, b.unitValue('vector', 'ptest', [xmmReg(b), vectorSource(b, o.src, XMM_BYTES)]));
  });
  defineElements(table);
}

/** PINSRB, PINSRD, INSERTPS, PEXTRB, PEXTRW, PEXTRD, EXTRACTPS. */
function defineElements(table: SemanticsTable): void {
  table.define(['Pinsrb_Vdq_Eb32_Ib'], (b, o) => {
    b.require('sse');
    b.unit('vector', 'pinsrb', [xmmReg(b), b.let(b.read(o.src)), b.immediate]);
  });
  table.define(['Pinsrd_Vdq_Ed_Ib'], (b, o) => {
    b.require('sse');
    b.setWord(xmmReg(b), b.shl(b.and(b.immediate, 3), 2), b.read(o.src));
  });
  // A single in memory is the only one there, whatever the immediate selects (vol. 2, INSERTPS).
  table.define(['Insertps_Vss_Wss_Ib'], (b, o) =>
    vectorOperation(b, XMM, o.src, 4, (dst, src) => b.unit('vector', 'insertps', [dst, src, o.src.k === 'memory' ? 0 : b.and(b.shr(b.immediate, 6), 3), b.immediate])));
  table.define(['Pextrb_Eb32_Vdq_Ib'], (b, o) => {
    b.require('sse');
    b.write(o.dst, b.unitValue('vector', 'byteAt', [xmmReg(b), b.and(b.immediate, 15)]));
  });
  table.define(['Pextrw_Ew32_Vdq_Ib'], (b, o) => {
    b.require('sse');
    b.write(o.dst, b.unitValue('vector', 'pextrw', [xmmReg(b), b.immediate, XMM_BYTES >> 1]));
  });
  table.define(['Pextrd_Ed_Vdq_Ib', 'Extractps_Ed_Vdq_Ib'], (b, o) => {
    b.require('sse');
    b.write(o.dst, selectedWord(b, xmmReg(b), b.immediate, 0));
  });
}
