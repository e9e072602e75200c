import type { CpuidFunction } from './cpuid.ts';
import { ConfigurationError } from './errors.ts';
import type { ProcessorTopology } from './topology.ts';

/** Whose processor CPUID says this is. */
export type CpuVendor = 'intel' | 'amd' | 'other';

/** What XSAVE can save (SDM vol. 1 §13.1). */
export interface XsaveCapabilities {
  /** Bits that XCR0 may hold; 0 without XSAVE. */
  readonly features: bigint;
  /** Bits that IA32_XSS may hold. */
  readonly supervisorFeatures: bigint;
  /** Size in bytes of each component from number 2 upwards, and whether it is aligned to 64 bytes in the compact form. */
  readonly components: readonly XsaveComponent[];
}

/** One extended component of the XSAVE area (CPUID leaf 0Dh, subleaf ≥ 2). */
export interface XsaveComponent {
  /** Its bit in XCR0 or XSS. */
  readonly index: number;
  readonly size: number;
  /** Offset in the standard form. */
  readonly offset: number;
  /** Whether the compact form aligns it to 64 bytes. */
  readonly aligned: boolean;
}

/**
 * What a partition's processors can do, as far as their saved state depends on it: which elements exist, how large they
 * are, and which of them mean the same when read twice. A state restores on any partition with equal capabilities,
 * whatever backend it is of.
 */
export interface PartitionCapabilities {
  readonly vendor: CpuVendor;
  /** Whether the Hyper-V hypercall interface is offered. */
  readonly hv1: boolean;
  readonly xsave: XsaveCapabilities;
  /** Whether there are local APICs. Without them the 8259's interrupts go straight to the only processor. */
  readonly apic: boolean;
  /** Whether the guest may use x2APIC. */
  readonly x2apic: boolean;
  /** Whether x2APIC is on at reset. */
  readonly x2apicEnabled: boolean;
  /** RDX at reset: CPUID leaf 1, EAX. */
  readonly resetRdx: bigint;
  /** Control-flow enforcement: indirect branch tracking or shadow stacks. */
  readonly cet: boolean;
  /** Shadow stacks. */
  readonly cetSs: boolean;
  /** IA32_TSC_AUX exists (RDTSCP or RDPID). */
  readonly tscAux: boolean;
  /** IA32_TSC_DEADLINE exists. */
  readonly tscDeadline: boolean;
  /** Bits of a physical address (MAXPHYADDR). */
  readonly physicalAddressWidth: number;
  /** Whether time stands still while the processors are stopped, so that TSC and APIC are comparable. True for software backends. */
  readonly canFreezeTime: boolean;
  /** Whether the guest may run guests of its own. */
  readonly nestedVirt: boolean;
  /** Highest VTL of the partition. */
  readonly highestVtl: 0 | 1 | 2;
}

/** What the builder needs to know besides CPUID. */
export interface CapabilitiesOptions {
  readonly topology: ProcessorTopology;
  readonly hv1?: boolean;
  readonly canFreezeTime?: boolean;
  readonly nestedVirt?: boolean;
  readonly highestVtl?: 0 | 1 | 2;
}

/** CPUID.1:EDX: the local APIC. */
const APIC: number = 1 << 9;
/** CPUID.1:EDX: PAE and PSE-36. */
const PAE_OR_PSE36: number = (1 << 6) | (1 << 17);

const VENDORS: Readonly<Record<string, CpuVendor>> = { GenuineIntel: 'intel', AuthenticAMD: 'amd', HygonGenuine: 'amd' };

function vendorText(ebx: number, edx: number, ecx: number): string {
  let text = '';
  for (const word of [ebx, edx, ecx]) for (let shift = 0; shift < 32; shift += 8) text += String.fromCharCode((word >>> shift) & 0xff);
  return text;
}

/**
 * The capabilities that CPUID and the topology imply. `cpuid` is what the guest will see, overrides included. Sources:
 * leaf 0 (vendor), leaf 1 (signature, APIC, x2APIC, TSC-deadline, XSAVE), leaf 7 (CET), leaf 0Dh (XSAVE components), leaf 80000001h (RDTSCP)
 * and leaf 80000008h (address width; without it 36 bits with PAE or PSE-36, else 32). Throws {@link ConfigurationError}, naming both values, when they
 * contradict each other.
 */
export function capabilitiesFromCpuid(cpuid: CpuidFunction, options: CapabilitiesOptions): PartitionCapabilities {
  const [maxLeaf, vendorB, vendorC, vendorD] = cpuid(0, 0);
  const [signature, , ecx1, edx1] = cpuid(1, 0);
  const [, , ecx7, edx7] = maxLeaf >= 7 ? cpuid(7, 0) : ([0, 0, 0, 0] as const);
  const maxExtended = cpuid(0x80000000, 0)[0];
  const edxExtended = maxExtended >= 0x80000001 ? cpuid(0x80000001, 0)[3] : 0;
  const x2apic = (ecx1 & (1 << 21)) !== 0;
  const { apicMode } = options.topology;
  if (x2apic !== (apicMode !== 'xapic')) {
    throw new ConfigurationError(
      `APIC mode: the topology says ${apicMode}, CPUID leaf 1 ECX 0x${(ecx1 >>> 0).toString(16)} says that x2APIC is ${x2apic ? 'present' : 'absent'}`,
    );
  }
  const cetSs = (ecx7 & (1 << 7)) !== 0;
  return {
    vendor: VENDORS[vendorText(vendorB, vendorD, vendorC)] ?? 'other',
    hv1: options.hv1 ?? false,
    xsave: xsaveCapabilities(cpuid, maxLeaf, (ecx1 & (1 << 26)) !== 0),
    apic: (edx1 & APIC) !== 0,
    x2apic,
    x2apicEnabled: apicMode === 'x2apicEnabled',
    resetRdx: BigInt(signature >>> 0),
    cet: cetSs || (edx7 & (1 << 20)) !== 0,
    cetSs,
    tscAux: (edxExtended & (1 << 27)) !== 0 || (ecx7 & (1 << 22)) !== 0,
    tscDeadline: (ecx1 & (1 << 24)) !== 0,
    physicalAddressWidth: maxExtended >= 0x80000008 ? cpuid(0x80000008, 0)[0] & 0xff : (edx1 & PAE_OR_PSE36) !== 0 ? 36 : 32,
    canFreezeTime: options.canFreezeTime ?? true,
    nestedVirt: options.nestedVirt ?? false,
    highestVtl: options.highestVtl ?? 0,
  };
}

function xsaveCapabilities(cpuid: CpuidFunction, maxLeaf: number, hasXsave: boolean): XsaveCapabilities {
  if (!hasXsave) return { features: 0n, supervisorFeatures: 0n, components: [] };
  if (maxLeaf < 0xd) {
    throw new ConfigurationError(`XSAVE: CPUID leaf 1 offers it, but the highest leaf is 0x${maxLeaf.toString(16)}, expected 0xd or more`);
  }
  const [userLow, , , userHigh] = cpuid(0xd, 0);
  const [, , supervisorLow, supervisorHigh] = cpuid(0xd, 1);
  const features = BigInt(userLow >>> 0) | (BigInt(userHigh >>> 0) << 32n);
  if ((features & 3n) !== 3n) throw new ConfigurationError(`XSAVE: CPUID leaf 0xd gives features 0x${features.toString(16)}, expected bits 0 and 1`);
  const supervisorFeatures = BigInt(supervisorLow >>> 0) | (BigInt(supervisorHigh >>> 0) << 32n);
  const components: XsaveComponent[] = [];
  for (let index = 2; index < 63; index++) {
    if ((((features | supervisorFeatures) >> BigInt(index)) & 1n) === 0n) continue;
    const [size, offset, flags] = cpuid(0xd, index);
    components.push({ index, size, offset, aligned: (flags & 2) !== 0 });
  }
  return { features, supervisorFeatures, components };
}
