import { lane32 } from '@ringzero/x86';
import type { Builder } from '../ir/builder.ts';

const FIP = lane32('fip');
const FCS = lane32('fcs');
const FOP = lane32('fop');
/** i32 lane that holds the selectors of ES (low half) and CS. */
const ES_AND_CS = lane32('segSelector');

/**
 * Records where an x87 instruction is (vol. 1 §8.1.8, §8.1.9). The decoder's `immediate`, which no x87 instruction has,
 * carries the low 11 bits of its opcode: bits 2:0 of the first byte and ModRM.
 */
export function recordPointers(b: Builder): void {
  b.setLane(FIP, b.field('ip'));
  b.setLane(FCS, b.shr(b.lane(ES_AND_CS), 16));
  b.setLane(FOP, b.immediate);
}

/** Likewise, with the memory operand's place. */
export function recordAllPointers(b: Builder): void {
  recordPointers(b);
  b.unit('fpu', 'setDataPointer', [b.effectiveAddress, b.field('segment')]);
}
