import { ConfigurationSpace } from './configuration-space.ts';
import type { PciFunction } from './pci-bus.ts';

/** How a {@link Piix3IsaBridge} is wired and set up. */
export interface Piix3Options {
  /** PCI interrupt `pin` (0 for PIRQA#) was routed to ISA line `irq`, or to none (`undefined`). */
  readonly onRoute?: (pin: number, irq: number | undefined) => void;
}

const PIRQ_ROUTE = 0x60;
const ROUTE_DISABLED = 0x80;

/** Intel 82371SB (PIIX3, data sheet 290550) function 0: the PCI-to-ISA bridge, with its interrupt routing registers. */
export class Piix3IsaBridge extends ConfigurationSpace implements PciFunction {
  constructor(options: Piix3Options = {}) {
    super({ vendor: 0x8086, device: 0x7000, classCode: 0x060100, multifunction: true }, (offset, _before, value) => {
      const pin = offset - PIRQ_ROUTE;
      if (pin >= 0 && pin < 4) options.onRoute?.(pin, (value & ROUTE_DISABLED) !== 0 ? undefined : value & 15);
    });
    this.initialize(0x04, 2, 0x0007);
    this.initialize(0x06, 2, 0x0200);
    this.initialize(0x4c, 1, 0x4d);
    this.allow(0x4c, 1, 0xff);
    this.initialize(0x4e, 2, 0x0003);
    this.allow(0x4e, 2, 0xffff);
    for (let pin = 0; pin < 4; pin++) {
      this.initialize(PIRQ_ROUTE + pin, 1, ROUTE_DISABLED);
      this.allow(PIRQ_ROUTE + pin, 1, 0x8f);
    }
    this.initialize(0x69, 1, 0x02);
    this.allow(0x69, 1, 0xfe);
  }

  /** The ISA line to which PCI interrupt `pin` goes, `undefined` for none. */
  route(pin: number): number | undefined {
    const value = this.read(PIRQ_ROUTE + pin, 1);
    return (value & ROUTE_DISABLED) !== 0 ? undefined : value & 15;
  }
}

/** How a {@link Piix4Pm} is wired and set up. */
export interface Piix4PmOptions {
  /** Where the power management registers are after reset; −1, as on the chip, leaves placing them to firmware. */
  readonly port?: number;
  /** The PM registers moved: their first port, −1 when they are not decoded. */
  readonly onMove?: (port: number) => void;
}

const PM_BASE = 0x40;
const PM_MISC = 0x80;
const IO_SPACE = 1;

/** Intel 82371AB (PIIX4, data sheet 290562) function 3: where the ACPI registers are decoded. The registers themselves are `AcpiPm`. */
export class Piix4Pm extends ConfigurationSpace implements PciFunction {
  #decoded: number;

  constructor(options: Piix4PmOptions = {}) {
    super({ vendor: 0x8086, device: 0x7113, revision: 3, classCode: 0x068000, interruptPin: 1 }, () => {
      const port = this.port;
      if (port === this.#decoded) return;
      this.#decoded = port;
      options.onMove?.(port);
    });
    const port = options.port ?? -1;
    this.#decoded = port;
    this.initialize(0x04, 2, port >= 0 ? 1 : 0);
    this.initialize(0x06, 2, 0x0280);
    this.initialize(0x3c, 1, 9);
    this.initialize(PM_BASE, 4, IO_SPACE | Math.max(0, port));
    this.allow(PM_BASE, 2, 0xffc0);
    this.initialize(PM_MISC, 1, port >= 0 ? 1 : 0);
    this.allow(PM_MISC, 1, 0x01);
    // General-purpose, device and SMBus registers: kept, without effect.
    for (let offset = 0x48; offset < 0x80; offset++) this.allow(offset, 1, 0xff);
    // DEVACTB, APMC_EN: to firmware it says that system management mode, which there is not, has been set up already.
    this.initialize(0x5b, 1, 0x02);
    this.initialize(0x90, 4, IO_SPACE);
    this.allow(0x90, 2, 0xfff0);
    this.allow(0xd2, 1, 0x0f);
  }

  /** First port of the PM registers, −1 while they are not decoded. */
  get port(): number {
    return (this.read(PM_MISC, 1) & 1) !== 0 ? this.read(PM_BASE, 2) & 0xffc0 : -1;
  }
}
