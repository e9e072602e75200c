import { describe, expect, it } from 'vitest';
import { breakpointBytes, BreakpointSize, BreakpointType, dr7Bits, fromDr7, type BreakpointIndex } from './debug.ts';

describe('DR7', () => {
  it('gives back every breakpoint at every index', () => {
    for (const type of Object.values(BreakpointType)) {
      for (const size of Object.values(BreakpointSize)) {
        for (const index of [0, 1, 2, 3] as BreakpointIndex[]) {
          const breakpoint = { address: 0x1234n, type, size };
          expect(fromDr7(dr7Bits(breakpoint, index), 0x1234n, index)).toEqual(breakpoint);
        }
      }
    }
  });

  it('places the fields where the manual says', () => {
    expect(dr7Bits({ address: 0n, type: BreakpointType.write, size: BreakpointSize.dword }, 0)).toBe(0x000e_0000n | 2n);
    expect(dr7Bits({ address: 0n, type: BreakpointType.execute, size: BreakpointSize.byte }, 3)).toBe(0x80n);
    expect(dr7Bits({ address: 0n, type: BreakpointType.readOrWrite, size: BreakpointSize.qword }, 3)).toBe(0xb000_0080n);
    // The bits of the other three are ignored.
    expect(fromDr7(0xffff_0fffn, 7n, 1)).toEqual({ address: 7n, type: 3, size: 3 });
  });

  it('knows the bytes that a LEN field covers', () => {
    expect(Object.values(BreakpointSize).map(breakpointBytes)).toEqual([1, 2, 8, 4]);
  });
});
