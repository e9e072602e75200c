import { CPU_MODELS, CPUID_BITS, CPUID_FEATURES, cpuModel, FORM_IDS, FORMS, featuresOfCpuid, hasForm, reportedFeatures, type CpuModel, type Feature } from '@ringzero/x86';
import { describe, expect, test } from 'vitest';
import { createCpuid } from './cpuid.ts';

function model(name: string): CpuModel {
  const found = cpuModel(name);
  if (found === undefined) throw new Error(`no model ${name}`);
  return found;
}

/** Names of forms, of those given, that a model has. */
function forms(features: ReadonlySet<Feature>, names: string): string {
  return names
    .split(' ')
    .filter((name) => hasForm(FORMS[FORM_IDS[name]!]!, features))
    .join(' ');
}

describe('CPUID of the models', () => {
  test.each(CPU_MODELS)('$name: reports its features and nothing else, in every bit', (each) => {
    const cpuid = createCpuid(each, { apicId: 3 });
    expect([...reportedFeatures(cpuid)].sort()).toEqual([...each.features].sort());
    // Every bit of a feature word belongs to a feature.
    for (const [leaf, register] of [[1, 2], [1, 3], [7, 1], [7, 2], [7, 3], [0x8000_0001, 2], [0x8000_0001, 3], [0x8000_0007, 3]] as const) {
      if (leaf > (leaf >= 0x8000_0000 ? each.highestExtendedLeaf : each.highestLeaf)) continue;
      const known = CPUID_FEATURES.map((feature) => CPUID_BITS[feature]).filter((bit) => bit.leaf === leaf && bit.register === register);
      const mask = known.reduce((bits, { bit }) => bits | (1 << bit), 0);
      expect(cpuid(leaf, 0)[register] & ~mask, `leaf 0x${leaf.toString(16)}`).toBe(0);
    }
    expect(cpuid(0, 0)).toEqual([each.highestLeaf, 0x756e_6547, 0x6c65_746e, 0x4965_6e69]);
    expect(cpuid(1, 0)[0]).toBe(each.signature);
  });

  test.each(CPU_MODELS)('$name: every answer is unsigned, and leaves out of range give the highest basic one', (each) => {
    const cpuid = createCpuid(each, { apicId: 0xfe });
    for (let leaf = 0; leaf <= each.highestLeaf; leaf++) {
      for (let subleaf = 0; subleaf < 5; subleaf++) for (const word of cpuid(leaf, subleaf)) expect(word).toBe(word >>> 0);
    }
    for (const leaf of [each.highestLeaf + 1, 0x4000_0000, 0x8000_0009]) expect(cpuid(leaf, 0)).toEqual(cpuid(each.highestLeaf, 0));
  });

  test.each(CPU_MODELS)('$name: the caches of leaf 4 are whole powers of two, and the L2 is that of leaf 80000006H', (each) => {
    const cpuid = createCpuid(each, { apicId: 0 });
    const sizes = each.caches.map((_cache, index) => {
      const [type, shape, sets] = cpuid(4, index);
      expect(type & 31).toBeGreaterThan(0);
      return (((shape >>> 22) + 1) * ((shape & 0xfff) + 1) * (sets + 1)) / 1024;
    });
    if (each.highestLeaf >= 4) expect(cpuid(4, each.caches.length)).toEqual([0, 0, 0, 0]);
    expect(sizes).toEqual({ core2: [32, 32, 4096], nehalem: [32, 32, 256, 8192], max: [32, 32, 256, 8192] }[each.name] ?? []);
    expect(each.l2 >>> 16).toBe(sizes[2] ?? 0);
  });

  test('known answers', () => {
    expect(createCpuid(model('486'), { apicId: 0 })(1, 0)).toEqual([0x480, 0, 0, 0x0000_0003]);
    expect(createCpuid(model('pentium'), { apicId: 1 })(1, 0)).toEqual([0x52c, 0x0100_0000, 0, 0x0000_03bf]);
    expect(createCpuid(model('pentium3'), { apicId: 0 })(1, 0)).toEqual([0x68a, 2, 0, 0x0383_fbff]);
    expect(createCpuid(model('core2'), { apicId: 2 })(1, 0)[1]).toBe(0x0201_0800);
    expect(createCpuid(model('nehalem'), { apicId: 5 })(0x0b, 1)).toEqual([0, 1, 0x201, 5]);
  });

  test('the frequencies of leaves 15h and 16h: the TSC as a multiple of the crystal, where it is one', () => {
    const [tenfold, none] = [1_000_000_000, 1_234_567_890].map((tscFrequency) => createCpuid(model('max'), { apicId: 0, tscFrequency }));
    expect([tenfold!(0x15, 0), tenfold!(0x16, 0)]).toEqual([[1, 10, 100_000_000, 0], [1000, 1000, 100, 0]]);
    expect([none!(0x15, 0), none!(0x16, 0)]).toEqual([[0, 0, 0, 0], [1235, 1235, 100, 0]]);
  });

  test('features that a machine withholds and leaves laid over the model decide together', () => {
    const clear = { function: 1, result: [0, 0, 0, 0], mask: [0, 0, 0, 1 << CPUID_BITS.cmov.bit] } as const;
    const cpuid = createCpuid(model('core2'), { apicId: 0, without: ['nx'], leaves: [clear] });
    const features = featuresOfCpuid(cpuid);
    expect([features.has('nx'), features.has('cmov'), features.has('sse2')]).toEqual([false, false, true]);
  });
});

describe('the instruction set that follows', () => {
  const names = 'Rdtsc Cmpxchg8b_Mq Rdpmc Cmovz_Gv_Ev Fcomi_ST0_STi Nop_Ev Sysenter Paddb_Pq_Qq Addps_Vps_Wps Hint_Ev Addpd_Vpd_Wpd Fisttp_Md Pshufb_Pq_Qq Pmulld_Vdq_Wdq Pcmpgtq_Vdq_Wdq Popcnt_Gv_Ev Rdtscp Movbe_Gv_Mv Syscall Add_Ev_Gv Cpuid Fadd_Md';
  const always = 'Add_Ev_Gv Cpuid Fadd_Md';

  test.each([
    ['486', always],
    ['pentium', `Rdtsc Cmpxchg8b_Mq ${always}`],
    ['pentium3', `Rdtsc Cmpxchg8b_Mq Rdpmc Cmovz_Gv_Ev Fcomi_ST0_STi Nop_Ev Sysenter Paddb_Pq_Qq Addps_Vps_Wps ${always}`],
    ['core2', `Rdtsc Cmpxchg8b_Mq Rdpmc Cmovz_Gv_Ev Fcomi_ST0_STi Nop_Ev Sysenter Paddb_Pq_Qq Addps_Vps_Wps Hint_Ev Addpd_Vpd_Wpd Fisttp_Md Pshufb_Pq_Qq ${always}`],
    ['nehalem', `Rdtsc Cmpxchg8b_Mq Rdpmc Cmovz_Gv_Ev Fcomi_ST0_STi Nop_Ev Sysenter Paddb_Pq_Qq Addps_Vps_Wps Hint_Ev Addpd_Vpd_Wpd Fisttp_Md Pshufb_Pq_Qq Pmulld_Vdq_Wdq Pcmpgtq_Vdq_Wdq Popcnt_Gv_Ev Rdtscp ${always}`],
  ])('%s', (name, expected) => {
    expect(forms(featuresOfCpuid(createCpuid(model(name), { apicId: 0 })), names)).toBe(expected);
  });

  test('x87 instructions of a later age need the x87 as well', () => {
    const features = new Set(featuresOfCpuid(createCpuid(model('core2'), { apicId: 0 })));
    features.delete('fpu');
    expect(forms(features, 'Fcomi_ST0_STi Fcmovb_ST0_STi Fadd_Md Cmovz_Gv_Ev')).toBe('Cmovz_Gv_Ev');
  });
});
