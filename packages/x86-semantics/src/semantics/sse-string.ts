import { byteOffset } from '@ringzero/x86';
import type { Builder } from '../ir/builder.ts';
import type { SemanticsTable } from '../ir/define.ts';
import type { Expression } from '../ir/nodes.ts';
import { OSZAPC } from '../flags/kinds.ts';
import { STRING_INDEX_SHIFT } from '../simd/string-compare.ts';
import { vectorSource, XMM_BYTES, xmmReg } from './sse-operands.ts';

const EAX_NUMBER = 0;
const ECX_NUMBER = 1;
const EDX_NUMBER = 2;
/** Where PCMPESTRM and PCMPISTRM leave the mask. */
const XMM0 = byteOffset('xmm', 0);

/** The string instructions of SSE4.2, and CRC32 (vol. 1 §12.11; vol. 2 §4.1). */
export function defineSseString(table: SemanticsTable): void {
  for (const name of ['pcmpestri', 'pcmpestrm', 'pcmpistri', 'pcmpistrm'] as const) {
    const lengths = name.startsWith('pcmpe') ? (b: Builder): Expression[] => [b.reg(EAX_NUMBER), b.reg(EDX_NUMBER)] : (): Expression[] => [];
    const isIndex = name.endsWith('i');
    table.define([`P${name.slice(1)}_Vdq_Wdq_Ib`], (b, o) => {
      b.require('sse');
      // Their operand in memory may lie anywhere (vol. 2 §4.1).
      const operands = [xmmReg(b), vectorSource(b, o.src, XMM_BYTES, false), b.and(b.immediate, 0xff), ...lengths(b)];
      const result = b.unitValue('vector', name, isIndex ? operands : [...operands, b.const(XMM0)]);
      if (isIndex) b.setReg(ECX_NUMBER, 32, b.shr(result, STRING_INDEX_SHIFT));
      b.setFlags('word', 32, 0, isIndex ? b.and(result, OSZAPC) : result);
    });
  }
  table.define(['Crc32_Gy_Eb'], (b, o) => b.setReg('reg', 32, b.unitValue('vector', 'crc32', [b.reg('reg'), b.read(o.src), 1])));
  table.define(['Crc32_Gy_Ev'], (b, o) => b.setReg('reg', 32, b.unitValue('vector', 'crc32', [b.reg('reg'), b.read(o.src), o.operandSize >> 3])));
}
