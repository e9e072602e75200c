import { CR4_UMIP } from '@ringzero/x86';
import { describe, expect, test } from 'vitest';
import { CR4, ESP, FAULT, INTERRUPT_SHADOW, SEG_ATTRIBUTES, SEG_BASE, SEG_LIMIT, SEG_READ_LIMIT, SEG_SELECTOR, SEG_WRITE_LIMIT } from '../vp/lanes.ts';
import { Bench, CODE0, DATA0, DATA3, FREE, GDT, TASK, TASK2 } from './fixture.ts';
import { loadSegment } from './segments.ts';

const DS = 3;
const SS = 2;

function load(bench: Bench, segment: number, selector: number): string {
  const status = loadSegment(bench.vp, segment, selector);
  bench.vp.R[FAULT] = 0;
  return status === 0 ? 'ok' : bench.fault;
}

describe('loads of segment registers', () => {
  test('real-address mode keeps limit and size', () => {
    const { vp } = new Bench();
    vp.U[SEG_LIMIT + DS] = 0xffff_ffff;
    loadSegment(vp, DS, 0x1234);
    expect([vp.R[SEG_BASE + 2 * DS], vp.U[SEG_LIMIT + DS], vp.H[SEG_SELECTOR + DS]]).toEqual([0x12340, 0xffff_ffff, 0x1234]);
    expect(vp.F[SEG_WRITE_LIMIT + DS]).toBe(0xffff_ffff);
  });

  test('protected mode checks type, privilege and presence, and sets the accessed bit', () => {
    const bench = Bench.protectedMode();
    bench.writeDescriptor(FREE, 0x12345678, 0x0fff, 0x40d2);
    expect(load(bench, DS, FREE)).toBe('ok');
    expect(bench.read32(GDT + FREE + 4) & 0x100).toBe(0x100);
    expect([bench.vp.R[SEG_BASE + 2 * DS], bench.vp.F[SEG_READ_LIMIT + DS]]).toEqual([0x12345678, 0xfff]);
    expect(load(bench, DS, FREE | 3)).toBe('13(40)');
    expect(load(bench, DS, 0xff8)).toBe('13(ff8)');
    expect(load(bench, DS, TASK)).toBe('13(28)');
    bench.writeDescriptor(FREE, 0, 0, 0x4012);
    expect(load(bench, DS, FREE)).toBe('11(40)');
    bench.writeDescriptor(FREE, 0, 0, 0x4098);
    expect(load(bench, DS, FREE)).toBe('13(40)');
  });

  test('SS must be writable and match CPL, and is never null', () => {
    const bench = Bench.protectedMode();
    expect(load(bench, SS, 0)).toBe('13(0)');
    expect(load(bench, SS, DATA3)).toBe('13(20)');
    expect(load(bench, SS, CODE0)).toBe('13(8)');
    bench.writeDescriptor(FREE, 0, 0xfff, 0x4012);
    expect(load(bench, SS, FREE)).toBe('12(40)');
    expect(load(bench, SS, DATA0)).toBe('ok');
  });

  test('a null selector loads, and any access through it faults', () => {
    const bench = Bench.protectedMode();
    expect(load(bench, DS, 0)).toBe('ok');
    bench.vp.segmentLinear(DS, 0, 1, false);
    expect([bench.vp.R[FAULT], bench.fault]).toEqual([1, '13(0)']);
  });

  test('POP SS blocks interrupts for one instruction and pops by the old stack size', () => {
    const bench = Bench.protectedMode();
    bench.write32(STACK_TOP - 4, DATA0);
    bench.vp.R[ESP] = STACK_TOP - 4;
    expect(bench.run('Pop_SS')).toBe(0);
    expect([bench.vp.R[ESP], bench.vp.R[INTERRUPT_SHADOW]]).toEqual([STACK_TOP, 2]);
  });
});

const STACK_TOP = 0x8000;

describe('the exact segment check', () => {
  function check(attributes: number, limit: number, offset: number, size: number, write: boolean): boolean {
    const bench = Bench.protectedMode();
    bench.writeDescriptor(FREE, 0, limit, attributes);
    bench.loadSystem(DS, FREE);
    bench.vp.segmentLinear(DS, offset, size, write);
    return bench.vp.R[FAULT] === 0;
  }

  test.each([
    ['up, inside', 0x4093, 0xfff, 0xffc, 4, true],
    ['up, beyond', 0x4093, 0xfff, 0xffd, 4, false],
    ['down, below', 0x4097, 0xfff, 0xfff, 1, false],
    ['down, inside', 0x4097, 0xfff, 0x1000, 4, true],
    ['down, top of 64 KB', 0x0097, 0xfff, 0xfffe, 4, false],
    ['down, 4 GB', 0x4097, 0xfff, 0x10000, 4, true],
    ['read-only', 0x4091, 0xfff, 0, 4, false],
    ['4 GB, wraps', 0xc093, 0xfffff, -2, 4, true],
  ])('write: %s', (_name, attributes, limit, offset, size, passes) => {
    expect(check(attributes, limit, offset, size, true)).toBe(passes);
  });

  test('reads: code must be readable', () => {
    expect(check(0x409b, 0xfff, 0, 4, false)).toBe(true);
    expect(check(0x4099, 0xfff, 0, 4, false)).toBe(false);
    expect(check(0x409b, 0xfff, 0, 4, true)).toBe(false);
  });
});

describe('LDTR and TR', () => {
  test('LTR marks the TSS busy, once', () => {
    const bench = Bench.protectedMode();
    bench.vp.R[0] = TASK2;
    expect(bench.run('Ltr_Ew', { rm: 0 })).toBe(0);
    expect((bench.read32(GDT + TASK2 + 4) >>> 8) & 0xf).toBe(11);
    expect(bench.vp.R[SEG_ATTRIBUTES + 7] & 0xf).toBe(11);
    expect(bench.run('Ltr_Ew', { rm: 0 })).toBe(1);
    expect(bench.fault).toBe('13(30)');
  });

  test('LLDT checks the type; selectors with TI then name the LDT', () => {
    const bench = Bench.protectedMode();
    bench.vp.R[0] = DATA0;
    expect(bench.run('Lldt_Ew', { rm: 0 })).toBe(1);
    expect(bench.fault).toBe('13(10)');
    bench.writeDescriptor(FREE, 0x1800, 0xf, 0x0082);
    bench.vp.R[0] = FREE;
    expect(bench.run('Lldt_Ew', { rm: 0 })).toBe(0);
    bench.write32(0x1808, 0x0000_ffff);
    bench.write32(0x180c, 0x0040_9201);
    expect(load(bench, DS, 0x0c)).toBe('ok');
    expect(bench.vp.R[SEG_BASE + 2 * DS]).toBe(0x1_0000);
    expect(load(bench, DS, 0x14)).toBe('13(14)');
  });

  test('not in real-address mode', () => {
    const bench = new Bench();
    for (const form of ['Ltr_Ew', 'Lldt_Ew', 'Sldt_Ev', 'Str_Ev', 'Verr_Ew', 'Lar_Gv_Ew', 'Arpl_Ew_Gw']) {
      expect([form, bench.run(form), bench.fault]).toEqual([form, 1, '6(-1)']);
    }
  });

  test('with CR4.UMIP, SGDT, SIDT, SLDT, STR and SMSW are for CPL 0', () => {
    const bench = Bench.protectedMode();
    bench.vp.R[CR4] |= CR4_UMIP;
    const forms = [['Sgdt_Ms', 0x4000], ['Sidt_Ms', 0x4000], ['Sldt_Ev', -1], ['Str_Ev', -1], ['Smsw_Ev', -1]] as const;
    const results = (): unknown[] => forms.map(([form, displacement]) => bench.run(form, displacement < 0 ? { rm: 0 } : { isMemory: true, displacement }));
    expect(results()).toEqual([0, 0, 0, 0, 0]);
    bench.enter(3);
    expect(results()).toEqual([1, 1, 1, 1, 1]);
    expect(bench.fault).toBe('13(0)');
    bench.vp.R[CR4] &= ~CR4_UMIP;
    expect(results()).toEqual([0, 0, 0, 0, 0]);
  });
});
