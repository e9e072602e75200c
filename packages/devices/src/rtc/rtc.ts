import { Deadline } from '../bus/deadline.ts';
import type { Device, DeviceServices } from '../bus/device.ts';
import type { IrqLine } from '../bus/irq.ts';
import type { PortHandler, PortSpace } from '../bus/port-space.ts';
import { ticksAt, timeOfTick } from '../bus/ticks.ts';
import { calendarOf, decodeField, decodeHour, encodeField, encodeHour, epochOf } from './calendar.ts';

/** How a {@link Rtc} is wired and set up. */
export interface RtcOptions extends DeviceServices {
  /** The index port; the data port follows it. */
  readonly port?: number;
  /** IRQ 8. */
  readonly irq: IrqLine;
  /** Date and time when the VM was created, in milliseconds since 1970-01-01 00:00 UTC. A fixed one makes runs repeatable. */
  readonly startDate: number;
  /** The 128 battery-backed bytes (see `cmosContents`); the clock's registers among them are ignored. */
  readonly memory?: Uint8Array;
  /** Bit 7 of the index port masks NMI on a PC. */
  readonly onNmiMask?: (masked: boolean) => void;
}

/** What a save of {@link Rtc} keeps. */
export interface RtcState {
  readonly index: number;
  readonly bytes: readonly number[];
  /** Date at `anchor`, in seconds since 1970. */
  readonly date: number;
  /** Time of the VM at which that second began, in nanoseconds. */
  readonly anchor: number;
  /** When register C was last read: what happened since then shows in its flags. */
  readonly flagsSince: number;
}

const SECOND = 1_000_000_000;
const OSCILLATOR = 32768;
/** UIP rises this long before the update (data sheet: 244 microseconds). */
const UPDATE_WARNING = 244_000;
const SECONDS_PER_DAY = 86_400;

const B_SET = 0x80;
const FLAG_PERIODIC = 0x40;
const FLAG_ALARM = 0x20;
const FLAG_UPDATE = 0x10;
const ALL_FLAGS = 0x70;
const CENTURY = 0x32;
const TIME_REGISTERS: ReadonlySet<number> = new Set([0, 2, 4, 6, 7, 8, 9, CENTURY]);

/**
 * Motorola MC146818 real-time clock with 128 bytes of battery-backed memory. The time is computed from the VM's clock; a
 * timer runs only while an interrupt is enabled.
 */
export class Rtc implements Device<RtcState>, PortHandler {
  readonly #options: RtcOptions;
  readonly #port: number;
  readonly #bytes = new Uint8Array(128);
  readonly #periodic: Deadline;
  readonly #update: Deadline;
  #index = 0;
  #date: number;
  #anchor: number;
  #flagsSince = 0;

  constructor(options: RtcOptions) {
    this.#options = options;
    this.#port = options.port ?? 0x70;
    const start = Math.floor(options.startDate);
    this.#date = Math.floor(start / 1000);
    this.#anchor = (this.#date * 1000 - start) * 1_000_000;
    this.#periodic = new Deadline(options.clock, () => this.#onTimer());
    this.#update = new Deadline(options.clock, () => this.#onTimer());
    if (options.memory !== undefined) this.#bytes.set(options.memory.subarray(0, 128));
    this.#bytes[10] = 0x26;
    this.#bytes[11] = 0x02;
    this.#bytes[12] = 0;
    this.#bytes[13] = 0x80;
  }

  /** Claims its ports. */
  attach(space: PortSpace): void {
    space.claim({ base: this.#port, count: 2 }, this);
  }

  read(port: number): number {
    // The index register is write-only.
    return port === this.#port ? 0xff : this.#readRegister(this.#index);
  }

  write(port: number, _size: number, value: number): void {
    if (port !== this.#port) {
      this.#writeRegister(this.#index, value);
      return;
    }
    this.#index = value & 0x7f;
    this.#options.onNmiMask?.((value & 0x80) !== 0);
  }

  /** A battery-backed byte, as the guest would read it. */
  peek(index: number): number {
    return this.#bytes[index & 0x7f]!;
  }

  /** The interrupt enables and flags are cleared; time, memory and modes live on the battery. */
  reset(): void {
    this.#bytes[11]! &= ~ALL_FLAGS & ~0x08;
    this.#bytes[12] = 0;
    this.#flagsSince = this.#now();
    this.#index = 0;
    this.#schedule();
    this.#drive();
  }

  save(): RtcState {
    return { index: this.#index, bytes: [...this.#bytes], date: this.#date, anchor: this.#anchor, flagsSince: this.#flagsSince };
  }

  restore(state: RtcState): void {
    this.#index = state.index;
    this.#bytes.set(state.bytes);
    this.#date = state.date;
    this.#anchor = state.anchor;
    this.#flagsSince = state.flagsSince;
    this.#schedule();
    this.#drive();
  }

  #now(): number {
    return this.#options.clock.now();
  }

  get #b(): number {
    return this.#bytes[11]!;
  }

  /** The divider is held in reset: time stands still. */
  get #held(): boolean {
    return (this.#bytes[10]! & 0x60) === 0x60;
  }

  #running(): boolean {
    return (this.#b & B_SET) === 0 && !this.#held;
  }

  #readRegister(index: number): number {
    if (TIME_REGISTERS.has(index) && this.#running()) this.#refreshTime();
    switch (index) {
      case 10:
        return this.#bytes[10]! | (this.#updating() ? 0x80 : 0);
      case 12: {
        this.#collectFlags();
        const flags = this.#flags();
        this.#bytes[12] = 0;
        this.#schedule();
        this.#drive();
        return flags;
      }
      default:
        return this.#bytes[index]!;
    }
  }

  #writeRegister(index: number, value: number): void {
    if (TIME_REGISTERS.has(index)) {
      if (this.#running()) this.#refreshTime();
      this.#bytes[index] = value;
      if (this.#running()) this.#adoptTime();
    } else if (index === 10) {
      this.#writeA(value);
    } else if (index === 11) {
      this.#writeB(value);
    } else if (index !== 12 && index !== 13) {
      this.#bytes[index] = value;
    }
    if (index < 12) {
      this.#schedule();
      this.#drive();
    }
  }

  #writeA(value: number): void {
    this.#collectFlags();
    const wasRunning = this.#running();
    if (wasRunning) this.#refreshTime();
    const wasHeld = this.#held;
    this.#bytes[10] = value & 0x7f;
    // Leaving divider reset, the first update comes half a second later (data sheet, "Divider control").
    if (wasHeld && !this.#held) {
      this.#anchor = this.#now() - SECOND / 2;
      if (this.#running()) this.#adoptTime();
    }
  }

  #writeB(value: number): void {
    this.#collectFlags();
    const wasRunning = this.#running();
    if (wasRunning) this.#refreshTime();
    // Setting SET clears UIE.
    this.#bytes[11] = (value & B_SET) !== 0 ? value & ~FLAG_UPDATE : value;
    if (!wasRunning && this.#running()) this.#adoptTime();
  }

  /** Seconds since 1970. */
  #seconds(at: number): number {
    return this.#date + Math.floor((at - this.#anchor) / SECOND);
  }

  #updating(): boolean {
    if (!this.#running()) return false;
    const intoSecond = (((this.#now() - this.#anchor) % SECOND) + SECOND) % SECOND;
    return intoSecond >= SECOND - UPDATE_WARNING;
  }

  #refreshTime(): void {
    const time = calendarOf(this.#seconds(this.#now()));
    const bytes = this.#bytes;
    const b = this.#b;
    bytes[0] = encodeField(time.second, b);
    bytes[2] = encodeField(time.minute, b);
    bytes[4] = encodeHour(time.hour, b);
    bytes[6] = encodeField(time.weekday, b);
    bytes[7] = encodeField(time.day, b);
    bytes[8] = encodeField(time.month, b);
    bytes[9] = encodeField(time.year % 100, b);
    bytes[CENTURY] = encodeField(Math.floor(time.year / 100), b);
  }

  /** Goes on from the time in the registers; the phase within the second stays. */
  #adoptTime(): void {
    const bytes = this.#bytes;
    const b = this.#b;
    const date = epochOf({
      second: decodeField(bytes[0]!, b), minute: decodeField(bytes[2]!, b), hour: decodeHour(bytes[4]!, b), weekday: 1,
      day: decodeField(bytes[7]!, b), month: decodeField(bytes[8]!, b),
      year: decodeField(bytes[CENTURY]!, b) * 100 + decodeField(bytes[9]!, b),
    });
    const now = this.#now();
    this.#anchor += Math.floor((now - this.#anchor) / SECOND) * SECOND;
    this.#date = date;
  }

  /** Ticks of the 32768 Hz oscillator between two periodic flags, 0 when they are off. */
  #period(): number {
    const rate = this.#bytes[10]! & 15;
    if (rate === 0 || this.#held) return 0;
    return rate <= 2 ? 1 << (rate + 6) : 1 << (rate - 1);
  }

  #periodsAt(time: number): number {
    const period = this.#period();
    return period === 0 ? 0 : Math.floor(ticksAt(time, OSCILLATOR) / period);
  }

  /** Register C with its summary bit. */
  #flags(): number {
    const flags = this.#bytes[12]!;
    return (flags & this.#b & ALL_FLAGS) !== 0 ? flags | 0x80 : flags;
  }

  /** Sets the flags of what happened since they were last looked at. */
  #collectFlags(): void {
    const now = this.#now();
    const since = this.#flagsSince;
    this.#flagsSince = now;
    if (this.#periodsAt(now) > this.#periodsAt(since)) this.#bytes[12]! |= FLAG_PERIODIC;
    if (!this.#running()) return;
    const first = this.#seconds(since);
    const last = this.#seconds(now);
    if (last <= first) return;
    this.#bytes[12]! |= FLAG_UPDATE;
    const alarm = this.#nextAlarm(first);
    if (alarm >= 0 && alarm <= last) this.#bytes[12]! |= FLAG_ALARM;
  }

  /** The first second after `after` that matches the alarm bytes, −1 for none. A byte of C0h or more matches everything. */
  #nextAlarm(after: number): number {
    const bytes = this.#bytes;
    const b = this.#b;
    const second = bytes[1]! >= 0xc0 ? -1 : decodeField(bytes[1]!, b);
    const minute = bytes[3]! >= 0xc0 ? -1 : decodeField(bytes[3]!, b);
    const hour = bytes[5]! >= 0xc0 ? -1 : decodeHour(bytes[5]!, b);
    for (let offset = 1; offset <= SECONDS_PER_DAY; offset++) {
      const ofDay = (after + offset) % SECONDS_PER_DAY;
      if (hour >= 0 && Math.floor(ofDay / 3600) !== hour) continue;
      if (minute >= 0 && Math.floor(ofDay / 60) % 60 !== minute) continue;
      if (second >= 0 && ofDay % 60 !== second) continue;
      return after + offset;
    }
    return -1;
  }

  #onTimer(): void {
    this.#collectFlags();
    this.#schedule();
    this.#drive();
  }

  #schedule(): void {
    const now = this.#now();
    const b = this.#b;
    const period = this.#period();
    const flags = this.#bytes[12]!;
    // A flag that is already set cannot rise again before it is read.
    if ((b & FLAG_PERIODIC) !== 0 && (flags & FLAG_PERIODIC) === 0 && period !== 0) {
      this.#periodic.arm(timeOfTick((this.#periodsAt(now) + 1) * period, OSCILLATOR));
    } else {
      this.#periodic.disarm();
    }
    const second = this.#seconds(now);
    let wanted = -1;
    if (this.#running()) {
      if ((b & FLAG_UPDATE) !== 0 && (flags & FLAG_UPDATE) === 0) wanted = second + 1;
      else if ((b & FLAG_ALARM) !== 0 && (flags & FLAG_ALARM) === 0) wanted = this.#nextAlarm(second);
    }
    if (wanted < 0) this.#update.disarm();
    else this.#update.arm(this.#anchor + (wanted - this.#date) * SECOND);
  }

  #drive(): void {
    this.#options.irq.set((this.#flags() & 0x80) !== 0);
  }
}
