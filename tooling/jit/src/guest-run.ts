import type { DropReason, JitOptions, RegionReport } from '@ringzero/backend-jit';
import type { BootSource } from '@ringzero/machine';

/** One run of a guest on the JIT, in a process of its own. */
export interface GuestRequest {
  readonly source: BootSource;
  readonly memoryBytes: number;
  readonly options: JitOptions;
  /** The run is ended after so many seconds, if the guest does not end it. */
  readonly seconds: number;
  /** It is also ended when a region that contains this address (offset in CS) has run for `settle` seconds. */
  readonly address?: number;
  readonly settle: number;
  /** Regions to report, of those that took most time; all that contain the address are reported in any case. */
  readonly top: number;
}

/** A region at the end of a run: as compiled the last time. */
export interface RegionResult {
  readonly region: RegionReport;
  /** Share of the run's time, by samples. */
  readonly share: number;
  readonly timesCompiled: number;
  readonly drops: Readonly<Partial<Record<DropReason, number>>>;
  /** Whether its function is in use at the end. */
  readonly isLive: boolean;
}

/** What a run tells. */
export interface GuestResult {
  /** Those that contain the address first, then by their share of the time. */
  readonly regions: readonly RegionResult[];
  /** Regions compiled, each once however often. */
  readonly regionCount: number;
  /** Addresses of all of them. */
  readonly heads: readonly number[];
  /** How the run ended: the machine's own exit, or the run's limit. */
  readonly end: string;
  readonly seconds: number;
  readonly instructions: number;
  readonly output: string;
}

/** Messages from the process that runs the guest. */
export type GuestMessage = { readonly result: GuestResult } | { readonly failure: string };

/** Whether one of the region's instructions is at the address, or has it among its bytes. */
export function contains(region: RegionReport, address: number): boolean {
  return region.blocks.some(({ instructions }) => instructions.some(({ bytes, ip }) => ip === address || (address > ip && address < ip + bytes.length)));
}
