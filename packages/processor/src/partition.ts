import type { PartitionCapabilities } from './capabilities.ts';
import type { Inspectable } from './inspect.ts';
import type { MemoryMapper } from './memory.ts';
import type { AccessVmState } from './state/access.ts';
import type { Vtl } from './vtl.ts';

/** A message-signalled interrupt (SDM vol. 3A §10.11): a write of `data` to `address`. */
export interface MsiMessage {
  readonly address: bigint;
  readonly data: number;
}

/** The delivery half of an IO-APIC with 24 lines: which message each line sends. */
export interface IoApicRouting {
  /** Sets the message that `irq` (0–23) sends, `undefined` for none. */
  setIrqRoute(irq: number, message: MsiMessage | undefined): void;
  /** Sends the message of `irq` once. Does nothing for a line without a route. */
  assertIrq(irq: number): void;
}

/** Lines of {@link IoApicRouting}. */
export const IOAPIC_LINES = 24;

/** A local interrupt pin: 0 is LINT0, wired to the 8259 pair (ExtINT), 1 is LINT1, wired to NMI. */
export type LintPin = 0 | 1;

/** The ability to put a whole partition back into its reset state. */
export interface ResetPartition {
  /**
   * Resets what is common to the VM; memory is kept. No processor may be running. The caller then calls
   * `Processor.reset` on each. If it throws, the partition is unusable until a later reset succeeds.
   */
  reset(): void;
}

/** The ability to put one higher VTL back into its initial state. */
export interface ScrubVtl {
  /** Scrubs `vtl`, which is not 0. Lower VTLs are untouched and page protections are kept. No processor may be running. */
  scrub(vtl: Vtl): void;
}

/**
 * A virtual machine without its devices: guest memory, processors, and what they share. Every method may be called
 * from the agent that built the partition, also while processors run, unless it says otherwise.
 */
export interface Partition extends Inspectable {
  readonly caps: PartitionCapabilities;
  /** The reset ability, `undefined` where the backend has none. With it, every processor has `reset`. */
  supportsReset(): ResetPartition | undefined;
  /** The ability to scrub VTLs, `undefined` where the backend has none. With it, every processor has `scrub`. */
  supportsVtlScrub(): ScrubVtl | undefined;
  /**
   * Sends a message-signalled interrupt to the local APICs of `vtl`. Wakes processors that accept it. False: it merged with the same
   * interrupt, which no processor has taken yet; a device whose interrupts are counted then repeats it. Nothing, where the backend cannot tell.
   */
  requestMsi(vtl: Vtl, message: MsiMessage): boolean | void;
  /** The IO-APIC lines, `undefined` where the backend leaves the IO-APIC to a device that sends messages. */
  ioapicRouting(): IoApicRouting | undefined;
  /**
   * Pulses a local interrupt pin of one processor. Pin 0 says that the 8259 pair has a request: the processor, once it
   * can take an external interrupt, calls `CpuIo.acknowledgePicInterrupt`. Pin 1 makes an NMI pending.
   */
  pulseLint(vpIndex: number, vtl: Vtl, pin: LintPin): void;
  /** Makes the `runVp` of that processor return to the event loop at least once, soon. It does not end it. */
  requestYield(vpIndex: number): void;
  /** Changes the memory map that `vtl` sees. Throws `UnsupportedVtlError`. */
  memoryMapper(vtl: Vtl): MemoryMapper;
  /** The state of the VM as a whole, for `vtl`. Throws `UnsupportedVtlError`. */
  accessState(vtl: Vtl): AccessVmState;
  /**
   * Ends the partition: it lets go of guest memory and of the clock, which both outlive it, so that another partition can take
   * the guest over. Nothing of it or of its processors is used afterwards. Idempotent. Throws `VpRunningError`, with nothing
   * changed, while a processor runs.
   */
  dispose(): void;
}
