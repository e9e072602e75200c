import { lane32 } from '@ringzero/x86';
import { SEG_SELECTOR } from '../vp/lanes.ts';

const CS = 1;

/** i32 lanes of the x87 unit's pointers, by what a compiled block calls them. */
export const POINTER_LANES: Readonly<Record<string, number>> = { xi: lane32('fip'), xc: lane32('fcs'), xo: lane32('fop'), xd: lane32('fdp'), xs: lane32('fds') };

/** What the pointers to an instruction are: its offset in CS, CS's selector, and the low 11 bits of its opcode, which the decoder leaves in `immediate`. */
export function instructionPointers(ip: string, opcode: string): readonly (readonly [name: string, value: string])[] {
  return [['xi', ip], ['xc', `H[${SEG_SELECTOR + CS}]`], ['xo', opcode]];
}

/** And to its operand: offset, and selector of segment number `segment`. */
export function operandPointers(offset: string, segment: string): readonly (readonly [name: string, value: string])[] {
  const selector = /^\d+$/.test(segment) ? `${SEG_SELECTOR + Number(segment)}` : `${SEG_SELECTOR} + ${segment}`;
  return [['xd', offset], ['xs', `H[${selector}]`]];
}
