import type { Device } from '../bus/device.ts';
import type { IrqLine } from '../bus/irq.ts';
import type { PortSpace } from '../bus/port-space.ts';

/** How a {@link CoprocessorError} is wired and set up. */
export interface CoprocessorErrorOptions {
  /** IRQ 13. */
  readonly irq: IrqLine;
}

/** What a save of {@link CoprocessorError} keeps. */
export interface CoprocessorErrorState {
  readonly ferr: boolean;
  readonly ignne: boolean;
}

const PORT = 0xf0;

/**
 * How a PC reports x87 exceptions of a processor with CR0.NE clear: FERR# becomes IRQ 13; a write to port F0h releases the
 * interrupt and asserts IGNNE# for as long as FERR# stays (PIIX3 data sheet, coprocessor error register).
 */
export class CoprocessorError implements Device<CoprocessorErrorState> {
  readonly #irq: IrqLine;
  #ferr = false;
  #ignne = false;

  constructor({ irq }: CoprocessorErrorOptions) {
    this.#irq = irq;
  }

  /** Claims its ports. */
  attach(space: PortSpace): void {
    space.claim({ base: PORT, count: 1 }, {
      read: () => 0xff,
      write: () => {
        this.#ignne = this.#ferr;
        this.#drive();
      },
    });
  }

  /** The processor's FERR# pin. Returns whether IGNNE# is asserted. */
  setFerr(asserted: boolean): boolean {
    this.#ferr = asserted;
    if (!asserted) this.#ignne = false;
    this.#drive();
    return this.#ignne;
  }

  #drive(): void {
    this.#irq.set(this.#ferr && !this.#ignne);
  }

  reset(): void {
    this.#ferr = false;
    this.#ignne = false;
    this.#drive();
  }

  save(): CoprocessorErrorState {
    return { ferr: this.#ferr, ignne: this.#ignne };
  }

  restore(state: CoprocessorErrorState): void {
    this.#ferr = state.ferr;
    this.#ignne = state.ignne;
    this.#drive();
  }
}
