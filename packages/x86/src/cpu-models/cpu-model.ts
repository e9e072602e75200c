import type { CpuidFeature } from '../definitions/cpuid.ts';

/** A cache as CPUID leaf 4 describes it. */
export interface CacheParameters {
  readonly type: 'data' | 'instruction' | 'unified';
  readonly level: 1 | 2 | 3;
  readonly ways: number;
  readonly sets: number;
  /** The level above is not part of this one. */
  readonly inclusive?: boolean;
}

/** A processor model: everything that CPUID says of it. What the processor can do follows from CPUID. */
export interface CpuModel {
  readonly name: string;
  /** One line for lists. */
  readonly description: string;
  /** Twelve characters. */
  readonly vendor: string;
  /** CPUID.1:EAX: family, model, stepping. Also in EDX after reset. */
  readonly signature: number;
  /** CPUID.1:EBX[7:0]. */
  readonly brandIndex: number;
  /** Highest basic leaf. */
  readonly highestLeaf: number;
  /** Highest extended leaf, 0 without extended leaves. */
  readonly highestExtendedLeaf: number;
  /** CPUID.80000002H to 80000004H: at most 47 characters. */
  readonly brand: string;
  readonly physicalAddressBits: number;
  /** Leaf 2: cache and TLB descriptors. */
  readonly cacheDescriptors: readonly [number, number, number, number];
  /** Leaf 4. */
  readonly caches: readonly CacheParameters[];
  /** CPUID.80000006H:ECX: the L2 cache. */
  readonly l2: number;
  /** EAX, EBX and EDX of leaf 0Ah: architectural performance monitoring. */
  readonly performanceMonitoring: readonly [number, number, number];
  readonly features: readonly CpuidFeature[];
}

/** Bytes of a cache line, and of what CLFLUSH flushes. */
export const CACHE_LINE_BYTES = 64;
