import type { CpuidFeature } from '../definitions/cpuid.ts';
import type { CacheParameters, CpuModel } from './cpu-model.ts';

/*
 * The named models. Values are those that the real processors report, as far as there is something behind them: no thermal
 * monitoring, no ACPI clock control, no debug store, no virtualization, no 64-bit mode. One logical processor per package.
 */

// prettier-ignore
const PENTIUM: readonly CpuidFeature[] = ['fpu', 'vme', 'de', 'pse', 'tsc', 'msr', 'mce', 'cx8', 'apic'];
// prettier-ignore
const PENTIUM3: readonly CpuidFeature[] = [...PENTIUM, 'pae', 'sep', 'mtrr', 'pge', 'mca', 'cmov', 'pat', 'pse36', 'mmx', 'fxsr', 'sse'];
const CORE2: readonly CpuidFeature[] = [...PENTIUM3, 'clfsh', 'sse2', 'sse3', 'monitor', 'ssse3', 'nx'];
/** IA32_TSC_ADJUST came later (Haswell). With it and an invariant TSC, Linux checks the TSC against nothing that a busy host makes late. */
const NEHALEM: readonly CpuidFeature[] = [...CORE2, 'sse4.1', 'sse4.2', 'popcnt', 'rdtscp', 'invariantTsc', 'tscAdjust'];
const MAX: readonly CpuidFeature[] = [...NEHALEM, 'x2apic', 'movbe', 'tscDeadline', 'xsave', 'arat', 'smep', 'smap', 'umip', 'prefetchw', 'syscall'];

const L1_INSTRUCTION: CacheParameters = { type: 'instruction', level: 1, ways: 8, sets: 64 };
const L1_DATA: CacheParameters = { type: 'data', level: 1, ways: 8, sets: 64 };
/** Leaf 0Ah: two counters of 40 bits, four of 48 bits; three fixed ones. Of the architectural events only cycles and instructions are counted. */
const NO_COUNTERS = [0, 0, 0] as const;
const CORE2_COUNTERS = [0x0728_0202, 0x7c, 0x0503] as const;
const NEHALEM_COUNTERS = [0x0730_0403, 0x7c, 0x0603] as const;
const NO_DESCRIPTORS = [0, 0, 0, 0] as const;
const INTEL = 'GenuineIntel';

const MODELS: readonly CpuModel[] = [
  {
    name: '486',
    description: 'Intel486 DX4 with CPUID: x87 and virtual-8086 extensions; no local APIC',
    vendor: INTEL,
    signature: 0x480,
    brandIndex: 0,
    highestLeaf: 1,
    highestExtendedLeaf: 0,
    brand: '',
    physicalAddressBits: 32,
    cacheDescriptors: NO_DESCRIPTORS,
    caches: [],
    l2: 0,
    performanceMonitoring: NO_COUNTERS,
    features: ['fpu', 'vme'],
  },
  {
    name: 'pentium',
    description: 'Pentium (P54C): TSC, MSRs, CMPXCHG8B, 4 MB pages, local APIC',
    vendor: INTEL,
    signature: 0x52c,
    brandIndex: 0,
    highestLeaf: 1,
    highestExtendedLeaf: 0,
    brand: '',
    physicalAddressBits: 32,
    cacheDescriptors: NO_DESCRIPTORS,
    caches: [],
    l2: 0,
    performanceMonitoring: NO_COUNTERS,
    features: PENTIUM,
  },
  {
    name: 'pentium3',
    description: 'Pentium III (Coppermine): CMOV, SYSENTER, PAE, MMX, SSE',
    vendor: INTEL,
    signature: 0x68a,
    brandIndex: 2,
    highestLeaf: 2,
    highestExtendedLeaf: 0,
    brand: '',
    physicalAddressBits: 36,
    cacheDescriptors: [0x0302_0101, 0, 0, 0x0c04_0882],
    caches: [],
    l2: 0,
    performanceMonitoring: NO_COUNTERS,
    features: PENTIUM3,
  },
  {
    name: 'core2',
    description: 'Core 2 (65 nm): SSE2, SSE3, SSSE3, execute disable',
    vendor: INTEL,
    signature: 0x06fb,
    brandIndex: 0,
    highestLeaf: 0x0a,
    highestExtendedLeaf: 0x8000_0008,
    brand: 'Ringzero Virtual CPU (Core 2)',
    physicalAddressBits: 36,
    cacheDescriptors: [0x05b0_b101, 0x0056_57f0, 0, 0x2cb4_3049],
    caches: [L1_DATA, L1_INSTRUCTION, { type: 'unified', level: 2, ways: 16, sets: 4096 }],
    l2: 0x1000_8040,
    performanceMonitoring: CORE2_COUNTERS,
    features: CORE2,
  },
  {
    name: 'nehalem',
    description: 'Core i7 (Nehalem): SSE4.1, SSE4.2, POPCNT, RDTSCP, invariant TSC; and IA32_TSC_ADJUST',
    vendor: INTEL,
    signature: 0x1_06a5,
    brandIndex: 0,
    highestLeaf: 0x0b,
    highestExtendedLeaf: 0x8000_0008,
    brand: 'Ringzero Virtual CPU (Nehalem)',
    physicalAddressBits: 36,
    cacheDescriptors: [0x5503_5a01, 0x00f0_b2e4, 0, 0x09ca_212c],
    caches: [
      L1_DATA,
      { ...L1_INSTRUCTION, ways: 4, sets: 128 },
      { type: 'unified', level: 2, ways: 8, sets: 512 },
      { type: 'unified', level: 3, ways: 16, sets: 8192, inclusive: true },
    ],
    l2: 0x0100_6040,
    performanceMonitoring: NEHALEM_COUNTERS,
    features: NEHALEM,
  },
  {
    name: 'max',
    description: 'everything that the engines execute: MOVBE, XSAVE, UMIP and more',
    vendor: INTEL,
    signature: 0x3_06a9,
    brandIndex: 0,
    highestLeaf: 0x16,
    highestExtendedLeaf: 0x8000_0008,
    brand: 'Ringzero Virtual CPU (max)',
    physicalAddressBits: 36,
    cacheDescriptors: [0x7603_5a01, 0x00f0_b2ff, 0, 0x00ca_0000],
    caches: [
      L1_DATA,
      L1_INSTRUCTION,
      { type: 'unified', level: 2, ways: 8, sets: 512 },
      { type: 'unified', level: 3, ways: 16, sets: 8192, inclusive: true },
    ],
    l2: 0x0100_6040,
    performanceMonitoring: NEHALEM_COUNTERS,
    features: MAX,
  },
];

/** Every model, oldest first. */
export const CPU_MODELS: readonly CpuModel[] = MODELS;
/** The model that a processor is when none is asked for. */
export const DEFAULT_CPU_MODEL = 'nehalem';
/** The model that has every feature. */
export const MAX_CPU_MODEL = 'max';

/** The model of a name, undefined where there is none. */
export function cpuModel(name: string): CpuModel | undefined {
  return CPU_MODELS.find((model) => model.name === name);
}
