import type { SemanticsTable } from '../ir/define.ts';
import { FLOAT_ADD, FLOAT_SUB } from '../simd/mxcsr.ts';
import { floatUnit } from './sse-float.ts';
import { setWords } from './sse-words.ts';
import { vectorAddress, vectorOperation, XMM, XMM_BYTES, xmmReg } from './sse-operands.ts';

/** SSE3, and the floating point of SSE4.1: sums across elements, rounding to integers (vol. 1 §12.3, §12.10.2, §12.10.6). */
export function defineSseHorizontal(table: SemanticsTable): void {
  for (const [type, elements] of [['ps', 'Singles'], ['pd', 'Doubles']] as const) {
    const operands = `V${type}_W${type}`;
    for (const [name, op] of [['Hadd', FLOAT_ADD], ['Hsub', FLOAT_SUB]] as const) {
      table.define([`${name}${type}_${operands}`], (b, o) => vectorOperation(b, XMM, o.src, XMM_BYTES, (dst, src) => floatUnit(b, `horizontal${elements}`, [op, dst, src])));
    }
    table.define([`Addsub${type}_${operands}`], (b, o) => vectorOperation(b, XMM, o.src, XMM_BYTES, (dst, src) => floatUnit(b, `alternate${elements}`, [dst, src])));
    table.define([`Dp${type}_Vdq_Wdq_Ib`], (b, o) => vectorOperation(b, XMM, o.src, XMM_BYTES, (dst, src) => floatUnit(b, `dot${elements}`, [dst, src, b.immediate])));
  }
  for (const [form, bytes, elements, count] of [
    ['Roundps_Vdq_Wdq_Ib', 16, 'Singles', 4], ['Roundpd_Vdq_Wdq_Ib', 16, 'Doubles', 2],
    ['Roundss_Vss_Wss_Ib', 4, 'Singles', 1], ['Roundsd_Vsd_Wsd_Ib', 8, 'Doubles', 1],
  ] as const) {
    table.define([form], (b, o) => vectorOperation(b, XMM, o.src, bytes, (dst, src) => floatUnit(b, `round${elements}`, [dst, src, b.immediate, count])));
  }
  for (const [form, bytes, places] of [['Movsldup_Vps_Wps', 16, [0, 0, 8, 8]], ['Movshdup_Vps_Wps', 16, [4, 4, 12, 12]], ['Movddup_Vpd_Wsd', 8, [0, 4, 0, 4]]] as const) {
    table.define([form], (b, o) => vectorOperation(b, XMM, o.src, bytes, (dst, src) => setWords(b, dst, places.map((at) => b.word(src, at)))));
  }
  // Both load whole registers; only MOVNTDQA needs alignment (vol. 2).
  for (const [form, isAligned] of [['Lddqu_Vdq_Mdq', false], ['Movntdqa_Vdq_Mdq', true]] as const) {
    table.define([form], (b) => {
      b.require('sse');
      b.loadBlock(vectorAddress(b, XMM_BYTES, false, isAligned), xmmReg(b));
    });
  }
}
