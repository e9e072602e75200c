import { ConfigurationError } from './errors.ts';

/** One virtual processor of a partition. */
export interface VpInfo {
  /** Index within the partition, from 0 without gaps. */
  readonly vpIndex: number;
  /** Its APIC ID, unique in the partition. */
  readonly apicId: number;
  /** Whether it starts the machine. The others wait for a start-up IPI. */
  readonly isBsp: boolean;
}

/**
 * How local APICs are accessed.
 *
 * - `xapic`: memory-mapped registers only; 8-bit IDs.
 * - `x2apicSupported`: CPUID offers x2APIC, and the guest may turn it on.
 * - `x2apicEnabled`: it is on at reset.
 */
export type ApicMode = 'xapic' | 'x2apicSupported' | 'x2apicEnabled';

/**
 * The processors of a machine. VP 0 is the bootstrap processor: it alone runs after a reset, and starts the others by
 * INIT and start-up IPIs (SDM vol. 3A §8.4). Indexes are for the host; APIC IDs are what the guest sees.
 */
export interface ProcessorTopology {
  readonly vps: readonly VpInfo[];
  readonly apicMode: ApicMode;
}

/** Largest APIC ID that the xAPIC's 8 bits can name: FFh is broadcast (SDM vol. 3A §10.6.2). */
const XAPIC_MAX_ID = 0xfe;

/** A topology of `count` processors whose APIC IDs are their indexes. */
export function uniformTopology(count: number, apicMode: ApicMode = 'xapic'): ProcessorTopology {
  const vps = Array.from({ length: count }, (_, vpIndex) => ({ vpIndex, apicId: vpIndex, isBsp: vpIndex === 0 }));
  const topology: ProcessorTopology = { vps, apicMode };
  validateTopology(topology);
  return topology;
}

/** Throws {@link ConfigurationError} unless indexes run from 0 without gaps, APIC IDs are unique and in range, and VP 0 alone is the BSP. */
export function validateTopology(topology: ProcessorTopology): void {
  if (topology.vps.length === 0) throw new ConfigurationError('processor topology: expected at least one processor, found none');
  const limit = topology.apicMode === 'xapic' ? XAPIC_MAX_ID : 0xfffffffe;
  const seen = new Set<number>();
  topology.vps.forEach((vp, place) => {
    if (vp.vpIndex !== place) throw new ConfigurationError(`processor topology: entry ${place} has index ${vp.vpIndex}, expected ${place}`);
    if (!Number.isInteger(vp.apicId) || vp.apicId < 0 || vp.apicId > limit) {
      throw new ConfigurationError(`processor ${place}: APIC ID 0x${vp.apicId.toString(16)}, expected 0 to 0x${limit.toString(16)} in mode ${topology.apicMode}`);
    }
    if (seen.has(vp.apicId)) throw new ConfigurationError(`processor ${place}: APIC ID 0x${vp.apicId.toString(16)} is taken by another processor`);
    if (vp.isBsp !== (place === 0)) throw new ConfigurationError(`processor ${place}: isBsp is ${vp.isBsp}; processor 0 alone is the bootstrap processor`);
    seen.add(vp.apicId);
  });
}
