import { Deadline } from '../bus/deadline.ts';
import type { Device, DeviceServices } from '../bus/device.ts';
import type { IrqLine } from '../bus/irq.ts';
import type { PortHandler, PortSpace } from '../bus/port-space.ts';
import { ByteQueue } from './byte-queue.ts';

/** Modem inputs, active when true. */
export interface ModemInputs {
  readonly clearToSend: boolean;
  readonly dataSetReady: boolean;
  readonly ringIndicator: boolean;
  readonly carrierDetect: boolean;
}

/** How a {@link Uart16550A} is wired and set up. */
export interface UartOptions extends DeviceServices {
  /** First of eight ports; 3F8h (COM1) if left out. */
  readonly port?: number;
  readonly irq: IrqLine;
  /** Called for every byte that leaves the chip. */
  readonly onTransmit: (byte: number) => void;
  /** Called when a full host queue has room again (see {@link Uart16550A.receive}). */
  readonly onReceiveSpace?: () => void;
  /** Bytes from the host that wait while the guest does not read; 64 KiB if left out. */
  readonly receiveCapacity?: number;
}

/** What a save of {@link Uart16550A} keeps. */
export interface UartState {
  readonly interruptEnable: number;
  readonly fifoControl: number;
  readonly lineControl: number;
  readonly modemControl: number;
  readonly modemStatus: number;
  readonly inputs: number;
  readonly errors: number;
  readonly scratch: number;
  readonly divisor: number;
  readonly transmitPending: boolean;
  readonly timeoutPending: boolean;
  /** When the character timeout fires, −1 if it is not running. */
  readonly timeoutAt: number;
  readonly fifo: readonly number[];
  readonly queue: readonly number[];
}

const IER_RECEIVE = 0x01;
const IER_TRANSMIT = 0x02;
const IER_LINE = 0x04;
const IER_MODEM = 0x08;
const FCR_ENABLE = 0x01;
const LCR_DLAB = 0x80;
const MCR_OUT2 = 0x08;
const MCR_LOOP = 0x10;
const LSR_DATA_READY = 0x01;
const LSR_OVERRUN = 0x02;
/** THR and shift register empty: transmission takes no time. */
const LSR_EMPTY = 0x60;
const MSR_RING = 0x40;

const FIFO_DEPTH = 16;
const TRIGGER_LEVELS = [1, 4, 8, 14] as const;
/** The 1.8432 MHz crystal: a character of ten bits takes divisor × 16 × 10 / crystal seconds. */
const CHARACTER_NANOSECONDS_PER_DIVISOR = (160 * 1e9) / 1843200;

/**
 * National 16550A UART (data sheet PC16550D). A transmitted byte leaves at once; received bytes wait in a bounded host queue
 * and enter the FIFO as the guest makes room, so that nothing is overrun. The interrupt output is gated by OUT2, as on PC boards.
 */
export class Uart16550A implements Device<UartState>, PortHandler {
  readonly #options: UartOptions;
  readonly #port: number;
  readonly #timeout: Deadline;
  readonly #fifo = new ByteQueue(FIFO_DEPTH);
  readonly #queue: ByteQueue;
  #queueWasFull = false;
  #interruptEnable = 0;
  #fifoControl = 0;
  #lineControl = 0;
  #modemControl = 0;
  /** Delta bits (low nibble) of the modem status register. */
  #modemDeltas = 0;
  /** High nibble of the modem status register as the pins have it. */
  #inputs = 0xb0;
  #errors = 0;
  #scratch = 0;
  #divisor = 12;
  #transmitPending = false;
  #timeoutPending = false;
  #timeoutAt = -1;

  constructor(options: UartOptions) {
    this.#options = options;
    this.#port = options.port ?? 0x3f8;
    this.#queue = new ByteQueue(options.receiveCapacity ?? 65536);
    this.#timeout = new Deadline(options.clock, () => {
      this.#timeoutAt = -1;
      this.#timeoutPending = true;
      this.#drive();
    });
  }

  /** Claims its ports. */
  attach(space: PortSpace): void {
    space.claim({ base: this.#port, count: 8 }, this);
  }

  /** Takes bytes from the host and returns how many fitted; the caller keeps the rest until `onReceiveSpace`. */
  receive(bytes: ArrayLike<number>): number {
    let taken = 0;
    while (taken < bytes.length && this.#queue.push(bytes[taken]!)) {
      taken++;
      if (this.#queue.free === 0) this.#fill();
    }
    this.#fill();
    if (taken < bytes.length) this.#queueWasFull = true;
    return taken;
  }

  /** Drives the modem status inputs. */
  setModemInputs(inputs: ModemInputs): void {
    const before = this.#modemLines();
    this.#inputs = (inputs.clearToSend ? 0x10 : 0) | (inputs.dataSetReady ? 0x20 : 0) | (inputs.ringIndicator ? MSR_RING : 0) | (inputs.carrierDetect ? 0x80 : 0);
    this.#noteModemChange(before);
    this.#drive();
  }

  read(port: number): number {
    switch (port - this.#port) {
      case 0:
        return (this.#lineControl & LCR_DLAB) !== 0 ? this.#divisor & 0xff : this.#readData();
      case 1:
        return (this.#lineControl & LCR_DLAB) !== 0 ? this.#divisor >> 8 : this.#interruptEnable;
      case 2:
        return this.#readIdentification();
      case 3:
        return this.#lineControl;
      case 4:
        return this.#modemControl;
      case 5: {
        const status = LSR_EMPTY | this.#errors | (this.#fifo.length > 0 ? LSR_DATA_READY : 0);
        this.#errors = 0;
        this.#drive();
        return status;
      }
      case 6: {
        const status = this.#modemLines() | this.#modemDeltas;
        this.#modemDeltas = 0;
        this.#drive();
        return status;
      }
      default:
        return this.#scratch;
    }
  }

  write(port: number, _size: number, value: number): void {
    const dlab = (this.#lineControl & LCR_DLAB) !== 0;
    switch (port - this.#port) {
      case 0:
        if (dlab) this.#divisor = (this.#divisor & 0xff00) | value;
        else this.#transmit(value);
        break;
      case 1:
        if (dlab) this.#divisor = (this.#divisor & 0xff) | (value << 8);
        else this.#enableInterrupts(value & 0x0f);
        break;
      case 2:
        this.#controlFifo(value);
        break;
      case 3:
        this.#lineControl = value;
        break;
      case 4: {
        const before = this.#modemLines();
        this.#modemControl = value & 0x1f;
        this.#noteModemChange(before);
        this.#fill();
        break;
      }
      case 7:
        this.#scratch = value;
        break;
      default:
        break;
    }
    this.#drive();
  }

  /** The master reset pin. What the host has queued stays. */
  reset(): void {
    this.#interruptEnable = this.#fifoControl = this.#lineControl = this.#modemControl = this.#modemDeltas = this.#errors = 0;
    this.#transmitPending = false;
    this.#fifo.clear();
    this.#stopTimeout();
    this.#drive();
  }

  save(): UartState {
    return {
      interruptEnable: this.#interruptEnable, fifoControl: this.#fifoControl, lineControl: this.#lineControl,
      modemControl: this.#modemControl, modemStatus: this.#modemDeltas, inputs: this.#inputs, errors: this.#errors,
      scratch: this.#scratch, divisor: this.#divisor, transmitPending: this.#transmitPending, timeoutPending: this.#timeoutPending,
      timeoutAt: this.#timeoutAt, fifo: this.#fifo.toArray(), queue: this.#queue.toArray(),
    };
  }

  restore(state: UartState): void {
    this.#interruptEnable = state.interruptEnable;
    this.#fifoControl = state.fifoControl;
    this.#lineControl = state.lineControl;
    this.#modemControl = state.modemControl;
    this.#modemDeltas = state.modemStatus;
    this.#inputs = state.inputs;
    this.#errors = state.errors;
    this.#scratch = state.scratch;
    this.#divisor = state.divisor;
    this.#transmitPending = state.transmitPending;
    this.#fifo.assign(state.fifo);
    this.#queue.assign(state.queue);
    this.#stopTimeout();
    this.#timeoutPending = state.timeoutPending;
    this.#timeoutAt = state.timeoutAt;
    if (state.timeoutAt >= 0) this.#timeout.arm(state.timeoutAt);
    this.#drive();
  }

  get #loop(): boolean {
    return (this.#modemControl & MCR_LOOP) !== 0;
  }

  get #fifoEnabled(): boolean {
    return (this.#fifoControl & FCR_ENABLE) !== 0;
  }

  /** The modem status lines (high nibble): in loopback the four outputs RTS, DTR, OUT1 and OUT2. */
  #modemLines(): number {
    if (!this.#loop) return this.#inputs;
    const control = this.#modemControl;
    return ((control & 0x02) << 3) | ((control & 0x01) << 5) | ((control & 0x04) << 4) | ((control & 0x08) << 4);
  }

  #noteModemChange(before: number): void {
    const now = this.#modemLines();
    // The ring indicator's delta is its trailing edge only.
    const changed = (before ^ now) & ~(MSR_RING & now);
    this.#modemDeltas |= changed >> 4;
  }

  #transmit(byte: number): void {
    if (this.#loop) this.#accept(byte);
    else this.#options.onTransmit(byte);
    this.#transmitPending = true;
  }

  /** A byte arrives at the receiver. */
  #accept(byte: number): void {
    const depth = this.#fifoEnabled ? FIFO_DEPTH : 1;
    if (this.#fifo.length < depth) {
      this.#fifo.push(byte);
    } else {
      this.#errors |= LSR_OVERRUN;
      if (!this.#fifoEnabled) this.#fifo.assign([byte]);
    }
    this.#restartTimeout();
  }

  /** Moves what fits from the host's queue into the FIFO. */
  #fill(): void {
    const depth = this.#fifoEnabled ? FIFO_DEPTH : 1;
    if (this.#loop || this.#fifo.length >= depth || this.#queue.length === 0) return;
    while (this.#fifo.length < depth && this.#queue.length > 0) this.#fifo.push(this.#queue.shift());
    this.#restartTimeout();
    this.#drive();
    if (this.#queueWasFull && this.#queue.free * 2 >= this.#queue.capacity) {
      this.#queueWasFull = false;
      this.#options.onReceiveSpace?.();
    }
  }

  #readData(): number {
    const byte = this.#fifo.shift();
    this.#timeoutPending = false;
    this.#restartTimeout();
    this.#fill();
    this.#drive();
    return byte < 0 ? 0 : byte;
  }

  #enableInterrupts(value: number): void {
    // Enabling the transmitter interrupt while the holding register is empty raises it at once.
    if ((value & ~this.#interruptEnable & IER_TRANSMIT) !== 0) this.#transmitPending = true;
    this.#interruptEnable = value;
  }

  #controlFifo(value: number): void {
    const toggled = ((value ^ this.#fifoControl) & FCR_ENABLE) !== 0;
    if (toggled || (value & (FCR_ENABLE | 0x02)) === (FCR_ENABLE | 0x02)) {
      this.#fifo.clear();
      this.#stopTimeout();
    }
    if (toggled || (value & (FCR_ENABLE | 0x04)) === (FCR_ENABLE | 0x04)) this.#transmitPending = true;
    this.#fifoControl = (value & FCR_ENABLE) !== 0 ? value & 0xc9 : 0;
    this.#fill();
  }

  #readIdentification(): number {
    const source = this.#source();
    if (source === 0x02) {
      this.#transmitPending = false;
      this.#drive();
    }
    return source | (this.#fifoEnabled ? 0xc0 : 0);
  }

  /** The interrupt of highest priority as the identification register codes it, 1 for none. */
  #source(): number {
    const enabled = this.#interruptEnable;
    if ((enabled & IER_LINE) !== 0 && this.#errors !== 0) return 0x06;
    if ((enabled & IER_RECEIVE) !== 0) {
      const trigger = this.#fifoEnabled ? TRIGGER_LEVELS[(this.#fifoControl >> 6) as 0 | 1 | 2 | 3] : 1;
      if (this.#fifo.length >= trigger) return 0x04;
      if (this.#timeoutPending && this.#fifo.length > 0) return 0x0c;
    }
    if ((enabled & IER_TRANSMIT) !== 0 && this.#transmitPending) return 0x02;
    if ((enabled & IER_MODEM) !== 0 && this.#modemDeltas !== 0) return 0x00;
    return 0x01;
  }

  #drive(): void {
    this.#options.irq.set(this.#source() !== 0x01 && (this.#modemControl & (MCR_OUT2 | MCR_LOOP)) === MCR_OUT2);
  }

  /** Four character times without a read or a new byte raise the timeout interrupt, if bytes wait below the trigger level. */
  #restartTimeout(): void {
    if (!this.#fifoEnabled || this.#fifo.length === 0 || this.#timeoutPending) {
      if (this.#fifo.length === 0) this.#stopTimeout();
      return;
    }
    const character = Math.round(Math.max(1, this.#divisor) * CHARACTER_NANOSECONDS_PER_DIVISOR);
    this.#timeoutAt = this.#options.clock.now() + 4 * character;
    this.#timeout.arm(this.#timeoutAt);
  }

  #stopTimeout(): void {
    this.#timeout.disarm();
    this.#timeoutAt = -1;
    this.#timeoutPending = false;
  }
}
