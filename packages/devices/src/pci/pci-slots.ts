import type { IrqLine } from '../bus/irq.ts';
import type { PciEndpoint } from './pci-endpoint.ts';

/** Where on the bus a function is put. */
export interface PciAddress {
  /** Device 0–31; the first free one from 2 on if left out. */
  readonly device?: number;
  /** Function 0–7; 0 if left out. */
  readonly function?: number;
}

/** Places on the PCI bus. */
export interface PciSlots {
  /**
   * Puts a function on the bus; gives its interrupt pin as a line, level-triggered.
   * @throws RingzeroError `pci-slot` if the place is taken, does not exist, or none is free.
   */
  add(endpoint: PciEndpoint, address?: PciAddress): IrqLine;
  /** Sends a message-signalled interrupt. */
  message(address: number, data: number): void;
}
