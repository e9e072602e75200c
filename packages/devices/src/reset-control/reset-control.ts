import type { Device } from '../bus/device.ts';
import type { PortHandler, PortSpace } from '../bus/port-space.ts';

/** How a {@link ResetControl} is wired and set up. */
export interface ResetControlOptions {
  /** CF9h if left out. */
  readonly port?: number;
  /** Bit 2 rose: a hard reset when bit 1 (system reset) is set, else a reset of the processor alone. */
  readonly onReset: (hard: boolean) => void;
}

/** What a save of {@link ResetControl} keeps. */
export interface ResetControlState {
  readonly value: number;
}

const SYSTEM_RESET = 0x02;
const RESET_CPU = 0x04;

/** The reset control register of Intel south bridges (PIIX3 data sheet, RC, port CF9h); also the ACPI reset register. */
export class ResetControl implements Device<ResetControlState>, PortHandler {
  readonly #options: ResetControlOptions;
  #value = 0;

  constructor(options: ResetControlOptions) {
    this.#options = options;
  }

  /** Claims its ports. */
  attach(space: PortSpace): void {
    space.claim({ base: this.#options.port ?? 0xcf9, count: 1 }, this);
  }

  read(): number {
    return this.#value;
  }

  write(_port: number, _size: number, value: number): void {
    const rises = (value & ~this.#value & RESET_CPU) !== 0;
    this.#value = value & (SYSTEM_RESET | RESET_CPU);
    if (rises) this.#options.onReset((value & SYSTEM_RESET) !== 0);
  }

  reset(): void {
    this.#value = 0;
  }

  save(): ResetControlState {
    return { value: this.#value };
  }

  restore(state: ResetControlState): void {
    this.#value = state.value;
  }
}
