import { describe, expect, test } from 'vitest';
import { CR0, CR3, CR4, DR7, EAX, EBP, EBX, ECX, EDI, EDX, EFER, ESP, INTERRUPT_SHADOW, MP_STATE, RFLAGS } from '../vp/lanes.ts';
import { Bench, CODE0, CODE3, DATA0, DATA3, FREE, STACK0, STACK3, TASK, TSS } from './fixture.ts';

const ZF = 0x40;
const memory = (displacement: number): { isMemory: true; displacement: number } => ({ isMemory: true, displacement });

describe('stack instructions', () => {
  test('PUSHA and POPA', () => {
    const bench = Bench.protectedMode();
    const { R } = bench.vp;
    for (let i = 0; i < 8; i++) if (EAX + 2 * i !== ESP) R[EAX + 2 * i] = 0x10_0000 + i;
    expect(bench.run('Pusha')).toBe(0);
    expect(bench.stack(8).slice(2, 5)).toEqual([0x10_0005, STACK0, 0x10_0003]);
    R.fill(0, EAX, EAX + 7);
    R[EDI] = 0;
    expect(bench.run('Popa')).toBe(0);
    expect([R[EAX], R[EBX], R[EDI], R[ESP]]).toEqual([0x10_0000, 0x10_0003, 0x10_0007, STACK0]);
  });

  test('ENTER with levels', () => {
    const bench = Bench.protectedMode();
    const { R } = bench.vp;
    R[EBP] = 0x8000;
    bench.write32(0x7ffc, 0xaaaa);
    bench.write32(0x7ff8, 0xbbbb);
    expect(bench.run('Enter_Iw_Ib', { immediate: 0x20, immediate2: 3 })).toBe(0);
    expect([R[EBP], R[ESP]]).toEqual([STACK0 - 4, STACK0 - 16 - 0x20]);
    expect([0, 1, 2, 3].map((i) => bench.read32(STACK0 - 4 - 4 * i))).toEqual([0x8000, 0xaaaa, 0xbbbb, STACK0 - 4]);
  });

  test('POPF at CPL 3 leaves IF and IOPL; STI there is #GP', () => {
    const bench = Bench.protectedMode();
    bench.enter(3);
    bench.vp.R[ESP] = STACK3 - 4;
    bench.write32(STACK3 - 4, 0x24_7fff);
    expect(bench.run('Popf')).toBe(0);
    expect(bench.vp.flags()).toBe(0x24_4dd7);
    expect([bench.run('Sti'), bench.fault]).toEqual([1, '13(0)']);
  });

  test('a misaligned stack at CPL 3 is #AC when alignment is checked', () => {
    const bench = Bench.protectedMode();
    bench.enter(3);
    bench.vp.R[CR0] |= 0x4_0000;
    bench.vp.setFlags(0x4_0000, 0x4_0000);
    bench.vp.R[ESP] = STACK3 - 2;
    bench.vp.updateMode();
    expect([bench.run('Pushf'), bench.fault]).toEqual([1, '17(0)']);
    expect(bench.run('Pushf', { operandSize: 16 })).toBe(0);
  });

  test('STI shadows one instruction, only when IF was clear', () => {
    const bench = Bench.protectedMode();
    expect(bench.run('Sti')).toBe(0);
    expect(bench.vp.R[INTERRUPT_SHADOW]).toBe(1);
    bench.vp.R[INTERRUPT_SHADOW] = 0;
    expect(bench.run('Sti')).toBe(0);
    expect(bench.vp.R[INTERRUPT_SHADOW]).toBe(0);
  });

  test('LDS loads segment and register together or not at all', () => {
    const bench = Bench.protectedMode();
    bench.write32(0x6000, 0x1234_5678);
    bench.write16(0x6004, DATA3);
    expect(bench.run('Lds_Gv_Mp', { ...memory(0x6000), reg: EBX })).toBe(0);
    expect(bench.vp.R[EBX]).toBe(0x1234_5678);
    bench.write16(0x6004, 0xff8);
    bench.write32(0x6000, 0);
    expect(bench.run('Lds_Gv_Mp', { ...memory(0x6000), reg: EBX })).toBe(1);
    expect([bench.fault, bench.vp.R[EBX]]).toEqual(['13(ff8)', 0x1234_5678]);
  });
});

describe('selector instructions', () => {
  function zero(bench: Bench, form: string, selector: number): boolean {
    bench.vp.R[EAX] = selector;
    expect(bench.run(form, { rm: EAX, reg: EBX })).toBe(0);
    return (bench.vp.flags() & ZF) !== 0;
  }

  test('VERR, VERW, LAR, LSL', () => {
    const bench = Bench.protectedMode();
    bench.writeDescriptor(FREE, 0, 0x123, 0x4098);
    expect([zero(bench, 'Verr_Ew', DATA0), zero(bench, 'Verw_Ew', CODE0), zero(bench, 'Verr_Ew', FREE), zero(bench, 'Verr_Ew', 0)]).toEqual([true, false, false, false]);
    expect(zero(bench, 'Lsl_Gv_Ew', FREE)).toBe(true);
    expect(bench.vp.R[EBX]).toBe(0x123);
    expect(zero(bench, 'Lsl_Gv_Ew', DATA0)).toBe(true);
    expect(bench.vp.R[EBX]).toBe(-1);
    expect(zero(bench, 'Lar_Gv_Ew', TASK)).toBe(true);
    expect(bench.vp.R[EBX]).toBe(0x8900);
    bench.enter(3);
    expect([zero(bench, 'Lar_Gv_Ew', DATA0), zero(bench, 'Lar_Gv_Ew', DATA3)]).toEqual([false, true]);
  });

  test('ARPL', () => {
    const bench = Bench.protectedMode();
    bench.vp.R[EAX] = 0x10;
    bench.vp.R[EBX] = CODE3;
    expect(bench.run('Arpl_Ew_Gw', { rm: EAX, reg: EBX })).toBe(0);
    expect([bench.vp.R[EAX], bench.vp.flags() & ZF]).toEqual([0x13, ZF]);
  });

  test('LGDT loads 24 bits of base with 16-bit operands; at CPL 3 it is #GP', () => {
    const bench = Bench.protectedMode();
    bench.write16(0x6000, 0x77);
    bench.write32(0x6002, 0x1234_5678);
    expect(bench.run('Lidt_Ms', { ...memory(0x6000), operandSize: 16 })).toBe(0);
    expect(bench.run('Sidt_Ms', memory(0x6010))).toBe(0);
    expect([bench.read16(0x6010), bench.read32(0x6012)]).toEqual([0x77, 0x34_5678]);
    bench.enter(3);
    expect([bench.run('Lgdt_Ms', memory(0x6000)), bench.fault]).toEqual([1, '13(0)']);
  });
});

describe('control registers', () => {
  function write(bench: Bench, number: number, value: number): string {
    bench.vp.R[EAX] = value;
    return bench.run('Mov_Cd_Rd', { regNumber: number, rm: EAX }) === 0 ? 'ok' : bench.fault;
  }

  test('CR0: PG needs PE, NW needs CD, ET is fixed', () => {
    const bench = new Bench();
    expect(write(bench, 0, 0x8000_0000)).toBe('13(0)');
    expect(write(bench, 0, 0x2000_0000)).toBe('13(0)');
    expect(write(bench, 0, 1)).toBe('ok');
    expect(bench.vp.R[CR0]).toBe(0x11);
    expect(write(bench, 1, 0)).toBe('6(-1)');
  });

  test('CR4: reserved bits are #GP', () => {
    const bench = new Bench();
    expect(write(bench, 4, 0x1000)).toBe('13(0)');
    expect(write(bench, 4, 0x7ff)).toBe('ok');
    expect(bench.vp.R[CR4]).toBe(0x7ff);
  });

  test('CR3 with PAE paging refuses PDPTEs with reserved bits, and keeps the old value', () => {
    const bench = Bench.protectedMode();
    bench.write32(0x10000, 0x11001);
    for (let i = 0; i < 512; i++) bench.write32(0x11000 + 8 * i, (i * 0x20_0000) | 0x83);
    bench.write32(0x12000, 0x11007);
    expect(write(bench, 4, 0x20)).toBe('ok');
    expect(write(bench, 3, 0x10000)).toBe('ok');
    expect(write(bench, 0, 0x8000_0011)).toBe('ok');
    expect(bench.vp.loadAs(0x10000, 4, false)).toBe(0x11001);
    expect(write(bench, 3, 0x12000)).toBe('13(0)');
    expect(bench.vp.R[CR3]).toBe(0x10000);
  });

  test('LMSW cannot leave protected mode; CLTS', () => {
    const bench = Bench.protectedMode();
    bench.vp.R[EAX] = 0xfffe;
    expect(bench.run('Lmsw_Ew', { rm: EAX })).toBe(0);
    expect(bench.vp.R[CR0] & 0xffff).toBe(0x1f);
    expect(bench.run('Clts')).toBe(0);
    expect(bench.vp.R[CR0] & 8).toBe(0);
  });

  test('HLT and privileged instructions at CPL 3', () => {
    const bench = Bench.protectedMode();
    expect(bench.run('Hlt')).toBe(0);
    expect(bench.vp.R[MP_STATE]).toBe(2);
    bench.enter(3);
    for (const form of ['Hlt', 'Clts', 'Invd', 'Wbinvd', 'Rdmsr', 'Wrmsr', 'Mov_Rd_Cd', 'Mov_Cd_Rd', 'Mov_Rd_Dd', 'Lmsw_Ew']) {
      expect([form, bench.run(form), bench.fault]).toEqual([form, 1, '13(0)']);
    }
  });
});

describe('MSRs, CPUID, TSC', () => {
  function wrmsr(bench: Bench, msr: number, low: number, high: number = 0): string {
    const { R } = bench.vp;
    R[ECX] = msr;
    R[EAX] = low;
    R[EDX] = high;
    return bench.run('Wrmsr') === 0 ? 'ok' : bench.fault;
  }
  function rdmsr(bench: Bench, msr: number): readonly [number, number] | string {
    bench.vp.R[ECX] = msr;
    return bench.run('Rdmsr') === 0 ? [bench.vp.U[EAX], bench.vp.U[EDX]] : bench.fault;
  }

  test('what exists reads back, what does not is #GP(0)', () => {
    const bench = new Bench();
    for (const msr of [0x174, 0x277, 0x250, 0x26f, 0xc000_0081]) {
      expect([msr, wrmsr(bench, msr, 0x0606_0606, 0x0606_0606)]).toEqual([msr, 'ok']);
      expect(rdmsr(bench, msr)).toEqual([0x0606_0606, 0x0606_0606]);
    }
    expect(rdmsr(bench, 0xfe)).toEqual([0x508, 0]);
    expect(rdmsr(bench, 0x1b)).toEqual([0xfee0_0900, 0]);
    expect(rdmsr(bench, 0x12345)).toBe('13(0)');
    expect(wrmsr(bench, 0xfe, 0)).toBe('13(0)');
  });

  test('values that the manual forbids are #GP(0)', () => {
    const bench = new Bench();
    expect(wrmsr(bench, 0x277, 2)).toBe('13(0)');
    expect(wrmsr(bench, 0x277, 7)).toBe('ok');
    expect(wrmsr(bench, 0x250, 7)).toBe('13(0)');
    expect(wrmsr(bench, 0x200, 0x106)).toBe('13(0)');
    expect(wrmsr(bench, 0x201, 0xfff0_0800, 0x10)).toBe('13(0)');
    expect(wrmsr(bench, 0x201, 0xfff0_0800, 0xf)).toBe('ok');
    expect(wrmsr(bench, 0x2ff, 0xc06)).toBe('ok');
    expect(wrmsr(bench, 0x2ff, 0x1006)).toBe('13(0)');
    expect(wrmsr(bench, 0xc000_0080, 0x100)).toBe('13(0)');
    expect(wrmsr(bench, 0xc000_0080, 0x801)).toBe('ok');
    expect(bench.vp.R[EFER]).toBe(0x801);
  });

  test('TSC counts the clock from what was written; TSD keeps it from CPL 3', () => {
    const bench = Bench.protectedMode();
    bench.clock.time = 5000;
    expect(wrmsr(bench, 0x10, 1000, 1)).toBe('ok');
    bench.clock.time = 5500;
    expect(bench.run('Rdtsc')).toBe(0);
    expect([bench.vp.R[EAX], bench.vp.R[EDX]]).toEqual([1500, 1]);
    // Carries between the halves, of an offset below 0 too, and times above 32 bits.
    for (const [high, low, later] of [[1, 0xffff_ff00, 0x200], [0, 0, 0x7_0000_0005], [-1, -8, 20]] as const) {
      wrmsr(bench, 0x10, low, high);
      bench.clock.time += later;
      bench.run('Rdtsc');
      const expected = BigInt.asUintN(64, (BigInt(high) << 32n) + BigInt(low >>> 0) + BigInt(later));
      expect((BigInt(bench.vp.R[EDX] >>> 0) << 32n) | BigInt(bench.vp.R[EAX] >>> 0)).toBe(expected);
    }
    bench.vp.R[CR4] = 4;
    bench.enter(3);
    expect([bench.run('Rdtsc'), bench.fault]).toEqual([1, '13(0)']);
    expect([bench.run('Rdtscp'), bench.fault]).toEqual([1, '13(0)']);
  });

  test('CPUID: vendor, brand, the APIC bit', () => {
    const bench = new Bench();
    const { R } = bench.vp;
    const cpuid = (leaf: number): string => {
      R[EAX] = leaf;
      R[ECX] = 0;
      expect(bench.run('Cpuid')).toBe(0);
      return [EAX, EBX, ECX, EDX].map((lane) => Buffer.from(Int32Array.of(R[lane]).buffer).toString('latin1')).join('');
    };
    const vendor = cpuid(0);
    expect(vendor.slice(4, 8) + vendor.slice(12) + vendor.slice(8, 12)).toBe('GenuineIntel');
    expect((cpuid(0x8000_0002) + cpuid(0x8000_0003)).replaceAll('\0', '')).toBe('Ringzero Virtual CPU (max)');
    cpuid(1);
    expect([R[EAX], R[EDX]]).toEqual([0x3_06a9, 0x078b_fbff]);
    wrmsr(bench, 0x1b, 0xfee0_0100);
    cpuid(1);
    expect(R[EDX] & 0x200).toBe(0);
    // Above the highest leaf the highest basic leaf answers.
    expect(cpuid(0x4000_0000)).toBe(cpuid(0x16));
  });
});

describe('ports', () => {
  test('the I/O permission bit map', () => {
    const bench = Bench.protectedMode();
    bench.writeDescriptor(FREE, TSS, 0x88, 0x008b);
    bench.loadSystem(7, FREE);
    bench.write16(TSS + 0x66, 0x68);
    for (let i = 0; i < 32; i++) bench.memory.view.setUint8(TSS + 0x68 + i, 0xff);
    bench.memory.view.setUint8(TSS + 0x68 + 4, 0xf0);
    bench.enter(3);
    bench.vp.R[EAX] = 0x1234_5678;
    const out = (port: number, form: string): string => {
      bench.vp.R[EDX] = port;
      return bench.run(form) === 0 ? 'ok' : bench.fault;
    };
    expect(out(0x20, 'Out_DX_AL')).toBe('ok');
    expect(out(0x20, 'Out_DX_eAX')).toBe('ok');
    expect(out(0x21, 'Out_DX_eAX')).toBe('13(0)');
    expect(out(0x24, 'Out_DX_AL')).toBe('13(0)');
    expect(out(0x400, 'Out_DX_AL')).toBe('13(0)');
    expect(bench.io.log).toEqual(['out 20 1 78', 'out 20 4 12345678']);
    bench.vp.R[RFLAGS] |= 0x3000;
    expect(out(0x400, 'Out_DX_AL')).toBe('ok');
  });

  test('IN writes the part of EAX that its size says', () => {
    const bench = new Bench();
    bench.vp.R[EAX] = -1;
    expect(bench.run('In_AL_Ib', { immediate: 0x60 })).toBe(0);
    expect(bench.vp.U[EAX]).toBe(0xffff_ff78);
    expect(bench.run('In_eAX_Ib', { immediate: 0x60, operandSize: 16 })).toBe(0);
    expect(bench.vp.U[EAX]).toBe(0xffff_5678);
  });
});

describe('the rest', () => {
  test('CMPXCHG8B', () => {
    const bench = Bench.protectedMode();
    const { R } = bench.vp;
    bench.write32(0x6000, 1);
    bench.write32(0x6004, 2);
    R[EBX] = 3;
    R[ECX] = 4;
    expect(bench.run('Cmpxchg8b_Mq', memory(0x6000))).toBe(0);
    expect([R[EAX], R[EDX], bench.vp.flags() & ZF]).toEqual([1, 2, 0]);
    expect(bench.run('Cmpxchg8b_Mq', memory(0x6000))).toBe(0);
    expect([bench.read32(0x6000), bench.read32(0x6004), bench.vp.flags() & ZF]).toEqual([3, 4, ZF]);
  });

  test('BOUND', () => {
    const bench = Bench.protectedMode();
    bench.write32(0x6000, -5);
    bench.write32(0x6004, 5);
    const bound = (index: number): string => {
      bench.vp.R[EAX] = index;
      return bench.run('Bound_Gv_Ma', { ...memory(0x6000), reg: EAX }) === 0 ? 'ok' : bench.fault;
    };
    expect([bound(-5), bound(5), bound(6), bound(-6)]).toEqual(['ok', 'ok', '5(-1)', '5(-1)']);
  });

  test('MOV DR: aliases, fixed bits, and general detect', () => {
    const bench = Bench.protectedMode();
    const { R } = bench.vp;
    R[EAX] = -1;
    expect(bench.run('Mov_Dd_Rd', { regNumber: 4, rm: EAX })).toBe(0);
    expect(bench.run('Mov_Rd_Dd', { regNumber: 6, rm: EBX })).toBe(0);
    expect(R[EBX]).toBe(-1 & ~0x1000);
    R[EAX] = 0x2000;
    expect(bench.run('Mov_Dd_Rd', { regNumber: 7, rm: EAX })).toBe(0);
    expect(R[DR7]).toBe(0x2400);
    expect([bench.run('Mov_Rd_Dd', { regNumber: 0, rm: EBX }), bench.fault]).toEqual([1, '1(-1)']);
    R[CR4] = 8;
    expect([bench.run('Mov_Rd_Dd', { regNumber: 5, rm: EBX }), bench.fault]).toEqual([1, '6(-1)']);
  });
});
