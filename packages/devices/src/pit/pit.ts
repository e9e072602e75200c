import { Deadline } from '../bus/deadline.ts';
import type { Device, DeviceServices } from '../bus/device.ts';
import type { IrqLine } from '../bus/irq.ts';
import type { PortHandler, PortSpace } from '../bus/port-space.ts';
import { ticksAt, timeOfTick } from '../bus/ticks.ts';
import { Counter } from './counter.ts';
import type { CounterState } from './counter.ts';

/** Frequency of the PC's timer oscillator in Hz. */
export const PIT_FREQUENCY = 1193182;

/** How a {@link Pit} is wired and set up. */
export interface PitOptions extends DeviceServices {
  /** First of the timer's four ports, and system control port B. */
  readonly ports?: { readonly timer: number; readonly systemControl: number };
  /** Wired to the output of counter 0: IRQ 0. */
  readonly irq: IrqLine;
}

/** What a save of {@link Pit} keeps. */
export interface PitState {
  readonly counters: readonly CounterState[];
  /** The writable bits of port 61h. */
  readonly systemControl: number;
  /** Whether counter 0 holds its interrupt line up. */
  readonly irq: boolean;
}

const DEFAULT_PORTS = { timer: 0x40, systemControl: 0x61 };
/** The refresh bit of port 61h changes every 18 ticks, about 15 microseconds. */
const REFRESH_TICKS = 18;
/** Ticks that counter 0 may be late by before what was missed is dropped: half a second. */
const MOST_MISSED: number = PIT_FREQUENCY >> 1;
/** Ticks after which it looks again whether the guest has taken the last interrupt: a quarter of a millisecond. */
const LOOK_AGAIN = 300;

/**
 * Intel 8254 interval timer, with system control port B (61h): gate and output of counter 2, speaker, refresh toggle.
 *
 * The interrupt line shows every rise of OUT 0. Between rises of the periodic modes it stays up, and the pulse that ends
 * the period is given at once: nobody can see its length but through the output bit, which is computed.
 */
export class Pit implements Device<PitState>, PortHandler {
  readonly #options: PitOptions;
  readonly #ports: { readonly timer: number; readonly systemControl: number };
  readonly #counters: readonly [Counter, Counter, Counter] = [new Counter(true), new Counter(true), new Counter(false)];
  readonly #rise: Deadline;
  #systemControl = 0;
  #irq = false;
  /** When the line rises next. */
  #riseTick = -1;
  /** When the guest was last seen to take an interrupt. */
  #taken = 0;

  constructor(options: PitOptions) {
    this.#options = options;
    this.#ports = options.ports ?? DEFAULT_PORTS;
    this.#rise = new Deadline(options.clock, () => this.#onRise());
  }

  /** Claims its ports. */
  attach(space: PortSpace): void {
    space.claim({ base: this.#ports.timer, count: 4 }, this);
    space.claim({ base: this.#ports.systemControl, count: 1 }, this);
  }

  read(port: number): number {
    const now = this.#now();
    if (port === this.#ports.systemControl) {
      const refresh = Math.floor(now / REFRESH_TICKS) & 1;
      return this.#systemControl | (refresh << 4) | (this.#counters[2].output(now) ? 0x20 : 0);
    }
    const counter = this.#counters[port - this.#ports.timer];
    // The control register cannot be read: the bus floats.
    return counter === undefined ? 0xff : counter.read(now);
  }

  write(port: number, _size: number, value: number): void {
    const now = this.#now();
    if (port === this.#ports.systemControl) {
      this.#systemControl = value & 0x0f;
      this.#counters[2].setGate((value & 1) !== 0, now);
      return;
    }
    const index = port - this.#ports.timer;
    if (index === 3) {
      this.#control(value, now);
      return;
    }
    this.#counters[index as 0 | 1 | 2].write(value, now);
    if (index === 0) this.#arm(now);
  }

  reset(): void {
    this.#systemControl = 0;
    for (const counter of this.#counters) counter.reset();
    this.#counters[2].setGate(false, this.#now());
    this.#rise.disarm();
    this.#setIrq(false);
  }

  save(): PitState {
    return { counters: this.#counters.map((counter) => counter.save()), systemControl: this.#systemControl, irq: this.#irq };
  }

  restore(state: PitState): void {
    for (const [index, counter] of this.#counters.entries()) {
      const saved = state.counters[index];
      if (saved !== undefined) counter.restore(saved);
    }
    this.#systemControl = state.systemControl;
    this.#setIrq(state.irq);
    this.#schedule(this.#now());
  }

  #now(): number {
    return ticksAt(this.#options.clock.now(), PIT_FREQUENCY);
  }

  #control(value: number, now: number): void {
    const select = value >> 6;
    if (select === 3) {
      for (const [index, counter] of this.#counters.entries()) {
        if ((value & (2 << index)) === 0) continue;
        if ((value & 0x20) === 0) counter.latchCount(now);
        if ((value & 0x10) === 0) counter.latchStatus(now);
      }
      return;
    }
    const counter = this.#counters[select as 0 | 1 | 2];
    if ((value & 0x30) === 0) {
      counter.latchCount(now);
      return;
    }
    counter.control(value);
    if (select === 0) this.#arm(now);
  }

  /** Follows a change of counter 0: its line, and when it rises next. */
  #arm(now: number): void {
    const counter = this.#counters[0];
    this.#setIrq(counter.mode === 0 ? counter.output(now) : true);
    this.#schedule(now);
  }

  #schedule(after: number): void {
    this.#riseTick = this.#counters[0].nextRise(after);
    if (this.#riseTick < 0) this.#rise.disarm();
    else this.#rise.arm(timeOfTick(this.#riseTick, PIT_FREQUENCY));
  }

  /**
   * A host that comes late has missed ticks: they follow one by one, each when the guest has taken the one before it, or the
   * guest's clock would fall behind its counters. One that takes none is not waited for.
   */
  #onRise(): void {
    this.#setIrq(false);
    const isMerged = this.#setIrq(true) === false;
    const now = this.#now();
    if (!isMerged) this.#taken = now;
    else if (this.#options.clock.mode === 'real' && now - this.#taken < MOST_MISSED) {
      this.#rise.arm(timeOfTick(now + LOOK_AGAIN, PIT_FREQUENCY));
      return;
    }
    this.#schedule(now - this.#riseTick > MOST_MISSED ? now : this.#riseTick);
  }

  #setIrq(level: boolean): boolean | void {
    this.#irq = level;
    return this.#options.irq.set(level);
  }
}
