import type { Device } from '../bus/device.ts';
import type { PortHandler, PortSpace } from '../bus/port-space.ts';
import { CASCADE_INPUT, I8259 } from './i8259.ts';
import type { I8259State } from './i8259.ts';

/** How a {@link Pic} is wired and set up. */
export interface PicOptions {
  /** Ports of the two controllers (two each) and of the edge/level control registers (two). */
  readonly ports?: { readonly master: number; readonly slave: number; readonly edgeLevel: number };
  /**
   * The master's INT output, wired to the processor's INTR pin (LINT0). Called with `true` when it rises, which also happens
   * right after an acknowledge that leaves another request waiting, and with `false` when it falls.
   */
  readonly onIntr: (level: boolean) => void;
}

/** What a save of {@link Pic} keeps. */
export interface PicState {
  readonly master: I8259State;
  readonly slave: I8259State;
}

const DEFAULT_PORTS = { master: 0x20, slave: 0xa0, edgeLevel: 0x4d0 };
/** What the bus reads when no controller answers to the cascade lines. */
const NOBODY = 0xff;
/** IRQ 0, 1 and 2 are always edge-triggered, as are 8 and 13 (PIIX data sheet, ELCR). */
const MASTER_SELECTABLE = 0xf8;
const SLAVE_SELECTABLE = 0xde;

/** The PC's two cascaded 8259As: inputs 0–7 at the master, 8–15 at the slave, whose output is the master's input 2. */
export class Pic implements Device<PicState>, PortHandler {
  readonly #ports: { readonly master: number; readonly slave: number; readonly edgeLevel: number };
  readonly #onIntr: (level: boolean) => void;
  readonly #master: I8259 = new I8259(true, () => this.#update());
  readonly #slave: I8259 = new I8259(false, () => this.#updateSlave());
  #intr = false;

  constructor(options: PicOptions) {
    this.#ports = options.ports ?? DEFAULT_PORTS;
    this.#onIntr = options.onIntr;
  }

  /** Whether INTR is asserted. */
  get intr(): boolean {
    return this.#intr;
  }

  /** Claims its ports. */
  attach(space: PortSpace): void {
    const { master, slave, edgeLevel } = this.#ports;
    for (const base of [master, slave, edgeLevel]) space.claim({ base, count: 2 }, this);
  }

  /** Drives input 0–15 (2 is the cascade and cannot be driven). */
  setInput(input: number, level: boolean): void {
    if (input >= 8) this.#slave.setInput(input - 8, level);
    else if (input !== CASCADE_INPUT) this.#master.setInput(input, level);
  }

  /**
   * The processor accepts the interrupt: its vector. `undefined` while INTR is low, as when a device has withdrawn its request: a
   * processor samples INTR right before it runs its INTA cycles.
   */
  acknowledge(): number | undefined {
    return this.#intr ? this.acknowledgeCycles() : undefined;
  }

  /**
   * The two INTA cycles, whether or not INTR is asserted: puts the winning request in service and returns its vector. Without
   * a request it is the vector of input 7 (spurious interrupt), with nothing in service.
   */
  acknowledgeCycles(): number {
    const input = this.#master.acknowledge();
    // Input 2 is a slave's if the master was told so; else it is answered like any other.
    if (input !== CASCADE_INPUT || !this.#master.cascades(input)) {
      const vector = this.#master.vectorOf(input);
      this.#pulse();
      return vector;
    }
    const vector = this.#slave.cascades(CASCADE_INPUT) ? this.#slave.vectorOf(this.#slave.acknowledge()) : NOBODY;
    // INT drops during INTA, so that another request of the slave is a new edge at the master.
    this.#master.setInput(CASCADE_INPUT, false);
    this.#updateSlave();
    this.#pulse();
    return vector;
  }

  read(port: number): number {
    const { master, slave, edgeLevel } = this.#ports;
    switch (port) {
      case master:
        return this.#master.readCommand();
      case master + 1:
        return this.#master.readData();
      case slave:
        return this.#slave.readCommand();
      case slave + 1:
        return this.#slave.readData();
      case edgeLevel:
        return this.#master.levelTriggered;
      default:
        return this.#slave.levelTriggered;
    }
  }

  write(port: number, _size: number, value: number): void {
    const { master, slave, edgeLevel } = this.#ports;
    switch (port) {
      case master:
        return this.#master.writeCommand(value);
      case master + 1:
        return this.#master.writeData(value);
      case slave:
        return this.#slave.writeCommand(value);
      case slave + 1:
        return this.#slave.writeData(value);
      case edgeLevel:
        this.#master.levelTriggered = value & MASTER_SELECTABLE;
        return;
      default:
        this.#slave.levelTriggered = value & SLAVE_SELECTABLE;
    }
  }

  reset(): void {
    this.#slave.reset();
    this.#master.reset();
    this.#updateSlave();
    this.#update();
  }

  save(): PicState {
    return { master: this.#master.save(), slave: this.#slave.save() };
  }

  restore(state: PicState): void {
    this.#slave.restore(state.slave);
    this.#master.restore(state.master);
    this.#pulse();
  }

  #updateSlave(): void {
    this.#master.setInput(CASCADE_INPUT, this.#slave.int);
  }

  /** Makes a request that is still there a new rise of INTR. */
  #pulse(): void {
    if (this.#intr) {
      this.#intr = false;
      this.#onIntr(false);
    }
    this.#update();
  }

  #update(): void {
    const int = this.#master.int;
    if (int === this.#intr) return;
    this.#intr = int;
    this.#onIntr(int);
  }
}
