import type { IrqLine } from '@ringzero/devices';
import { RingzeroError } from '@ringzero/processor';

const FIRST = 16;
const LAST = 23;

/** The IO-APIC's pins without ISA lines: each is asserted while any of its sources is. */
export class IoApicPins {
  readonly #set: (pin: number, level: boolean) => boolean | void;
  readonly #asserted = new Map<number, number>();

  constructor(set: (pin: number, level: boolean) => boolean | void) {
    this.#set = set;
  }

  /**
   * A new source on `pin`.
   * @throws RingzeroError `irq-range` unless it is 16–23.
   */
  source(pin: number): IrqLine {
    if (!Number.isInteger(pin) || pin < FIRST || pin > LAST) throw new RingzeroError('irq-range', `IO-APIC pin ${pin}: expected ${FIRST}-${LAST}, where no ISA line is`);
    let level = false;
    return {
      set: (next) => {
        if (next === level) return;
        level = next;
        const before = this.#asserted.get(pin) ?? 0;
        const after = before + (next ? 1 : -1);
        this.#asserted.set(pin, after);
        if (before > 0 !== after > 0) return this.#set(pin, after > 0);
      },
    };
  }
}
