import type { IrqLine, IrqRouter } from '../bus/irq.ts';

const WIRES = 4;

/**
 * The four interrupt wires of a PCI bus (PIRQA# to PIRQD#), which a bridge routes to ISA lines. INTA# of device d is wired to
 * PIRQ (d − 1) mod 4, its next pins to the following ones, as on PCs with an i440FX.
 */
export class PciInterruptRouter {
  readonly #lines: IrqRouter;
  readonly #asserted: number[] = new Array<number>(WIRES).fill(0);
  readonly #routes: (number | undefined)[] = new Array<number | undefined>(WIRES).fill(undefined);
  /** Each wire's sources on ISA lines, made when first used. */
  readonly #outputs: Map<number, IrqLine>[] = Array.from({ length: WIRES }, () => new Map<number, IrqLine>());

  constructor(lines: IrqRouter) {
    this.#lines = lines;
  }

  /** Interrupt pin 1 (INTA#) to 4 of a device, as a source of its own. */
  source(device: number, pin: number): IrqLine {
    const wire = wireOf(device, pin);
    let level = false;
    return {
      set: (next) => {
        if (next === level) return;
        level = next;
        this.#asserted[wire]! += next ? 1 : -1;
        this.#drive(wire);
      },
    };
  }

  /** Routes PIRQ `wire` (0–3) to an ISA line, or nowhere. */
  route(wire: number, irq: number | undefined): void {
    this.#output(wire)?.set(false);
    this.#routes[wire] = irq;
    this.#drive(wire);
  }

  #drive(wire: number): void {
    this.#output(wire)?.set(this.#asserted[wire]! > 0);
  }

  #output(wire: number): IrqLine | undefined {
    const irq = this.#routes[wire];
    // The bridge cannot route to the timer, the keyboard, the cascade, the clock and the coprocessor (PIIX3, PIRQRC).
    if (irq === undefined || [0, 1, 2, 8, 13].includes(irq)) return undefined;
    const outputs = this.#outputs[wire]!;
    let line = outputs.get(irq);
    if (line === undefined) outputs.set(irq, (line = this.#lines.line(irq)));
    return line;
  }
}

/** The wire (0–3) that pin 1–4 of a device is on. */
export function wireOf(device: number, pin: number): number {
  return (device - 1 + pin - 1) & 3;
}
