import { describe, expect, it } from 'vitest';
import { capabilitiesFromCpuid } from './capabilities.ts';
import { overrideCpuid, type CpuidFunction } from './cpuid.ts';
import { ConfigurationError } from './errors.ts';
import { uniformTopology, validateTopology } from './topology.ts';

const base: CpuidFunction = (leaf, subleaf) => {
  if (leaf === 0) return [0xd, 0x756e6547, 0x6c65746e, 0x49656e69];
  if (leaf === 1) return [0x6f6, 0, 1 << 26, 0];
  if (leaf === 0xd) return subleaf === 0 ? [7, 0, 0, 0] : subleaf === 2 ? [256, 576, 0, 0] : [0, 0, 0, 0];
  if (leaf === 0x80000000) return [0x80000008, 0, 0, 0];
  if (leaf === 0x80000001) return [0, 0, 0, 1 << 27];
  if (leaf === 0x80000008) return [0x3024, 0, 0, 0];
  return [0, 0, 0, 0];
};

describe('capabilities', () => {
  it('follow from CPUID', () => {
    expect(capabilitiesFromCpuid(base, { topology: uniformTopology(1) })).toEqual({
      vendor: 'intel',
      hv1: false,
      xsave: { features: 7n, supervisorFeatures: 0n, components: [{ index: 2, size: 256, offset: 576, aligned: false }] },
      apic: false,
      x2apic: false,
      x2apicEnabled: false,
      resetRdx: 0x6f6n,
      cet: false,
      cetSs: false,
      tscAux: true,
      tscDeadline: false,
      physicalAddressWidth: 36,
      canFreezeTime: true,
      nestedVirt: false,
      highestVtl: 0,
    });
  });

  it('contradictions name both sides', () => {
    expect(() => capabilitiesFromCpuid(base, { topology: uniformTopology(1, 'x2apicEnabled') })).toThrow(/x2apicEnabled.*0x4000000.*absent/);
    const withX2apic = overrideCpuid(base, [{ function: 1, result: [0, 0, 1 << 21, 0], mask: [0, 0, 1 << 21, 0] }]);
    expect(capabilitiesFromCpuid(withX2apic, { topology: uniformTopology(1, 'x2apicEnabled') }).x2apicEnabled).toBe(true);
    expect(() => capabilitiesFromCpuid(withX2apic, { topology: uniformTopology(1) })).toThrow(ConfigurationError);
    const shallow = overrideCpuid(base, [{ function: 0, result: [4, 0, 0, 0], mask: [-1, 0, 0, 0] }]);
    expect(() => capabilitiesFromCpuid(shallow, { topology: uniformTopology(1) })).toThrow('highest leaf is 0x4');
  });

  it('overrides CPUID in order, under the mask, by subleaf', () => {
    const cpuid = overrideCpuid(base, [
      { function: 1, result: [0xff, 0xff, 0, 0], mask: [0xf, 0xff, 0, 0] },
      { function: 1, result: [0, 1, 0, 0], mask: [0, 1, 0, 0] },
      { function: 1, result: [0, 2, 0, 0], mask: [0, 2, 0, 0], index: 9 },
      { function: 1, result: [0, 0, 0, -1], mask: [0, 0, 0, -1] },
    ]);
    expect(cpuid(1, 0)).toEqual([0x6ff, 0xff, 1 << 26, 0xffffffff]);
    expect(cpuid(0, 0)).toEqual(base(0, 0));
  });
});

describe('topology', () => {
  it('accepts a uniform one and refuses gaps, duplicates and a second BSP', () => {
    expect(uniformTopology(2).vps[1]).toEqual({ vpIndex: 1, apicId: 1, isBsp: false });
    const vp = (vpIndex: number, apicId: number, isBsp = vpIndex === 0) => ({ vpIndex, apicId, isBsp });
    const check = (...vps: ReturnType<typeof vp>[]) => () => validateTopology({ vps, apicMode: 'xapic' });
    expect(check()).toThrow('at least one');
    expect(check(vp(0, 0), vp(2, 1))).toThrow('index 2, expected 1');
    expect(check(vp(0, 4), vp(1, 4))).toThrow('0x4 is taken');
    expect(check(vp(0, 0xff))).toThrow('0xff');
    expect(check(vp(0, 0), vp(1, 1, true))).toThrow('bootstrap');
  });
});
