import { lane32, XCR0_SSE, XCR0_X87 } from '@ringzero/x86';
import type { Address, Builder } from '../ir/builder.ts';
import type { SemanticsTable } from '../ir/define.ts';
import type { Expression } from '../ir/nodes.ts';
import { SCRATCH } from '../vp/lanes.ts';

const XCR0 = lane32('xcr0');
const VECTOR_GP = 13;
const EAX_NUMBER = 0;
/** Legacy region and header. */
const XSAVE_BYTES = 576;
const ALIGNMENT = 64;
/** XSTATE_BV; behind it XCOMP_BV and eight bytes that must be 0 (vol. 1 §13.4.2). */
const XSTATE_BV = 512;
const RESERVED_WORDS = [520, 524, 528, 532] as const;
/** Places of the legacy region: x87 (vol. 1 §13.5.1), MXCSR and its mask, XMM registers (§13.5.2), in parts that fit the scratch operand. */
const X87_PARTS = [[0, 24], [32, 128]] as const;
const MXCSR_PART = [24, 8] as const;
const XMM_PART = [160, 128] as const;

type Part = readonly [offset: number, size: number];

/** The whole area is checked against the segment, and aligned to 64 bytes (vol. 2, XSAVE). */
function alignedArea(b: Builder, write: boolean): void {
  const area = b.operandAddress(XSAVE_BYTES, write);
  b.if(b.ne(b.and(b.linear(area), ALIGNMENT - 1), 0), () => b.raise(VECTOR_GP, 0));
}

function at(b: Builder, [offset, size]: Part, write: boolean): Address {
  return b.address('operand', b.and(b.add(b.effectiveAddress, offset), b.field('addressMask')), size, write);
}

function load(b: Builder, offset: number): Expression {
  return b.load(at(b, [offset, 4], false), 32);
}

function exportPart(b: Builder, part: Part): void {
  b.unit('fpu', 'exportPart', part);
  b.storeBlock(at(b, part, true), SCRATCH);
}

function importPart(b: Builder, part: Part): void {
  b.loadBlock(at(b, part, false), SCRATCH);
  b.unit('fpu', 'importPart', part);
}

/** The requested components that XCR0 enables: EDX:EAX, whose upper half is of no component here. */
function requestedComponents(b: Builder): Expression {
  return b.let(b.and(b.reg(EAX_NUMBER), b.lane(XCR0)));
}

/** XSAVE and XRSTOR of x87 and SSE state, in the standard form (vol. 1 §13.7, §13.8). The image passes through scratch as FXSAVE's does. */
export function defineXsave(table: SemanticsTable): void {
  // A fault between parts leaves earlier ones written: XSAVE is restartable. The header is read first and written last.
  table.define(['Xsave_M'], (b) => {
    b.require('xsave');
    alignedArea(b, true);
    const components = requestedComponents(b);
    const header = at(b, [XSTATE_BV, 4], true);
    const before = b.loadForWrite(header, 32);
    b.pointers('publish');
    b.unit('fpu', 'prepareFxsave', []);
    b.if(b.ne(b.and(components, XCR0_X87), 0), () => X87_PARTS.forEach((part) => exportPart(b, part)));
    b.if(b.ne(b.and(components, XCR0_SSE), 0), () => [MXCSR_PART, XMM_PART].forEach((part) => exportPart(b, part)));
    const inUse = b.unitValue('fpu', 'componentsInUse', []);
    b.pointers('reload');
    b.storeBack(header, 32, b.or(b.and(before, b.not(components)), b.and(inUse, components)));
  });
  table.define(['Xrstor_M'], (b) => {
    b.require('xsave');
    alignedArea(b, false);
    const components = requestedComponents(b);
    const present = load(b, XSTATE_BV);
    // Bits that XCR0 does not enable, the compact form, and reserved bytes of the header.
    const reserved = RESERVED_WORDS.reduce((bits: Expression, offset) => b.or(bits, load(b, offset)), load(b, XSTATE_BV + 4));
    b.if(b.ne(b.or(b.and(present, b.not(b.lane(XCR0))), reserved), 0), () => b.raise(VECTOR_GP, 0));
    b.if(b.ne(b.and(b.and(components, present), XCR0_X87), 0), () => X87_PARTS.forEach((part) => importPart(b, part)));
    // MXCSR is loaded even when XSTATE_BV says that the registers are in their initial state (§13.8.1).
    b.if(b.ne(b.and(components, XCR0_SSE), 0), () => importPart(b, MXCSR_PART));
    b.if(b.ne(b.and(b.and(components, present), XCR0_SSE), 0), () => importPart(b, XMM_PART));
    b.pointers('publish');
    b.if(b.eq(b.unitValue('fpu', 'xrstor', [components, present]), 0), () => b.raise(VECTOR_GP, 0));
    b.pointers('reload');
  });
}
