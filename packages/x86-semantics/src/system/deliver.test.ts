import { describe, expect, test } from 'vitest';
import { STATUS_BRANCHED, STATUS_SHUTDOWN } from '../vp/status.ts';
import { CR0, CR2, CR3, CR4, DEBUG_PENDING, DR6, ESP, IDTR_LIMIT, MP_STATE, NMI_MASKED, RFLAGS, RIP, SEG_BASE, SEG_SELECTOR } from '../vp/lanes.ts';
import { deliverDebugTrap, deliverException, deliverExternal, EVENT_HARDWARE, EVENT_NMI } from './deliver.ts';
import { Bench, CODE0, CODE3, DATA0, DATA3, FREE, STACK0, STACK3, TSS } from './fixture.ts';

const CS = 1;
const SS = 2;

function raise(bench: Bench, vector: number, errorCode: number): number {
  bench.vp.raise(vector, errorCode);
  return deliverException(bench.vp);
}

describe('real-address mode', () => {
  test('INT pushes FLAGS, CS, IP and clears IF and TF', () => {
    const bench = new Bench();
    const { vp } = bench;
    bench.write32(0x21 * 4, 0x2000_0123);
    vp.setFlags(0x301, 0x301);
    vp.R[ESP] = 0x400;
    vp.R[RIP] = 0x100;
    expect(bench.run('Int_Ib', { immediate: 0x21 })).toBe(STATUS_BRANCHED);
    expect(bench.stack(3, 2)).toEqual([0x102, 0xf000, 0x303]);
    expect([vp.R[RIP], vp.H[SEG_SELECTOR + CS], vp.R[SEG_BASE + 2 * CS], bench.flags & 0x300]).toEqual([0x123, 0x2000, 0x20000, 0]);
  });

  test('a vector beyond the table ends in shutdown when #GP and #DF are beyond it too', () => {
    const bench = new Bench();
    bench.vp.R[IDTR_LIMIT] = 3;
    expect(raise(bench, 6, -1)).toBe(STATUS_SHUTDOWN);
  });
});

describe('protected mode', () => {
  test('an exception at the same level pushes RF, and an error code', () => {
    const bench = Bench.protectedMode();
    bench.vp.R[RIP] = 0x777;
    expect(raise(bench, 13, 0x18)).toBe(STATUS_BRANCHED);
    expect(bench.stack(4)).toEqual([0x18, 0x777, CODE0, 0x1_0002]);
    expect([bench.vp.R[RIP], bench.vp.R[ESP]]).toEqual([0x5000 + 16 * 13, STACK0 - 16]);
  });

  test('from CPL 3 the stack comes from the TSS', () => {
    const bench = Bench.protectedMode();
    bench.enter(3);
    bench.vp.setFlags(0x4300, 0x4300);
    bench.vp.R[RIP] = 0x777;
    bench.vp.R[MP_STATE] = 2;
    expect(deliverExternal(bench.vp, EVENT_HARDWARE, 0x20)).toBe(STATUS_BRANCHED);
    expect(bench.stack(5)).toEqual([0x777, CODE3, 0x4302, STACK3, DATA3]);
    const { vp } = bench;
    expect([vp.cpl, vp.H[SEG_SELECTOR + CS], vp.H[SEG_SELECTOR + SS], bench.flags & 0x4300, vp.R[MP_STATE]]).toEqual([0, CODE0, DATA0, 0, 0]);
  });

  test('INT n needs DPL ≥ CPL of the gate; hardware does not', () => {
    const bench = Bench.protectedMode();
    bench.enter(3);
    expect(bench.run('Int_Ib', { immediate: 0x30 })).toBe(1);
    expect(bench.fault).toBe('13(182)');
    bench.writeGate(0x30, CODE0, 0x6000, 0xef);
    expect(bench.run('Int_Ib', { immediate: 0x30 })).toBe(STATUS_BRANCHED);
    expect([bench.vp.R[RIP], bench.vp.cpl]).toEqual([0x6000, 0]);
  });

  test('an absent gate is #NP with EXT; #NP while delivering #GP makes #DF', () => {
    const bench = Bench.protectedMode();
    bench.writeGate(0x20, CODE0, 0, 0x0e);
    expect(deliverExternal(bench.vp, EVENT_HARDWARE, 0x20)).toBe(STATUS_BRANCHED);
    expect([bench.vp.R[RIP], bench.stack(1)[0]]).toEqual([0x5000 + 16 * 11, 0x103]);
    bench.writeGate(13, CODE0, 0, 0x0e);
    expect(raise(bench, 13, 0)).toBe(STATUS_BRANCHED);
    expect([bench.vp.R[RIP], bench.stack(1)[0]]).toEqual([0x5000 + 16 * 8, 0]);
    bench.writeGate(8, CODE0, 0, 0x0e);
    expect(raise(bench, 13, 0)).toBe(STATUS_SHUTDOWN);
  });

  test('16-bit gates push words', () => {
    const bench = Bench.protectedMode();
    bench.writeGate(0x21, CODE0, 0x1_4444, 0x86);
    bench.vp.R[RIP] = 0x777;
    expect(deliverExternal(bench.vp, EVENT_HARDWARE, 0x21)).toBe(STATUS_BRANCHED);
    expect([bench.vp.R[RIP], bench.stack(3, 2)]).toEqual([0x4444, [0x777, CODE0, 2]]);
  });

  test('a page fault sets CR2, and on a stack that is not there becomes a double fault', () => {
    const bench = Bench.protectedMode();
    const { vp } = bench;
    bench.write32(0x10000, 0x11003);
    for (let page = 0; page < 256; page++) bench.write32(0x11000 + 4 * page, (page << 12) | 3);
    vp.R[CR3] = 0x10000;
    vp.R[CR0] |= 0x8000_0000;
    vp.flushTlb(false);
    vp.R[ESP] = 0x8000;
    bench.write32(0x11000 + 4 * 7, 0);
    vp.loadAs(0x7123, 1, false);
    expect(vp.faultVector).toBe(14);
    expect(deliverException(vp)).toBe(STATUS_SHUTDOWN);
    expect(vp.R[CR2]).toBe(0x8000 - 4);
    vp.R[ESP] = STACK0;
    vp.loadAs(0x7123, 1, false);
    expect(deliverException(vp)).toBe(STATUS_BRANCHED);
    expect([vp.R[CR2], vp.R[RIP], bench.stack(1)[0]]).toEqual([0x7123, 0x5000 + 16 * 14, 0]);
  });

  test('NMI masks further NMIs until IRET', () => {
    const bench = Bench.protectedMode();
    expect(deliverExternal(bench.vp, EVENT_NMI, 2)).toBe(STATUS_BRANCHED);
    expect(bench.vp.R[NMI_MASKED]).toBe(1);
    expect(bench.run('Iret')).toBe(STATUS_BRANCHED);
    expect(bench.vp.R[NMI_MASKED]).toBe(0);
  });

  test('#DB gathers DR6 and pushes RF as it was', () => {
    const bench = Bench.protectedMode();
    bench.vp.R[DEBUG_PENDING] = 0x4001;
    expect(deliverDebugTrap(bench.vp)).toBe(STATUS_BRANCHED);
    expect([bench.vp.U[DR6], bench.vp.R[DEBUG_PENDING], bench.stack(3)[2]]).toEqual([0xffff_4ff1, 0, 2]);
  });
});

describe('virtual-8086 mode', () => {
  test('an interrupt leaves it through the CPL 0 stack, and IRET goes back', () => {
    const bench = Bench.protectedMode();
    bench.enterVirtual(3);
    const { vp } = bench;
    vp.R[RIP] = 0x50;
    expect(deliverExternal(vp, EVENT_HARDWARE, 0x20)).toBe(STATUS_BRANCHED);
    expect(bench.stack(9)).toEqual([0x50, 0x1000, 0x2_3002, 0x100, 0x2000, 0x3000, 0x3000, 0x3000, 0x3000]);
    expect([vp.isVirtual8086, vp.cpl, vp.H[SEG_SELECTOR + 3]]).toEqual([false, 0, 0]);
    vp.segmentLinear(3, 0, 1, false);
    expect(bench.fault).toBe('13(0)');
    expect(bench.run('Iret')).toBe(STATUS_BRANCHED);
    expect([vp.isVirtual8086, vp.cpl, vp.R[RIP], vp.R[ESP], vp.H[SEG_SELECTOR + CS], vp.R[SEG_BASE + 6]]).toEqual([true, 3, 0x50, 0x100, 0x1000, 0x30000]);
  });

  test('INT n at IOPL < 3 is #GP; with VME it is redirected by the bit map', () => {
    const bench = Bench.protectedMode();
    const { vp } = bench;
    bench.enterVirtual(0);
    expect(bench.run('Int_Ib', { immediate: 0x21 })).toBe(1);
    expect(bench.fault).toBe('13(0)');
    vp.R[CR4] = 1;
    bench.write16(TSS + 0x66, 0x68 + 32);
    bench.writeDescriptor(FREE, TSS, 0x200, 0x008b);
    bench.loadSystem(7, FREE);
    bench.write32(0x21 * 4, 0x4000_0010);
    vp.setFlags(0x8_0000, 0x8_0000);
    vp.R[RIP] = 0x50;
    expect(bench.run('Int_Ib', { immediate: 0x21 })).toBe(STATUS_BRANCHED);
    expect([vp.isVirtual8086, vp.R[RIP], vp.H[SEG_SELECTOR + CS]]).toEqual([true, 0x10, 0x4000]);
    expect(bench.stack(3, 2, 0x20000)).toEqual([0x52, 0x1000, 0x3202]);
    expect(vp.R[RFLAGS] & 0x8_0000).toBe(0);
    expect(bench.run('Iret', { operandSize: 16 })).toBe(STATUS_BRANCHED);
    expect([vp.R[RIP], vp.R[RFLAGS] & 0x8_3200]).toEqual([0x52, 0x8_0000]);
  });

  test('CLI, STI, PUSHF and POPF act on VIF with VME', () => {
    const bench = Bench.protectedMode();
    bench.enterVirtual(0);
    expect(bench.run('Cli')).toBe(1);
    expect(bench.run('Pushf', { operandSize: 16 })).toBe(1);
    bench.vp.R[CR4] = 1;
    expect(bench.run('Sti')).toBe(0);
    expect(bench.flags & 0x8_0200).toBe(0x8_0000);
    expect(bench.run('Pushf', { operandSize: 16 })).toBe(0);
    expect(bench.stack(1, 2, 0x20000)).toEqual([0x3202]);
    expect(bench.run('Cli')).toBe(0);
    expect(bench.run('Popf', { operandSize: 16 })).toBe(0);
    expect(bench.flags & 0x8_3200).toBe(0x8_0000);
    bench.vp.setFlags(0x10_0000, 0x10_0000);
    expect(bench.run('Sti')).toBe(1);
    expect(bench.fault).toBe('13(0)');
  });
});
