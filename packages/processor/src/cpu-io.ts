import type { VpHaltReason } from './halt.ts';

/** Bytes of one access to a device. Wider accesses (MMX, SSE, FXSAVE) arrive as several of 4, lowest address first. */
export type AccessSize = 1 | 2 | 4;

/**
 * What a processor calls out to while it runs: the bus, the interrupt controllers, and the policy for host defects.
 *
 * An access returns its result, or a promise of it. The synchronous case allocates nothing and awaits nothing. A
 * promise suspends that processor at that instruction; when it settles, its value completes the very same access.
 * **An access is issued exactly once**, also by instructions that make several, by repeated string instructions, and
 * when the instruction later faults. A rejected promise goes to {@link fatalError}.
 *
 * Values are unsigned and no wider than `size` bytes. `vp` is the index of the processor that makes the access.
 */
export interface CpuIo {
  /** Whether a guest physical address that is not memory belongs to a device. Nothing answers elsewhere. */
  isMmio(address: number): boolean;
  /**
   * The processor accepts an interrupt from the 8259 pair: its vector, and the request goes into service. `undefined`
   * when the request went away meanwhile and the controller has nothing to say.
   */
  acknowledgePicInterrupt(): number | undefined;
  /** The local APIC ended a level-triggered interrupt: the IO-APIC looks at the line again (SDM vol. 3A §10.8.5). */
  handleEoi(irq: number): void;
  /**
   * The FERR# pin: with CR0.NE clear, an unmasked x87 exception waits to be reported (asserted; told again as long as it
   * does), or is gone. The answer is whether IGNNE# is asserted, so that the processor goes on in spite of it; otherwise it
   * waits for an interrupt. A bus without this method asserts IGNNE# always (SDM vol. 1 §8.7.2).
   */
  setFerr?(vp: number, asserted: boolean): boolean;
  /** Reads `size` bytes of device memory at a guest physical address. */
  readMmio(vp: number, address: number, size: AccessSize): number | Promise<number>;
  /** Writes `size` bytes of device memory at a guest physical address. */
  writeMmio(vp: number, address: number, size: AccessSize, value: number): void | Promise<void>;
  /** IN: reads a port. String input is a sequence of these, one per element. */
  readIo(vp: number, port: number, size: AccessSize): number | Promise<number>;
  /** OUT: writes a port. String output is a sequence of these, one per element. */
  writeIo(vp: number, port: number, size: AccessSize, value: number): void | Promise<void>;
  /** The backend met a defect of the host side. Decides what becomes of the machine: the processor halts for the reason returned. */
  fatalError(error: unknown): VpHaltReason;
}
