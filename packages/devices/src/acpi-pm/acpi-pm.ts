import { Deadline } from '../bus/deadline.ts';
import type { Device, DeviceServices } from '../bus/device.ts';
import type { IrqLine } from '../bus/irq.ts';
import type { PortClaim, PortHandler, PortSpace } from '../bus/port-space.ts';
import { ticksAt, timeOfTick } from '../bus/ticks.ts';

/** Frequency of the ACPI power management timer in Hz. */
export const PM_TIMER_FREQUENCY = 3579545;
/** Offsets of the register blocks from the base port, as the PIIX4 has them. */
export const PM_EVENT_BLOCK = 0;
/** Offset of the control block from the base port. */
export const PM_CONTROL_BLOCK = 4;
/** Offset of the timer from the base port. */
export const PM_TIMER_BLOCK = 8;
/** Offset of the general-purpose event block from the base port. */
export const PM_GPE0_BLOCK = 0x0c;
/** Bytes of the GPE0 block: half of them status, half enable. */
export const PM_GPE0_LENGTH = 4;

/** How a {@link AcpiPm} is wired and set up. */
export interface AcpiPmOptions extends DeviceServices {
  /** Base of the 64 ports of PM registers; 600h if left out. */
  readonly port?: number;
  /** System control interrupt, level-triggered (IRQ 9). */
  readonly sci: IrqLine;
  /** The sleep type that means S5 in the machine's ACPI tables; 0 if left out. */
  readonly s5Type?: number;
  /** The guest entered S5: the machine is off. */
  readonly onPowerOff: () => void;
  /** The guest entered another sleep state, by the sleep type of its ACPI tables. */
  readonly onSleep?: (sleepType: number) => void;
  /** The SMI command port (its status port follows) and the values that switch ACPI mode. */
  readonly smi?: { readonly port: number; readonly acpiEnable: number; readonly acpiDisable: number };
  /** Whether ACPI mode is on after reset, as on machines without system management mode. */
  readonly enabledAtReset?: boolean;
}

/** What a save of {@link AcpiPm} keeps. */
export interface AcpiPmState {
  readonly port: number;
  readonly status: number;
  readonly enable: number;
  readonly control: number;
  readonly gpeStatus: number;
  readonly gpeEnable: number;
  readonly smiCommand: number;
  readonly smiStatus: number;
  /** Half-period of the timer (change of its top bit) up to which the timer status has been collected. */
  readonly carry: number;
}

const STATUS_TIMER = 0x0001;
const STATUS_POWER_BUTTON = 0x0100;
const STATUS_WAKE = 0x8000;
/** Timer, bus master, global, power and sleep button, RTC, wake. */
const STATUS_MASK = 0x8731;
const ENABLE_MASK = 0x0721;
const CONTROL_SCI_ENABLE = 0x0001;
const CONTROL_SLEEP_ENABLE = 0x2000;
const CONTROL_WRITABLE = 0x1c02;
/** The status bit is set at every change of the 24-bit timer's top bit. */
const CARRY_TICKS = 1 << 23;
const BLOCK_SIZE = 64;

/** ACPI fixed hardware (ACPI 6.5 §4.8) with the register layout of the PIIX4: PM1a event and control, timer, GPE0, SMI command. */
export class AcpiPm implements Device<AcpiPmState>, PortHandler {
  readonly #options: AcpiPmOptions;
  readonly #timer: Deadline;
  #space: PortSpace | undefined;
  #claim: PortClaim | undefined;
  #port: number;
  #status = 0;
  #enable = 0;
  #control: number;
  #gpeStatus = 0;
  #gpeEnable = 0;
  #smiCommand = 0;
  #smiStatus = 0;
  #carry = 0;

  constructor(options: AcpiPmOptions) {
    this.#options = options;
    this.#port = options.port ?? 0x600;
    this.#control = options.enabledAtReset === true ? CONTROL_SCI_ENABLE : 0;
    this.#timer = new Deadline(options.clock, () => this.#update());
  }

  /** Claims its ports. */
  attach(space: PortSpace): void {
    this.#space = space;
    this.moveTo(this.#port);
    const smi = this.#options.smi;
    if (smi === undefined) return;
    space.claim({ base: smi.port, count: 2 }, {
      read: (port) => (port === smi.port ? this.#smiCommand : this.#smiStatus),
      write: (port, _size, value) => this.#writeSmi(port === smi.port, value),
    });
  }

  /** Base of the register blocks, −1 while they are not decoded. */
  get port(): number {
    return this.#port;
  }

  /**
   * Moves the register blocks, as firmware does through PCI configuration; −1 takes them away. Where another device answers
   * already, they are not decoded: the guest chooses this port, so that is no error.
   */
  moveTo(port: number): void {
    this.#claim?.release();
    this.#claim = undefined;
    this.#port = port;
    const range = { base: port, count: BLOCK_SIZE, sizes: [1, 2, 4] } as const;
    if (port >= 0 && this.#space !== undefined && this.#space.firstTaken(range) < 0) this.#claim = this.#space.claim(range, this);
  }

  /** The power button was pressed. */
  pressPowerButton(): void {
    this.#status |= STATUS_POWER_BUTTON;
    this.#update();
  }

  /** Raises general-purpose event 0–15. */
  raiseGpe(event: number): void {
    this.#gpeStatus |= 1 << event;
    this.#update();
  }

  read(port: number, size: number): number {
    const offset = port - this.#port;
    if (offset >= PM_TIMER_BLOCK && offset < PM_TIMER_BLOCK + 4) {
      const ticks = ticksAt(this.#options.clock.now(), PM_TIMER_FREQUENCY) % 2 ** 24;
      return truncate(ticks >>> ((offset & 3) * 8), size);
    }
    const registers = size === 4 ? (this.#word(offset) | (this.#word(offset + 2) << 16)) >>> 0 : this.#word(offset & ~1);
    return size === 1 && (offset & 1) !== 0 ? registers >> 8 : truncate(registers, size);
  }

  write(port: number, size: number, value: number): void {
    const offset = port - this.#port;
    if (size === 4) {
      this.#writeWord(offset, value & 0xffff);
      this.#writeWord(offset + 2, value >>> 16);
    } else if (size === 2) {
      this.#writeWord(offset, value);
    } else {
      this.#writeByte(offset, value);
    }
    this.#update();
  }

  reset(): void {
    this.#status = this.#enable = this.#gpeStatus = this.#gpeEnable = this.#smiCommand = this.#smiStatus = 0;
    this.#control = this.#options.enabledAtReset === true ? CONTROL_SCI_ENABLE : 0;
    this.#carry = this.#carryNow();
    this.#update();
  }

  save(): AcpiPmState {
    // As if it had just been looked at: equal machines have equal states, whoever looked last.
    this.#collectTimer();
    return {
      port: this.#port, status: this.#status, enable: this.#enable, control: this.#control, gpeStatus: this.#gpeStatus,
      gpeEnable: this.#gpeEnable, smiCommand: this.#smiCommand, smiStatus: this.#smiStatus, carry: this.#carry,
    };
  }

  restore(state: AcpiPmState): void {
    if (state.port !== this.#port) this.moveTo(state.port);
    this.#status = state.status;
    this.#enable = state.enable;
    this.#control = state.control;
    this.#gpeStatus = state.gpeStatus;
    this.#gpeEnable = state.gpeEnable;
    this.#smiCommand = state.smiCommand;
    this.#smiStatus = state.smiStatus;
    this.#carry = state.carry;
    this.#update();
  }

  #carryNow(): number {
    return Math.floor(ticksAt(this.#options.clock.now(), PM_TIMER_FREQUENCY) / CARRY_TICKS);
  }

  #collectTimer(): void {
    const carry = this.#carryNow();
    if (carry !== this.#carry) this.#status |= STATUS_TIMER;
    this.#carry = carry;
  }

  #word(offset: number): number {
    switch (offset) {
      case 0:
        this.#collectTimer();
        return this.#status;
      case 2:
        return this.#enable;
      case PM_CONTROL_BLOCK:
        return this.#control;
      case PM_GPE0_BLOCK:
        return this.#gpeStatus;
      case PM_GPE0_BLOCK + 2:
        return this.#gpeEnable;
      default:
        return 0;
    }
  }

  #writeWord(offset: number, value: number): void {
    switch (offset) {
      case 0:
        this.#collectTimer();
        this.#status &= ~(value & STATUS_MASK);
        return;
      case 2:
        this.#collectTimer();
        this.#enable = value & ENABLE_MASK;
        return;
      case PM_CONTROL_BLOCK:
        this.#writeControl(value);
        return;
      case PM_GPE0_BLOCK:
        this.#gpeStatus &= ~value;
        return;
      case PM_GPE0_BLOCK + 2:
        this.#gpeEnable = value;
        return;
      default:
        return;
    }
  }

  /** A byte of a status register clears only its own bits; of another register it leaves the other byte alone. */
  #writeByte(offset: number, value: number): void {
    const word = offset & ~1;
    const shift = (offset & 1) * 8;
    const isStatus = word === 0 || word === PM_GPE0_BLOCK;
    const rest = isStatus ? 0 : this.#word(word) & (0xff00 >> shift);
    this.#writeWord(word, rest | (value << shift));
  }

  #writeControl(value: number): void {
    this.#control = (this.#control & CONTROL_SCI_ENABLE) | (value & CONTROL_WRITABLE);
    if ((value & CONTROL_SLEEP_ENABLE) === 0) return;
    const type = (value >> 10) & 7;
    if (type === (this.#options.s5Type ?? 0)) {
      this.#options.onPowerOff();
    } else {
      this.#status |= STATUS_WAKE;
      this.#options.onSleep?.(type);
    }
  }

  #writeSmi(isCommand: boolean, value: number): void {
    const smi = this.#options.smi;
    if (!isCommand || smi === undefined) {
      this.#smiStatus = value;
      return;
    }
    this.#smiCommand = value;
    if (value === smi.acpiEnable) this.#control |= CONTROL_SCI_ENABLE;
    else if (value === smi.acpiDisable) this.#control &= ~CONTROL_SCI_ENABLE;
    this.#update();
  }

  #update(): void {
    this.#collectTimer();
    const fixed = (this.#status & this.#enable) !== 0;
    const general = (this.#gpeStatus & this.#gpeEnable) !== 0;
    this.#options.sci.set((this.#control & CONTROL_SCI_ENABLE) !== 0 && (fixed || general));
    if ((this.#enable & ~this.#status & STATUS_TIMER) !== 0) this.#timer.arm(timeOfTick((this.#carry + 1) * CARRY_TICKS, PM_TIMER_FREQUENCY));
    else this.#timer.disarm();
  }
}

function truncate(value: number, size: number): number {
  return size === 4 ? value : value & (size === 2 ? 0xffff : 0xff);
}
