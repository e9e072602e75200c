import type { Address, Builder } from '../ir/builder.ts';
import type { Expression } from '../ir/nodes.ts';
import type { Operand } from '../ir/operands.ts';
import type { SemanticsTable } from '../ir/define.ts';
import { moveDoubles } from './sse-ordinary.ts';
import { clearWords, moveWords } from './sse-words.ts';
import { enterMmx, leaveMmx, MMX_BYTES, mmxReg, vectorAddress, wroteMmx, XMM_BYTES, xmmReg } from './sse-operands.ts';

/**
 * Loads straight into the register: a fault leaves it alone. Processors hand on what was just written only to a read that is no wider:
 * doubles move as such, everything else by doublewords.
 */
function loadWhole(b: Builder, source: Operand, isAligned: boolean, isDouble: boolean): void {
  b.require('sse');
  if (source.k === 'memory') {
    const address = vectorAddress(b, XMM_BYTES, false, isAligned);
    if (isDouble) b.copyDoubles(address, xmmReg(b));
    else b.loadBlock(address, xmmReg(b));
  } else if (isDouble) moveDoubles(b, xmmReg(b), b.read(source), 2);
  else moveWords(b, xmmReg(b), b.read(source), XMM_BYTES);
}

function storeWhole(b: Builder, target: Operand, isAligned: boolean, isDouble: boolean): void {
  b.require('sse');
  if (target.k === 'memory') {
    const address = vectorAddress(b, XMM_BYTES, true, isAligned);
    if (isDouble) b.storeDoubles(address, xmmReg(b));
    else b.storeBlock(address, xmmReg(b));
  } else if (isDouble) moveDoubles(b, b.read(target), xmmReg(b), 2);
  else moveWords(b, b.read(target), xmmReg(b), XMM_BYTES);
}

/** Loads part of a register from memory at byte `at`. */
function loadPart(b: Builder, bytes: number, at: number): void {
  b.require('sse');
  const address = b.operandAddress(bytes, false);
  if (bytes === 8) b.copyDoubles(address, b.add(xmmReg(b), at));
  else b.loadBlock(address, b.add(xmmReg(b), at));
}

function storePart(b: Builder, bytes: number, at: number): void {
  b.require('sse');
  const address = b.operandAddress(bytes, true);
  if (bytes === 8) b.storeDoubles(address, b.add(xmmReg(b), at));
  else b.storeBlock(address, b.add(xmmReg(b), at));
}

const WHOLE = [
  ['Movaps', 'Vps', 'Wps', true], ['Movapd', 'Vpd', 'Wpd', true], ['Movdqa', 'Vdq', 'Wdq', true],
  ['Movups', 'Vps', 'Wps', false], ['Movupd', 'Vpd', 'Wpd', false], ['Movdqu', 'Vdq', 'Wdq', false],
] as const;

/** Moves of data between vector registers and memory (vol. 1 §10.4.1.1, §11.4.1.1, §11.4.2). */
export function defineSseMove(table: SemanticsTable): void {
  for (const [name, reg, rm, isAligned] of WHOLE) {
    table.define([`${name}_${reg}_${rm}`], (b, o) => loadWhole(b, o.src, isAligned, rm === 'Wpd'));
    table.define([`${name}_${rm}_${reg}`], (b, o) => storeWhole(b, o.dst, isAligned, rm === 'Wpd'));
  }
  // Non-temporal hints change nothing in memory that is always consistent.
  table.define(['Movntps_Mps_Vps', 'Movntpd_Mpd_Vpd', 'Movntdq_Mdq_Vdq'], (b) => {
    b.require('sse');
    b.storeBlock(vectorAddress(b, XMM_BYTES, true), xmmReg(b));
  });
  table.define(['Movnti_Md_Gd'], (b, o) => b.store(b.operandAddress(4, true), 32, b.read(o.src)));
  defineHalves(table);
  defineScalars(table);
  defineIntegerMoves(table);
  defineMaskedMoves(table);
}

/** MOVLPS, MOVHPS, MOVLPD, MOVHPD, MOVLHPS, MOVHLPS. */
function defineHalves(table: SemanticsTable): void {
  for (const type of ['ps', 'pd']) {
    for (const [half, at] of [['l', 0], ['h', 8]] as const) {
      table.define([`Mov${half}${type}_Vq_Mq`], (b) => loadPart(b, 8, at));
      table.define([`Mov${half}${type}_Mq_Vq`], (b) => storePart(b, 8, at));
    }
  }
  table.define(['Movhlps_Vq_Uq'], (b, o) => {
    b.require('sse');
    moveWords(b, xmmReg(b), b.read(o.src), 8, 0, 8);
  });
  table.define(['Movlhps_Vq_Uq'], (b, o) => {
    b.require('sse');
    moveWords(b, xmmReg(b), b.read(o.src), 8, 8);
  });
}

function moveScalar(b: Builder, dst: Expression, src: Expression, bytes: number): void {
  if (bytes === 8) moveDoubles(b, dst, src, 1);
  else moveWords(b, dst, src, bytes);
}

/** MOVSS, MOVSD: a load clears what lies above; between registers it stays. */
function defineScalars(table: SemanticsTable): void {
  for (const [name, type, bytes] of [['Movss', 'ss', 4], ['Movsd', 'sd', 8]] as const) {
    table.define([`${name}_V${type}_W${type}`], (b, o) => {
      b.require('sse');
      if (o.src.k !== 'memory') moveScalar(b, xmmReg(b), b.read(o.src), bytes);
      else {
        loadPart(b, bytes, 0);
        clearWords(b, xmmReg(b), bytes, XMM_BYTES);
      }
    });
    table.define([`${name}_W${type}_V${type}`], (b, o) => {
      b.require('sse');
      if (o.dst.k === 'memory') storePart(b, bytes, 0);
      else moveScalar(b, b.read(o.dst), xmmReg(b), bytes);
    });
  }
}

/** MOVD and MOVQ between general, MMX and XMM registers and memory. */
function defineIntegerMoves(table: SemanticsTable): void {
  table.define(['Movd_Vd_Ed'], (b, o) => {
    b.require('sse');
    b.setWord(xmmReg(b), 0, b.read(o.src));
    clearWords(b, xmmReg(b), 4, XMM_BYTES);
  });
  table.define(['Movd_Ed_Vd'], (b, o) => {
    b.require('sse');
    b.write(o.dst, b.word(xmmReg(b)));
  });
  table.define(['Movd_Pd_Ed'], (b, o) => {
    b.require('mmx');
    const value = b.let(b.read(o.src));
    enterMmx(b);
    b.setWord(mmxReg(b), 0, value);
    b.setWord(mmxReg(b), 4, 0);
    wroteMmx(b);
  });
  table.define(['Movd_Ed_Pd'], (b, o) => {
    b.require('mmx');
    b.write(o.dst, b.word(mmxReg(b)));
    enterMmx(b);
  });
  table.define(['Movq_Vq_Wq'], (b, o) => {
    b.require('sse');
    if (o.src.k === 'memory') b.loadBlock(b.operandAddress(8, false), xmmReg(b));
    else moveWords(b, xmmReg(b), b.read(o.src), 8);
    clearWords(b, xmmReg(b), 8, XMM_BYTES);
  });
  table.define(['Movq_Wq_Vq'], (b, o) => {
    b.require('sse');
    if (o.dst.k === 'memory') b.storeBlock(b.operandAddress(8, true), xmmReg(b));
    else {
      moveWords(b, b.read(o.dst), xmmReg(b), 8);
      clearWords(b, b.read(o.dst), 8, XMM_BYTES);
    }
  });
  table.define(['Movq_Pq_Qq'], (b, o) => {
    b.require('mmx');
    if (o.src.k === 'memory') b.loadBlock(b.operandAddress(MMX_BYTES, false), mmxReg(b));
    enterMmx(b);
    if (o.src.k !== 'memory') moveWords(b, mmxReg(b), b.read(o.src), 8);
    wroteMmx(b);
  });
  table.define(['Movq_Qq_Pq'], (b, o) => {
    b.require('mmx');
    if (o.dst.k === 'memory') b.storeBlock(b.operandAddress(MMX_BYTES, true), mmxReg(b));
    enterMmx(b);
    if (o.dst.k === 'memory') return;
    moveWords(b, b.read(o.dst), mmxReg(b), 8);
    wroteMmx(b, 'rm');
  });
  table.define(['Movntq_Mq_Pq'], (b) => {
    b.require('mmx');
    b.storeBlock(b.operandAddress(MMX_BYTES, true), mmxReg(b));
    enterMmx(b);
  });
  table.define(['Movq2dq_Vdq_Nq'], (b, o) => {
    b.require('sse');
    b.require('mmx');
    enterMmx(b);
    moveWords(b, xmmReg(b), b.read(o.src), 8);
    clearWords(b, xmmReg(b), 8, XMM_BYTES);
  });
  table.define(['Movdq2q_Pq_Uq'], (b, o) => {
    b.require('sse');
    b.require('mmx');
    enterMmx(b);
    moveWords(b, mmxReg(b), b.read(o.src), 8);
    wroteMmx(b);
  });
  table.define(['Emms'], (b) => {
    b.require('mmx');
    leaveMmx(b);
  });
}

const EDI_NUMBER = 7;

/** MASKMOVQ and MASKMOVDQU: bytes whose mask has its top bit set go to DS:(E)DI, all or none. */
function defineMaskedMoves(table: SemanticsTable): void {
  for (const [form, bytes] of [['Maskmovq_Pq_Nq', MMX_BYTES], ['Maskmovdqu_Vdq_Udq', XMM_BYTES]] as const) {
    const isMmx = bytes === MMX_BYTES;
    table.define([form], (b, o) => {
      b.require(isMmx ? 'mmx' : 'sse');
      const mask = b.unitValue('vector', 'pmovmskb', [b.read(o.src), bytes]);
      const target = (i: number): Address => b.address('operand', b.and(b.add(b.reg(EDI_NUMBER), i), b.field('addressMask')), 1, true);
      for (let i = 0; i < bytes; i++) b.if(b.and(mask, 1 << i), () => b.probe(target(i)));
      for (let i = 0; i < bytes; i++) {
        b.if(b.and(mask, 1 << i), () => {
          const address = target(i);
          b.store(address, 8, b.unitValue('vector', 'byteAt', [isMmx ? mmxReg(b) : xmmReg(b), i]));
        });
      }
      if (isMmx) enterMmx(b);
    });
  }
}
