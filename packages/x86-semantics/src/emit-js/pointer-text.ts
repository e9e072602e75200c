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

/**
 * The pointers in a compiled function: locals that are written when it is left, since all but the last ones are never seen.
 * Selectors are looked up only then: `xc` says that there was an instruction, `xs` is its operand's segment, −1 for none.
 * Whatever changes a selector is left for beforehand.
 */
export class PointerLocals {
  isUsed = false;

  record(ip: number, opcode: number, offset?: string, segment?: number): string {
    this.isUsed = true;
    const instruction = `xi = ${ip}; xo = ${opcode}; xc = 1;`;
    return offset === undefined ? instruction : `${instruction} xd = ${offset}; xs = ${segment};`;
  }

  spill(): string {
    this.isUsed = true;
    const { xi, xc, xo, xd, xs } = POINTER_LANES;
    return `R[${xi}] = xi; R[${xo}] = xo; R[${xd}] = xd; if (xc !== 0) R[${xc}] = H[${SEG_SELECTOR + CS}]; if (xs >= 0) R[${xs}] = H[xs + ${SEG_SELECTOR}];`;
  }

  loads(): readonly string[] {
    this.isUsed = true;
    const { xi, xo, xd } = POINTER_LANES;
    return [`xi = R[${xi}]`, `xo = R[${xo}]`, `xd = R[${xd}]`, 'xc = 0', 'xs = -1'];
  }
}
