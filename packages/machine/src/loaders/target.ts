import type { GuestMemory } from '@ringzero/guest-memory';
import type { AccessVpState } from '@ringzero/processor';

/** What a loader fills: memory and the first processor's state. */
export interface LoadTarget {
  readonly memory: GuestMemory;
  readonly state: AccessVpState;
  /** A VGA is there, in the text mode that a BIOS leaves it in. */
  readonly hasVga?: boolean;
  /** Writes what firmware leaves behind. Called when the guest is known to fit, before its first byte: where both want a place, the guest has it. */
  writeFirmware?(): void;
  /** Fills the firmware configuration device, for a firmware that sets the machine up itself. */
  giveFirmwareFiles?(vgaBios: Uint8Array | undefined): void;
}

/** First address above the area of firmware and ACPI tables. */
export const HIGH_MEMORY = 0x10_0000;
/** End of conventional memory: the EBDA follows. */
export const LOW_MEMORY_END = 0x9_fc00;

/** Memory map as firmware's INT 15h E820h tells it: [start, length, type], 1 usable, 2 reserved. */
export function memoryMap(ramBytes: number): (readonly [start: number, length: number, type: number])[] {
  return [
    [0, LOW_MEMORY_END, 1],
    [LOW_MEMORY_END, 0xa_0000 - LOW_MEMORY_END, 2],
    [0xe_0000, 0x2_0000, 2],
    [HIGH_MEMORY, ramBytes - HIGH_MEMORY, 1],
    [0xfec0_0000, 0x1000, 2],
    [0xfee0_0000, 0x1000, 2],
  ];
}
