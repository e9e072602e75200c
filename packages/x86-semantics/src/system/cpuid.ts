import { type CpuidFunction, type CpuidLeaf, type CpuidResult, overrideCpuid } from '@ringzero/processor';
import { CACHE_LINE_BYTES, CPUID_1_ECX_OSXSAVE, CPUID_BITS, cpuidWord, CR4_OSXSAVE, lane32, MISC_ENABLE_MONITOR, type CacheParameters, type CpuidFeature, type CpuModel } from '@ringzero/x86';
import type { Operation } from '../vp/operation.ts';
import { STATUS_OK } from '../vp/status.ts';
import type { Vp } from '../vp/vp.ts';
import { CR4, EAX, EBX, ECX, EDX } from '../vp/lanes.ts';
import { hidesExecuteDisable, limitsCpuid } from './msr/features.ts';
import { unitsOf } from './units.ts';

const APIC_BASE = lane32('apicBase');
const MISC_ENABLE = lane32('miscEnable');
const APIC_BASE_ENABLE = 1 << 11;
const APIC_BIT = 1 << CPUID_BITS.apic.bit;
const NX_BIT = 1 << CPUID_BITS.nx.bit;
const EXTENDED_FEATURES = 0x8000_0001 | 0;
/** Highest basic leaf while IA32_MISC_ENABLE limits CPUID. */
const LIMITED_LEAF = 3;
const LINEAR_ADDRESS_BITS = 32;
const CACHE_TYPES = { data: 1, instruction: 2, unified: 3 } as const;
const CACHE_SELF_INITIALIZING = 1 << 8;
const CACHE_INCLUSIVE = 2;
/** Leaf 5: extensions are enumerated, interrupts break even when masked; one C1 substate. */
const MONITOR_EXTENSIONS = 3;
const MONITOR_SUBSTATES = 0x20;
/** Levels of leaf 0Bh (ECX[15:8]): logical processors of a core, cores of a package. */
const LEVEL_SMT = 1;
const LEVEL_CORE = 2;
/** Bytes of an XSAVE area with x87 and SSE: legacy region and header. */
const XSAVE_BYTES = 576;
const XSAVE_FEATURES = 3;
/** Hz of the core crystal clock, which is the local APIC timer's input (vol. 3A §10.5.4). */
const CRYSTAL = 100_000_000;
const MEGAHERTZ = 1_000_000;

const NOTHING: CpuidResult = [0, 0, 0, 0];

function text(value: string, offset: number): number {
  let word = 0;
  for (let i = 0; i < 4; i++) word |= (value.charCodeAt(offset + i) || 0) << (8 * i);
  return word >>> 0;
}

/** Deterministic cache parameters (leaf 4): no cache is shared, one partition, a package of one core. */
function cache({ type, level, ways, sets, inclusive = false }: CacheParameters): CpuidResult {
  const shape = ((ways - 1) * 2 ** 22 + (CACHE_LINE_BYTES - 1)) >>> 0;
  return [CACHE_TYPES[type] | (level << 5) | CACHE_SELF_INITIALIZING, shape, sets - 1, inclusive ? CACHE_INCLUSIVE : 0];
}

/** What a model answers to a leaf that it has. */
function answer(model: CpuModel, features: ReadonlySet<CpuidFeature>, { apicId, tscFrequency = 0 }: CpuidOptions, leaf: number, subleaf: number): CpuidResult {
  const { vendor, brand, caches } = model;
  switch (leaf) {
    case 0:
      return [model.highestLeaf, text(vendor, 0), text(vendor, 8), text(vendor, 4)];
    case 1: {
      const lines = features.has('clfsh') ? ((CACHE_LINE_BYTES / 8) << 8) | (1 << 16) : 0;
      const id = features.has('apic') ? apicId << 24 : 0;
      return [model.signature, (model.brandIndex | lines | id) >>> 0, cpuidWord(features, 1, 2), cpuidWord(features, 1, 3)];
    }
    case 2:
      return model.cacheDescriptors;
    case 4: {
      const parameters = caches[subleaf];
      return parameters === undefined ? NOTHING : cache(parameters);
    }
    case 5:
      return features.has('monitor') ? [CACHE_LINE_BYTES, CACHE_LINE_BYTES, MONITOR_EXTENSIONS, MONITOR_SUBSTATES] : NOTHING;
    case 6:
      return [cpuidWord(features, 6, 0), 0, 0, 0];
    case 7:
      return subleaf === 0 ? [0, cpuidWord(features, 7, 1), cpuidWord(features, 7, 2), cpuidWord(features, 7, 3)] : NOTHING;
    case 0x0a:
      return [model.performanceMonitoring[0], model.performanceMonitoring[1], 0, model.performanceMonitoring[2]];
    case 0x0b:
      return topology(apicId, subleaf);
    case 0x0d:
      return subleaf === 0 && features.has('xsave') ? [XSAVE_FEATURES, XSAVE_BYTES, XSAVE_BYTES, 0] : NOTHING;
    case 0x15:
      return tscFrequency % CRYSTAL === 0 ? [1, tscFrequency / CRYSTAL, CRYSTAL, 0] : NOTHING;
    case 0x16: {
      const megahertz = Math.round(tscFrequency / MEGAHERTZ);
      return [megahertz, megahertz, CRYSTAL / MEGAHERTZ, 0];
    }
    case 0x8000_0000:
      return [model.highestExtendedLeaf, 0, 0, 0];
    case 0x8000_0001:
      return [0, 0, cpuidWord(features, leaf, 2), cpuidWord(features, leaf, 3)];
    case 0x8000_0002:
    case 0x8000_0003:
    case 0x8000_0004: {
      const at = 16 * ((leaf & 7) - 2);
      return [text(brand, at), text(brand, at + 4), text(brand, at + 8), text(brand, at + 12)];
    }
    case 0x8000_0006:
      return [0, 0, model.l2, 0];
    case 0x8000_0007:
      return [0, 0, 0, cpuidWord(features, leaf, 3)];
    case 0x8000_0008:
      return [model.physicalAddressBits | (LINEAR_ADDRESS_BITS << 8), 0, 0, 0];
    default:
      return NOTHING;
  }
}

/** Extended topology (leaf 0Bh): every processor is a package of its own, so that the whole APIC ID names the package. */
function topology(apicId: number, subleaf: number): CpuidResult {
  if (subleaf === 0) return [0, 1, LEVEL_SMT << 8, apicId];
  if (subleaf === 1) return [0, 1, (LEVEL_CORE << 8) | 1, apicId];
  return [0, 0, subleaf & 0xff, apicId];
}

/** Who a processor is, and what is left out of its model. */
export interface CpuidOptions {
  readonly apicId: number;
  /** Hz of the time-stamp counter, for the leaves that tell it. */
  readonly tscFrequency?: number;
  /** Features that the machine withholds from the model. */
  readonly without?: readonly CpuidFeature[];
  /** Leaves laid over the model's. */
  readonly leaves?: readonly CpuidLeaf[];
}

/**
 * What CPUID tells of a processor of this model (vol. 2A, CPUID). Above the highest leaf, basic or extended, the highest basic leaf
 * answers. No hypervisor leaves.
 */
export function createCpuid(model: CpuModel, options: CpuidOptions): CpuidFunction {
  const { without = [], leaves = [] } = options;
  const features = new Set(model.features.filter((feature) => !without.includes(feature)));
  const has = (leaf: number): boolean => leaf <= model.highestLeaf || (leaf >= 0x8000_0000 && leaf <= model.highestExtendedLeaf);
  return overrideCpuid((leaf, subleaf) => answer(model, features, options, has(leaf >>> 0) ? leaf >>> 0 : model.highestLeaf, subleaf), leaves);
}

/** ECX of leaf 1: the OSXSAVE bit follows CR4, the MONITOR bit IA32_MISC_ENABLE. */
function currentFeatures(vp: Vp, bits: number): number {
  const enabled = (vp.R[MISC_ENABLE] & MISC_ENABLE_MONITOR) !== 0 ? bits : bits & ~(1 << CPUID_BITS.monitor.bit);
  return (vp.R[CR4] & CR4_OSXSAVE) !== 0 ? enabled | CPUID_1_ECX_OSXSAVE : enabled;
}

/** IA32_MISC_ENABLE may limit the basic leaves: those above answer as the highest does. */
function askedLeaf(vp: Vp, leaf: number): number {
  return leaf > LIMITED_LEAF && limitsCpuid(vp) ? LIMITED_LEAF : leaf >>> 0;
}

/** CPUID. The APIC bit follows IA32_APIC_BASE, the execute-disable bit IA32_MISC_ENABLE. */
export function identify(vp: Vp, _op: Operation): number {
  const R = vp.R;
  const leaf = R[EAX];
  const [a, b, c, d] = unitsOf(vp).cpuid(askedLeaf(vp, leaf), R[ECX] >>> 0);
  R[EAX] = leaf === 0 && limitsCpuid(vp) ? Math.min(a, LIMITED_LEAF) : a;
  R[EBX] = b;
  R[ECX] = leaf === 1 ? currentFeatures(vp, c) : c;
  R[EDX] = leaf === 1 && (R[APIC_BASE] & APIC_BASE_ENABLE) === 0 ? d & ~APIC_BIT : leaf === EXTENDED_FEATURES && hidesExecuteDisable(vp) ? d & ~NX_BIT : d;
  return STATUS_OK;
}
