import { BreakpointSize, BreakpointType } from '@ringzero/processor';
import { lane32 } from '@ringzero/x86';
import { describe, expect, test } from 'vitest';
import { CR4, DEBUG_PENDING, DR7, EDX, FAULT, RFLAGS } from '../vp/lanes.ts';
import { STATUS_ALONE } from '../vp/status.ts';
import { Bench } from './fixture.ts';

const DR0 = lane32('dr', 0);

function armed(dr7: number, address: number): Bench {
  const bench = Bench.protectedMode();
  bench.vp.R[DR0] = address;
  bench.vp.R[DR7] = dr7;
  bench.debug.update();
  return bench;
}

describe("the guest's breakpoints", () => {
  test('data, 4 bytes, writes: any overlap hits, once the instruction runs alone', () => {
    const { vp } = armed(0x000d_0001, 0x6000);
    vp.loadAs(0x6000, 4, false);
    vp.storeAs(0x5ffc, 4, 0, false);
    vp.storeAs(0x6004, 1, 0, false);
    expect(vp.R[DEBUG_PENDING]).toBe(0);
    vp.io.end(true);
    vp.storeAs(0x6003, 1, 7, false);
    expect([vp.R[FAULT], vp.R[DEBUG_PENDING], vp.loadAs(0x6003, 1, false)]).toEqual([STATUS_ALONE, 0, 0]);
    vp.R[FAULT] = 0;
    vp.io.begin();
    vp.storeAs(0x6003, 1, 7, false);
    expect([vp.R[FAULT], vp.R[DEBUG_PENDING], vp.loadAs(0x6003, 1, false)]).toEqual([0, 1, 7]);
  });

  test('data, reads and writes', () => {
    const { vp } = armed(0x0003_0002, 0x6001);
    vp.loadAs(0x6000, 2, false);
    expect(vp.R[DEBUG_PENDING]).toBe(1);
  });

  test('execution: not with RF', () => {
    const { vp, debug } = armed(0x0000_0001, 0x6000);
    expect([debug.hasInstructionBreakpoints, debug.instructionBreakpoint(0x6000), debug.instructionBreakpoint(0x6001)]).toEqual([true, 1, 0]);
    vp.R[RFLAGS] |= 0x1_0000;
    expect(debug.instructionBreakpoint(0x6000)).toBe(0);
  });

  test('ports, with CR4.DE', () => {
    const bench = armed(0x0006_0001, 0x60);
    bench.vp.R[EDX] = 0x61;
    bench.run('In_AL_DX');
    expect(bench.vp.R[DEBUG_PENDING]).toBe(0);
    bench.vp.R[CR4] = 8;
    bench.run('In_AL_DX');
    expect(bench.vp.R[DEBUG_PENDING]).toBe(1);
  });

  test('disabled ones leave accesses alone', () => {
    const { vp } = armed(0x000d_0000, 0x6000);
    expect(vp.watch).toBeNull();
  });
});

test("the host's breakpoints work beside the guest's and are not seen by it", () => {
  const { vp, debug } = armed(0x0000_0001, 0x7000);
  debug.setHostBreakpoints([
    { address: 0x6000n, type: BreakpointType.readOrWrite, size: BreakpointSize.word },
    { address: 0x7000n, type: BreakpointType.execute, size: BreakpointSize.byte },
    undefined,
    undefined,
  ]);
  vp.loadAs(0x6001, 1, false);
  expect([debug.takeHostHit(), debug.takeHostHit(), vp.R[DEBUG_PENDING]]).toEqual([0, -1, 0]);
  expect([debug.hostInstructionBreakpoint(0x7000), debug.instructionBreakpoint(0x7000)]).toEqual([1, 1]);
});
