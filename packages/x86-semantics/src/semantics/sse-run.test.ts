/** The MMX and SSE rows as interpreter handlers, run against a flat memory. */
import { lane32 } from '@ringzero/x86';
import { beforeEach, describe, expect, test } from 'vitest';
import { createSseMachine, createSseTable } from './sse-fixture.ts';

const table = createSseTable();
let machine = createSseMachine(table);
beforeEach(() => {
  machine = createSseMachine(table);
});

const isMemoryForm = (form: string): boolean => /_M[a-z]+(_|$)/.test(form);
const isRegisterForm = (form: string): boolean => /_[UN][a-z]+(_|$)/.test(form);

describe('MMX and SSE handlers', () => {
  test('every row becomes a handler that runs', () => {
    for (const form of table.names()) {
      machine.R[lane32('mxcsr')] = 0x1f80;
      machine.bytes.fill(0, 0x1000, 0x1010);
      if (!isMemoryForm(form)) expect(machine.run(form, 1, 2), form).toBe('next');
      if (!isRegisterForm(form)) expect(machine.run(form, 1, 2, 0x1000), form).toBe('next');
    }
  });

  test('a source in memory counts as one in a register does', () => {
    const sources = table.names().filter((form) => /^\w+?_(V|P|Gd)[a-z]*_[WQE][a-z]+(_Ib)?$/.test(form) && !/^(Movss|Movsd)_/.test(form));
    expect(sources.length).toBeGreaterThan(200);
    const bytes = Uint8Array.from({ length: 32 }, (_, i) => (i % 4 === 3 ? 0x3f : i * 37 + 11));
    const outcome = (form: string, address: number): string => {
      machine = createSseMachine(table);
      machine.xmm(0).set(bytes.subarray(0, 16));
      machine.mmx(0).set(bytes.subarray(0, 8));
      for (const to of [machine.xmm(1), machine.bytes.subarray(0x1000, 0x1010)]) to.set(bytes.subarray(16));
      machine.mmx(1).set(bytes.subarray(16, 24));
      machine.R[2] = machine.memory.getInt32(0x1000, true);
      if (machine.run(form, 0, 1, address, 0x1b) !== 'next') throw new Error(`${form} did not complete`);
      return `${machine.xmm(0).join()} ${machine.mmx(0).join()} ${machine.R[0]} ${machine.R[lane32('mxcsr')]}`;
    };
    for (const form of sources) expect(outcome(form, 0x1000), form).toBe(outcome(form, -1));
  });

  test('SSE needs CR4.OSFXSR; CRC32 and the MMX forms of SSSE3 do not', () => {
    machine.R[lane32('cr4')] = 0;
    for (const form of ['Crc32_Gy_Ev', 'Pshufb_Pq_Qq', 'Palignr_Pq_Qq_Ib']) expect(machine.run(form, 1, 2), form).toBe('next');
    for (const form of ['Ptest_Vdq_Wdq', 'Pcmpistri_Vdq_Wdq_Ib', 'Pextrd_Ed_Vdq_Ib', 'Pshufb_Vdq_Wdq', 'Lddqu_Vdq_Mdq']) expect(machine.run(form, 1, 2, 0x1000), form).toBe('refused');
    expect(machine.run('Movaps_Vps_Wps', 1, 2)).toBe('refused');
    expect(machine.run('Paddb_Pq_Qq', 1, 2)).toBe('next');
    for (const form of ['Movq2dq_Vdq_Nq', 'Movdq2q_Pq_Uq']) expect(machine.run(form, 1, 2), form).toBe('refused');
  });

  test('frequent arithmetic is what the exact one gives, also where numbers are not ordinary', () => {
    const MXCSR = lane32('mxcsr');
    const numbers = [0, -0, 1, -3, 0.1, 1e308, -1e308, 2.2250738585072014e-308, 5e-324, 1e-160, Infinity, NaN];
    const doubles = (n: number): Float64Array => new Float64Array(machine.views.buffer, machine.xmm(n).byteOffset, 2);
    // Arithmetic takes the short way only with PE set. Without, it must leave the same bits, and the same flags but for PE.
    const outcome = (form: string, a: number, b: number, mxcsr: number): string => {
      doubles(0).fill(a);
      doubles(1).fill(b);
      machine.R[MXCSR] = mxcsr;
      expect(machine.run(form, 0, 1)).toBe('next');
      return `${machine.xmm(0).join()} ${machine.R[MXCSR]! | 0x20}`;
    };
    for (const form of ['Addsd_Vsd_Wsd', 'Subpd_Vpd_Wpd', 'Mulsd_Vsd_Wsd', 'Divpd_Vpd_Wpd', 'Sqrtsd_Vsd_Wsd']) {
      for (const a of numbers) for (const b of numbers) expect(outcome(form, a, b, 0x1fa0), `${form} ${a} ${b}`).toBe(outcome(form, a, b, 0x1f80));
    }
  });

  test('16-byte operands must be aligned, except those of MOVUPS and its like', () => {
    for (const form of ['Movaps_Vps_Wps', 'Movdqa_Wdq_Vdq', 'Paddb_Vdq_Wdq', 'Movntdq_Mdq_Vdq', 'Movntdqa_Vdq_Mdq', 'Pshufb_Vdq_Wdq', 'Haddps_Vps_Wps', 'Pcmpgtq_Vdq_Wdq']) {
      machine.vp.raised = -1;
      expect(machine.run(form, 1, 2, 0x1008), form).toBe('fault');
      expect(machine.vp.raised).toBe(13);
    }
    machine.bytes.fill(0x5a, 0x1007, 0x1017);
    for (const form of ['Movdqu_Vdq_Wdq', 'Lddqu_Vdq_Mdq']) {
      expect(machine.run(form, 1, 2, 0x1007), form).toBe('next');
      expect([...machine.xmm(1)]).toEqual(new Array(16).fill(0x5a));
    }
    for (const form of ['Pcmpestri_Vdq_Wdq_Ib', 'Pcmpistrm_Vdq_Wdq_Ib', 'Movddup_Vpd_Wsd', 'Pmovsxbw_Vdq_Wq']) expect(machine.run(form, 1, 2, 0x1007), form).toBe('next');
  });

  test('scalar loads clear what lies above, register moves keep it', () => {
    machine.xmm(1).fill(0xff);
    machine.memory.setUint32(0x1000, 0x11223344, true);
    machine.run('Movss_Vss_Wss', 1, 0, 0x1000);
    expect([...machine.xmm(1)]).toEqual([0x44, 0x33, 0x22, 0x11, ...new Array<number>(12).fill(0)]);
    machine.xmm(2).fill(0xee);
    machine.run('Movss_Vss_Wss', 2, 1);
    expect([...machine.xmm(2)]).toEqual([0x44, 0x33, 0x22, 0x11, ...new Array<number>(12).fill(0xee)]);
  });

  test('MMX instructions set TOP and the tags, and mark the register written', () => {
    machine.fpu.fninit();
    machine.R[lane32('fsw')] = 0x3800;
    machine.mmx(3).set([1, 2, 3, 4, 5, 6, 7, 250]);
    machine.mmx(4).fill(10);
    machine.run('Paddusb_Pq_Qq', 3, 4);
    expect([...machine.mmx(3)]).toEqual([11, 12, 13, 14, 15, 16, 17, 255]);
    expect(machine.R[lane32('st', 3) + 2]).toBe(0xffff);
    expect(machine.R[lane32('fsw')]).toBe(0);
    expect(machine.R[lane32('ftw')]).toBe(0);
    machine.run('Emms', 0, 0);
    expect(machine.R[lane32('ftw')]).toBe(0xff);
  });

  test('MASKMOVDQU writes the bytes whose mask is negative', () => {
    machine.xmm(1).set(Array.from({ length: 16 }, (_, i) => i + 1));
    machine.xmm(2).set([0x80, 0, 0x7f, 0xff]);
    machine.R[14] = 0x1800;
    machine.run('Maskmovdqu_Vdq_Udq', 1, 2);
    expect([...machine.bytes.subarray(0x1800, 0x1806)]).toEqual([1, 0, 0, 4, 0, 0]);
  });

  test('an unmasked exception raises #XM, or #UD without CR4.OSXMMEXCPT, and leaves the register alone', () => {
    machine.R[lane32('mxcsr')] = 0x1f80 & ~0x200;
    machine.xmm(1).set([0, 0, 0x80, 0x3f]);
    expect(machine.run('Divss_Vss_Wss', 1, 2)).toBe('fault');
    expect(machine.vp.raised).toBe(19);
    expect(machine.R[lane32('mxcsr')]).toBe(0x1d84);
    expect([...machine.xmm(1).subarray(0, 4)]).toEqual([0, 0, 0x80, 0x3f]);
    machine.R[lane32('cr4')] = 0x200;
    expect(machine.run('Divss_Vss_Wss', 1, 2)).toBe('fault');
    expect(machine.vp.raised).toBe(6);
  });

  test('PMOVMSKB after PCMPEQB finds bytes', () => {
    machine.xmm(1).set([1, 2, 0, 3, 0x80, 0, 0xff, 0x7f, 1, 1, 1, 1, 1, 1, 1, 0]);
    machine.run('Pcmpeqb_Vdq_Wdq', 1, 2);
    machine.run('Pmovmskb_Gd_Udq', 0, 1);
    expect(machine.R[0]).toBe(0x8024);
  });
});
