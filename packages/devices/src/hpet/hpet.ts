import type { AccessSize } from '@ringzero/processor';
import type { Device, DeviceServices } from '../bus/device.ts';
import type { IrqLine, IrqReplacement } from '../bus/irq.ts';
import type { MmioHandler, MmioSpace } from '../bus/mmio-space.ts';
import { RegisterFile, type RegisterField } from '../bus/register-file.ts';
import { requireDecimal, requireInRange } from '../bus/state-range.ts';
import { HpetTimer, NANOSECONDS_PER_TICK, type HpetTimerState } from './hpet-timer.ts';

/** Where the registers are: 1 KiB of device memory. */
export const HPET_BASE = 0xfed00000;
const HPET_BYTES = 0x400;
const TIMERS = 3;
/** Low half of the capabilities: Intel, legacy replacement, 64 bits, three timers, revision 1. */
export const HPET_CAPABILITIES: number = ((0x8086 << 16) | 0xa000 | ((TIMERS - 1) << 8) | 1) >>> 0;
/** Shortest period that a periodic timer keeps without loss, in ticks. */
export const HPET_MINIMUM_TICKS = 1000;
const FEMTOSECONDS_PER_TICK: number = NANOSECONDS_PER_TICK * 1_000_000;
const FIRST_PIN = 16;
const LAST_PIN = 23;
const ROUTES = 0xff0000;

const CONFIG_ENABLE = 1;
const CONFIG_LEGACY = 2;

export interface HpetOptions extends DeviceServices {
  /** What replaces IRQ 0 and IRQ 8 where the guest asks for the legacy replacement route. */
  readonly replacements: readonly [IrqReplacement, IrqReplacement];
  /** A new source on IO-APIC pin 16–23. */
  readonly pin: (pin: number) => IrqLine;
}

/** What a save of the HPET keeps. */
export interface HpetState {
  readonly config: number;
  readonly status: number;
  /** The main counter at tick `start` of the clock if it runs, else now; a decimal text. */
  readonly base: string;
  readonly start: number;
  readonly timers: readonly HpetTimerState[];
}

/** High precision event timers (IA-PC HPET specification 1.0a): a 64-bit counter of 100 MHz and three timers. */
export class Hpet implements Device<HpetState>, MmioHandler {
  readonly #options: HpetOptions;
  readonly #timers: readonly HpetTimer[];
  readonly #registers: RegisterFile;
  #config = 0;
  #status = 0;
  #base = 0n;
  #start = 0;

  constructor(options: HpetOptions) {
    this.#options = options;
    this.#timers = Array.from({ length: TIMERS }, (_, index) => this.#createTimer(index));
    this.#registers = new RegisterFile([
      // The counter first: kernels read it as their clock.
      { offset: 0xf0, size: 4, read: () => this.#counterLow(), write: (value) => this.#setCounter(0n, value) },
      { offset: 0xf4, size: 4, read: () => Number(this.#counter() >> 32n), write: (value) => this.#setCounter(32n, value) },
      { offset: 0x00, size: 4, read: () => HPET_CAPABILITIES },
      { offset: 0x04, size: 4, read: () => FEMTOSECONDS_PER_TICK },
      { offset: 0x10, size: 4, read: () => this.#config, write: (value) => this.#configure(value & (CONFIG_ENABLE | CONFIG_LEGACY)) },
      { offset: 0x20, size: 4, clearsByOnes: true, read: () => this.#status, write: (value) => this.#clearStatus(value) },
      ...this.#timers.flatMap((timer, index) => timerRegisters(timer, 0x100 + 0x20 * index)),
    ]);
    for (const timer of this.#timers) timer.reset();
  }

  /** Claims its addresses. */
  attach(space: MmioSpace): void {
    space.claim({ base: HPET_BASE, size: HPET_BYTES }, this);
  }

  read(offset: number, size: AccessSize): number {
    return this.#registers.read(offset, size);
  }

  write(offset: number, size: AccessSize, value: number): void {
    this.#registers.write(offset, size, value);
  }

  reset(): void {
    for (const timer of this.#timers) timer.reset();
    this.#config = this.#status = this.#start = 0;
    this.#base = 0n;
    this.#replace();
  }

  save(): HpetState {
    return { config: this.#config, status: this.#status, base: `${this.#base}`, start: this.#start, timers: this.#timers.map((timer) => timer.save()) };
  }

  restore(state: HpetState): void {
    requireDecimal('HPET counter', state.base);
    requireInRange('HPET start', state.start, 0, Number.MAX_SAFE_INTEGER);
    for (const timer of this.#timers) timer.release();
    this.#config = state.config;
    this.#status = state.status;
    this.#base = BigInt.asUintN(64, BigInt(state.base));
    this.#start = state.start;
    this.#replace();
    this.#timers.forEach((timer, index) => {
      const saved = state.timers[index];
      if (saved !== undefined) timer.restore(saved);
      void timer.drive();
    });
  }

  #createTimer(index: number): HpetTimer {
    const pins = new Map<number, IrqLine>();
    const timer: HpetTimer = new HpetTimer({
      clock: this.#options.clock,
      counter: () => ((this.#config & CONFIG_ENABLE) === 0 ? undefined : this.#counter()),
      line: () => ((this.#config & CONFIG_LEGACY) !== 0 ? this.#options.replacements[index] : undefined) ?? this.#pin(pins, timer.route),
      status: () => (this.#status & (1 << index)) !== 0,
      setStatus: () => void (this.#status |= 1 << index),
    }, ROUTES);
    return timer;
  }

  /** A timer's source on a pin, made when first used. */
  #pin(pins: Map<number, IrqLine>, pin: number): IrqLine | undefined {
    if (pin < FIRST_PIN || pin > LAST_PIN) return undefined;
    let line = pins.get(pin);
    if (line === undefined) pins.set(pin, (line = this.#options.pin(pin)));
    return line;
  }

  #tick(): number {
    return Math.floor(this.#options.clock.now() / NANOSECONDS_PER_TICK);
  }

  #counter(): bigint {
    if ((this.#config & CONFIG_ENABLE) === 0) return this.#base;
    return BigInt.asUintN(64, this.#base + BigInt(this.#tick() - this.#start));
  }

  #counterLow(): number {
    const low = Number(BigInt.asUintN(32, this.#base));
    return (this.#config & CONFIG_ENABLE) === 0 ? low : (low + this.#tick() - this.#start) % 2 ** 32;
  }

  #setCounter(shift: bigint, value: number): void {
    this.#base = (this.#counter() & ~(0xffff_ffffn << shift)) | (BigInt(value >>> 0) << shift);
    this.#start = this.#tick();
    for (const timer of this.#timers) timer.arm();
  }

  #configure(config: number): void {
    const changes = config ^ this.#config;
    const base = this.#counter();
    if ((changes & CONFIG_LEGACY) !== 0) for (const timer of this.#timers) timer.release();
    this.#config = config;
    this.#base = base;
    this.#start = this.#tick();
    if ((changes & CONFIG_LEGACY) !== 0) this.#replace();
    for (const timer of this.#timers) {
      void timer.drive();
      timer.arm();
    }
  }

  #replace(): void {
    for (const replacement of this.#options.replacements) replacement.replace((this.#config & CONFIG_LEGACY) !== 0);
  }

  #clearStatus(bits: number): void {
    this.#status &= ~bits;
    for (const timer of this.#timers) if (timer.isLevel) void timer.drive();
  }
}

function timerRegisters(timer: HpetTimer, offset: number): RegisterField[] {
  return [0, 1, 2, 3].map((index) => ({
    offset: offset + 4 * index,
    size: 4,
    read: () => timer.read(index),
    write: (value) => timer.write(index, value),
  }));
}
