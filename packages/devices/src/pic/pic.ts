import type { Device } from '../bus/device.ts';
import type { PortHandler, PortSpace } from '../bus/port-space.ts';
import { CASCADE_INPUT, I8259, INITIAL } from './i8259.ts';
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
  /** An acknowledge that awaits more INTA pulses, as in MCS-80/85 mode. */
  readonly acknowledge?: Acknowledge;
}

/** An acknowledge under way: INTA pulses so far, and what they put in service: input numbers, −1 for none. */
interface Acknowledge {
  readonly pulses: number;
  readonly input: number;
  readonly slaveInput: number;
}

const DEFAULT_PORTS = { master: 0x20, slave: 0xa0, edgeLevel: 0x4d0 };
/** What the bus reads when no controller answers to the cascade lines. */
const NOBODY = 0xff;
/** IRQ 0, 1 and 2 are always edge-triggered, as are 8 and 13 (PIIX data sheet, ELCR). */
const MASTER_SELECTABLE = 0xf8;
const SLAVE_SELECTABLE = 0xde;

/** The PC's two cascaded 8259As: inputs 0–7 at the master, 8–15 at the slave, whose output is the master's input 2. */
export class Pic implements Device<PicState>, PortHandler {
  /** 2 since it has an MCS-80/85 mode. */
  readonly stateVersion = 2;
  readonly #ports: { readonly master: number; readonly slave: number; readonly edgeLevel: number };
  readonly #onIntr: (level: boolean) => void;
  readonly #master: I8259 = new I8259(true, () => this.#update());
  readonly #slave: I8259 = new I8259(false, () => this.#updateSlave());
  #intr = false;
  #acknowledge: Acknowledge | undefined;

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
   * a request it is the vector of input 7 (spurious interrupt), with nothing in service. In MCS-80/85 mode the controllers count
   * three for each answer: what the processor's second cycle reads is then the low byte of a CALL's address, the next time the
   * CALL, and then the address's high byte.
   */
  acknowledgeCycles(): number {
    this.#inta();
    const vector = this.#inta();
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
        // Initialization begins anew in the middle of an answer, too.
        if ((value & 0x10) !== 0) this.#acknowledge = undefined;
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
    this.#acknowledge = undefined;
    this.#slave.reset();
    this.#master.reset();
    this.#updateSlave();
    this.#update();
  }

  save(): PicState {
    const acknowledge = this.#acknowledge;
    return { master: this.#master.save(), slave: this.#slave.save(), ...(acknowledge && { acknowledge }) };
  }

  restore(state: PicState): void {
    this.#slave.restore(state.slave);
    this.#master.restore(state.master);
    this.#acknowledge = state.acknowledge;
    this.#pulse();
  }

  /** One INTA pulse: what the processor reads. Input 2 is a slave's if the master was told so; else it is answered like any other. */
  #inta(): number {
    const pulse = (this.#acknowledge?.pulses ?? 0) + 1;
    const input = this.#acknowledge?.input ?? this.#master.acknowledge();
    const isCascaded = input === CASCADE_INPUT && this.#master.cascades(input);
    const answers = isCascaded && this.#slave.cascades(CASCADE_INPUT);
    const slaveInput = this.#acknowledge?.slaveInput ?? (answers ? this.#slave.acknowledge() : -1);
    const isLast = pulse >= this.#master.pulses;
    this.#acknowledge = isLast ? undefined : { pulses: pulse, input, slaveInput };
    if (isLast) {
      this.#master.endAcknowledge(input);
      this.#slave.endAcknowledge(slaveInput);
    }
    // INT drops during INTA, so that another request of the slave is a new edge at the master.
    if (isCascaded && pulse === 1) {
      this.#master.setInput(CASCADE_INPUT, false);
      this.#updateSlave();
    }
    // The first byte is the master's: only then do the cascade lines tell a slave that it is meant.
    const controller = !isCascaded || pulse === 1 ? this.#master : answers ? this.#slave : undefined;
    return controller?.byteAt(pulse, controller === this.#slave ? slaveInput : input) ?? NOBODY;
  }

  /** Version 1 knew no MCS-80/85 mode. */
  upgrade(state: unknown): PicState {
    const { master, slave, ...rest } = (typeof state === 'object' && state !== null ? state : {}) as Partial<PicState>;
    return { ...rest, master: { ...INITIAL, ...master }, slave: { ...INITIAL, ...slave } };
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
