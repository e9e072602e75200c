import { RingzeroError } from '@ringzero/processor';

/** An interrupt request wire, driven by one device. */
export interface IrqLine {
  /**
   * Asserts (`true`) or releases (`false`) the wire; setting it to what it is does nothing. False: this edge became part of an
   * interrupt that no processor has taken yet.
   */
  set(level: boolean): boolean | void;
}

/** A source that can take an ISA line away from all others, as the HPET does with the timer's and the clock's. */
export interface IrqReplacement extends IrqLine {
  /** While it replaces them, the other sources of the line are not heard. */
  replace(active: boolean): void;
}

/** Where the router's wires end. Called only when the level of a wire changes. */
export interface IrqSinks {
  /** Input 0–15 of the pair of 8259As. */
  pic?(input: number, level: boolean): void;
  /** Input pin 0–23 of the IO-APIC. */
  ioApic?(pin: number, level: boolean): boolean | void;
}

const ISA_LINES = 16;
const CASCADE = 2;

/**
 * Fans the 16 ISA interrupt lines out to the PIC and the IO-APIC.
 *
 * Line n reaches IO-APIC pin n, except that IRQ 0 is wired to pin 2 (as the ACPI tables' interrupt source override says)
 * and IRQ 2, the PIC's cascade, goes nowhere. Several devices may share a line; it is asserted while any of them asserts it.
 */
export class IrqRouter {
  readonly #sinks: IrqSinks;
  readonly #asserted: number[] = new Array<number>(ISA_LINES).fill(0);
  /** The level that a replacement gives its line. */
  readonly #replaced = new Map<number, boolean>();

  constructor(sinks: IrqSinks) {
    this.#sinks = sinks;
  }

  /**
   * A new source on ISA line `irq`.
   * @throws RingzeroError `irq-range` unless it is 0–15 and not 2.
   */
  line(irq: number): IrqLine {
    if (!Number.isInteger(irq) || irq < 0 || irq >= ISA_LINES || irq === CASCADE) {
      throw new RingzeroError('irq-range', `ISA interrupt line ${irq}: expected 0-15 without the cascade, 2`);
    }
    let level = false;
    return {
      set: (next: boolean): boolean | void => {
        if (next === level) return;
        level = next;
        return this.#count(irq, next ? 1 : -1);
      },
    };
  }

  /** A source that can replace all others of ISA line `irq`; a line has one at most. */
  replacement(irq: number): IrqReplacement {
    let level = false;
    const change = (set: () => void): boolean | void => {
      const before = this.level(irq);
      set();
      return this.#drive(irq, before);
    };
    return {
      set: (next) => {
        level = next;
        if (this.#replaced.has(irq)) return change(() => this.#replaced.set(irq, next));
      },
      replace: (active) => {
        void change(() => void (active ? this.#replaced.set(irq, level) : this.#replaced.delete(irq)));
      },
    };
  }

  /** Whether line `irq` is asserted. */
  level(irq: number): boolean {
    return this.#replaced.get(irq) ?? (this.#asserted[irq] ?? 0) > 0;
  }

  #count(irq: number, change: 1 | -1): boolean | void {
    const before = this.level(irq);
    this.#asserted[irq]! += change;
    return this.#drive(irq, before);
  }

  #drive(irq: number, before: boolean): boolean | void {
    const after = this.level(irq);
    if (before === after) return;
    this.#sinks.pic?.(irq, after);
    return this.#sinks.ioApic?.(irq === 0 ? CASCADE : irq, after);
  }
}
