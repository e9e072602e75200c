/** Features that a bit of CPUID reports (vol. 2A, CPUID, tables 3-8, 3-10 and 3-11), in the manual's names. */
// prettier-ignore
export type CpuidFeature =
  | 'fpu' | 'vme' | 'de' | 'pse' | 'tsc' | 'msr' | 'pae' | 'mce' | 'cx8' | 'apic' | 'sep' | 'mtrr' | 'pge' | 'mca' | 'cmov' | 'pat' | 'pse36' | 'clfsh'
  | 'mmx' | 'fxsr' | 'sse' | 'sse2'
  | 'sse3' | 'monitor' | 'ssse3' | 'cx16' | 'pdcm' | 'sse4.1' | 'sse4.2' | 'x2apic' | 'movbe' | 'popcnt' | 'tscDeadline' | 'xsave'
  | 'arat' | 'smep' | 'smap' | 'umip' | 'prefetchw' | 'syscall' | 'nx' | 'rdtscp' | 'invariantTsc' | 'tscAdjust';

/** Where CPUID reports a feature. */
export interface CpuidBit {
  /** EAX and ECX of the CPUID instruction. */
  readonly leaf: number;
  readonly subleaf: number;
  /** Register of the answer: 0 EAX, 1 EBX, 2 ECX, 3 EDX. */
  readonly register: 0 | 1 | 2 | 3;
  readonly bit: number;
}

/** A CPUID function, as far as this file needs one: leaf and subleaf to EAX, EBX, ECX, EDX. */
export type CpuidAnswers = (leaf: number, subleaf: number) => readonly [number, number, number, number];

const at =
  (leaf: number, register: CpuidBit['register']) =>
  (bit: number): CpuidBit => ({ leaf, subleaf: 0, register, bit });

const edx1 = at(1, 3);
const ecx1 = at(1, 2);
const ebx7 = at(7, 1);
const ecx81 = at(0x8000_0001, 2);
const edx81 = at(0x8000_0001, 3);

/** The one table between features and the bits that report them. */
// prettier-ignore
export const CPUID_BITS: Readonly<Record<CpuidFeature, CpuidBit>> = {
  fpu: edx1(0), vme: edx1(1), de: edx1(2), pse: edx1(3), tsc: edx1(4), msr: edx1(5), pae: edx1(6), mce: edx1(7), cx8: edx1(8), apic: edx1(9),
  sep: edx1(11), mtrr: edx1(12), pge: edx1(13), mca: edx1(14), cmov: edx1(15), pat: edx1(16), pse36: edx1(17), clfsh: edx1(19),
  mmx: edx1(23), fxsr: edx1(24), sse: edx1(25), sse2: edx1(26),
  sse3: ecx1(0), monitor: ecx1(3), ssse3: ecx1(9), cx16: ecx1(13), pdcm: ecx1(15), 'sse4.1': ecx1(19), 'sse4.2': ecx1(20), x2apic: ecx1(21),
  movbe: ecx1(22), popcnt: ecx1(23), tscDeadline: ecx1(24), xsave: ecx1(26),
  arat: at(6, 0)(2), tscAdjust: ebx7(1), smep: ebx7(7), smap: ebx7(20), umip: at(7, 2)(2),
  prefetchw: ecx81(8), syscall: edx81(11), nx: edx81(20), rdtscp: edx81(27), invariantTsc: at(0x8000_0007, 3)(8),
};

/** Every feature with a bit, in the table's order. */
export const CPUID_FEATURES: readonly CpuidFeature[] = Object.keys(CPUID_BITS) as CpuidFeature[];

/** CPUID.1:ECX.OSXSAVE: follows CR4.OSXSAVE, so that it belongs to no model. */
export const CPUID_1_ECX_OSXSAVE: number = 1 << 27;

/** The bits of `features` in one register of an answer, unsigned. */
export function cpuidWord(features: ReadonlySet<CpuidFeature>, leaf: number, register: CpuidBit['register']): number {
  let word = 0;
  for (const feature of features) {
    const place = CPUID_BITS[feature];
    if (place.leaf === leaf && place.register === register) word |= 1 << place.bit;
  }
  return word >>> 0;
}

/** The features that CPUID reports. Leaves above the highest that it names say nothing. */
export function reportedFeatures(cpuid: CpuidAnswers): ReadonlySet<CpuidFeature> {
  const highest = cpuid(0, 0)[0] >>> 0;
  const extended = cpuid(0x8000_0000, 0)[0] >>> 0;
  const features = new Set<CpuidFeature>();
  for (const feature of CPUID_FEATURES) {
    const { leaf, subleaf, register, bit } = CPUID_BITS[feature];
    if (leaf > (leaf >= 0x8000_0000 ? (extended >= 0x8000_0000 ? extended : 0) : highest)) continue;
    if (((cpuid(leaf, subleaf)[register] >>> bit) & 1) !== 0) features.add(feature);
  }
  return features;
}

/** Family of a signature (CPUID.1:EAX), the extended family added where it counts (vol. 2A, CPUID, "INPUT EAX = 01H"). */
export function cpuFamily(signature: number): number {
  const family = (signature >>> 8) & 0xf;
  return family === 0xf ? family + ((signature >>> 20) & 0xff) : family;
}
