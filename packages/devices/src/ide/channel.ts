import type { AccessSize } from '@ringzero/processor';
import type { IrqLine } from '../bus/irq.ts';
import type { BusMemory } from '../bus/slot.ts';
import type { Transfers } from '../bus/transfers.ts';
import {
  CONTROL_HOB, CONTROL_NIEN, CONTROL_SRST, DEVICE, DEVICE_DEV, DEVICE_RESET, EXECUTE_DEVICE_DIAGNOSTIC, STATUS_COMMAND,
} from './ata-definitions.ts';
import { BusMaster, type BusMasterState } from './bus-master.ts';
import type { Drive, DriveHost, DriveState } from './drive.ts';

export interface ChannelOptions {
  readonly memory: BusMemory;
  readonly transfers: Transfers;
  readonly irq: IrqLine;
  /** Whether the function may master the bus. */
  readonly isMaster: () => boolean;
  readonly log: (message: string) => void;
}

export interface ChannelState {
  readonly control: number;
  readonly selected: number;
  readonly busMaster: BusMasterState;
  /** Drives 0 and 1; null where there is none. */
  readonly drives: readonly (DriveState | null)[];
}

/** A bus that nobody drives: a resistor pulls DD7 down, so that drivers see no busy drive (ATA/ATAPI-6 annex A). */
const FLOATING = 0x7f;

function floating(size: AccessSize): number {
  return size === 1 ? FLOATING : size === 2 ? 0xff7f : 0xff7f_ff7f;
}

/** One cable with up to two drives, its registers and its bus master. */
export class Channel {
  readonly busMaster: BusMaster;
  readonly #irq: IrqLine;
  readonly #options: ChannelOptions;
  readonly #drives: (Drive | undefined)[] = [undefined, undefined];
  #control = 0;
  #selected = 0;
  #level = false;

  constructor(options: ChannelOptions) {
    this.#options = options;
    this.#irq = options.irq;
    this.busMaster = new BusMaster({ memory: options.memory, isMaster: options.isMaster, onStart: () => this.#drive?.pumpDma() });
  }

  /** Puts a drive on the cable. */
  attach(unit: 0 | 1, create: (host: DriveHost) => Drive): void {
    this.#drives[unit] = create({
      transfers: this.#options.transfers,
      busMaster: this.busMaster,
      onInterrupt: () => this.#driveLine(),
      log: this.#options.log,
    });
  }

  /** A command block register but the data port; `register` 1 to 7. */
  read(register: number): number {
    const drive = this.#drive;
    if (drive === undefined) return this.#absent();
    if (register !== STATUS_COMMAND) return drive.registers.read(register, (this.#control & CONTROL_HOB) !== 0);
    drive.acknowledge();
    return drive.status;
  }

  write(register: number, value: number): void {
    this.#control &= ~CONTROL_HOB;
    const drive = this.#drive;
    if (register === STATUS_COMMAND) return this.#command(value);
    if (drive?.isOccupied === true) return;
    // Both drives listen, whichever is selected.
    for (const one of this.#drives) if (one?.isOccupied === false) one.registers.write(register, value);
    if (register !== DEVICE) return;
    this.#selected = (value & DEVICE_DEV) === 0 ? 0 : 1;
    this.#driveLine();
  }

  readData(size: AccessSize): number {
    return this.#drive?.readData(size) ?? (this.#drives[0] === undefined ? floating(size) : 0);
  }

  writeData(size: AccessSize, value: number): void {
    this.#drive?.writeData(size, value);
  }

  readAlternateStatus(): number {
    return this.#drive?.status ?? this.#absent();
  }

  writeControl(value: number): void {
    const before = this.#control;
    this.#control = value & (CONTROL_HOB | CONTROL_SRST | CONTROL_NIEN);
    if (((before | value) & CONTROL_SRST) !== 0) {
      for (const drive of this.#drives) drive?.softReset((value & CONTROL_SRST) !== 0);
      this.#selectFirst();
    }
    this.#driveLine();
  }

  reset(): void {
    this.#control = 0;
    this.#selected = 0;
    this.busMaster.reset();
    for (const drive of this.#drives) drive?.reset();
    this.#driveLine();
  }

  save(): ChannelState {
    return { control: this.#control, selected: this.#selected, busMaster: this.busMaster.save(), drives: this.#drives.map((drive) => drive?.save() ?? null) };
  }

  restore(state: ChannelState): void {
    this.#control = state.control;
    this.#selected = state.selected;
    this.#drives.forEach((drive, unit) => {
      const saved = state.drives[unit];
      if (saved) drive?.restore(saved);
    });
    this.#driveLine();
    // Last: a line that rises again is no news to it.
    this.busMaster.restore(state.busMaster);
  }

  get #drive(): Drive | undefined {
    return this.#drives[this.#selected];
  }

  /** Drive 0 answers for an absent drive 1 with zeros (§9.16.1); where it is the absent one, nobody does. */
  #absent(): number {
    return this.#drives[0] === undefined ? FLOATING : 0;
  }

  #command(code: number): void {
    if (code === EXECUTE_DEVICE_DIAGNOSTIC) return this.#diagnose();
    const drive = this.#drive;
    if (drive === undefined || (drive.isOccupied && !(drive.isPacketDevice && code === DEVICE_RESET))) return;
    drive.command(code);
  }

  /** Both drives test themselves; drive 0 answers. */
  #diagnose(): void {
    if (this.#drives.some((drive) => drive?.isOccupied === true)) return;
    this.#drives.forEach((drive, unit) => drive?.diagnose(unit === 0));
    this.#selectFirst();
  }

  #selectFirst(): void {
    this.#selected = 0;
    for (const drive of this.#drives) drive?.registers.write(DEVICE, 0);
    this.#driveLine();
  }

  /** The selected drive's request, unless the driver masks it. Where it rises, the bus master takes note. */
  #driveLine(): void {
    const level = this.#drive?.isInterrupting === true && (this.#control & CONTROL_NIEN) === 0;
    if (level === this.#level) return;
    this.#level = level;
    if (level) this.busMaster.noteInterrupt();
    this.#irq.set(level);
  }
}

