/** Result of CPUID: EAX, EBX, ECX, EDX, unsigned. */
export type CpuidResult = readonly [eax: number, ebx: number, ecx: number, edx: number];

/**
 * A change to what the guest sees of CPUID. Bits that are 1 in `mask` come from `result`, the others stay as they were.
 */
export interface CpuidLeaf {
  /** Leaf, as in EAX. */
  readonly function: number;
  /** Subleaf, as in ECX. Absent: every subleaf. */
  readonly index?: number;
  readonly result: CpuidResult;
  readonly mask: CpuidResult;
}

/**
 * What CPUID answers: a pure function, so that capabilities can be derived from it before a processor exists. Leaves that
 * change with processor state (leaf 1 OSXSAVE, leaf 0Dh sizes) are completed by the backend when the guest executes CPUID.
 */
export type CpuidFunction = (leaf: number, subleaf: number) => CpuidResult;

/** `cpuid` with `leaves` laid over it in order: a later entry overrides an earlier one under its mask. */
export function overrideCpuid(cpuid: CpuidFunction, leaves: readonly CpuidLeaf[]): CpuidFunction {
  if (leaves.length === 0) return cpuid;
  return (leaf, subleaf) => {
    const result: [number, number, number, number] = [...cpuid(leaf, subleaf)];
    for (const entry of leaves) {
      if (entry.function >>> 0 !== leaf >>> 0 || (entry.index !== undefined && entry.index !== subleaf)) continue;
      for (let i = 0; i < 4; i++) {
        const mask = entry.mask[i] ?? 0;
        result[i] = (((result[i] ?? 0) & ~mask) | ((entry.result[i] ?? 0) & mask)) >>> 0;
      }
    }
    return result;
  };
}
