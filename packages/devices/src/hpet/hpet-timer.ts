import { Deadline } from '../bus/deadline.ts';
import type { IrqLine } from '../bus/irq.ts';
import { requireDecimal } from '../bus/state-range.ts';
import type { VmClock } from '@ringzero/processor';

/** Nanoseconds of a tick of the main counter: 100 MHz. */
export const NANOSECONDS_PER_TICK = 10;

// Configuration bits (HPET 1.0a §2.3.8).
const LEVEL = 1 << 1;
const ENABLE = 1 << 2;
const PERIODIC = 1 << 3;
const PERIODIC_CAPABLE = 1 << 4;
const SIZE_64 = 1 << 5;
const SET_VALUE = 1 << 6;
const MODE_32 = 1 << 8;
const ROUTE_SHIFT = 9;
const WRITABLE = LEVEL | ENABLE | PERIODIC | SET_VALUE | MODE_32 | (31 << ROUTE_SHIFT);
/** Shortest time between two interrupts of a timer: a guest that asks for more would keep the host busy with nothing else. */
const SHORTEST = 10_000;
/** In real time, how often a late timer looks whether the guest took the interrupt before, and for how long. */
const LOOK_AGAIN = 250_000;
const MOST_MISSED = 500_000_000;

/** Numbers of 64 bits are decimal texts. */
export interface HpetTimerState {
  readonly config: number;
  readonly comparator: string;
  readonly period: string;
  /** When it matches next, in the clock's nanoseconds; left out while it is not going to. */
  readonly due?: number;
  /** When it matched last. */
  readonly matched: number;
  /** Whether it holds its line up, where that is edge-triggered. */
  readonly level: boolean;
}

/** What a timer asks of its block. */
export interface HpetTimerHost {
  readonly clock: VmClock;
  /** The main counter; undefined while it is halted. */
  counter(): bigint | undefined;
  /** Where interrupts go: undefined where the route leads nowhere. */
  line(): IrqLine | undefined;
  /** The timer's status bit. */
  status(): boolean;
  /** The timer matched in level-triggered mode. */
  setStatus(): void;
}

/** One comparator of the HPET. */
export class HpetTimer {
  readonly #host: HpetTimerHost;
  /** The pins that it can be routed to, as a mask. */
  readonly #routes: number;
  readonly #match: Deadline;
  #config = PERIODIC_CAPABLE | SIZE_64;
  #comparator = 0n;
  #period = 0n;
  #due: number | undefined;
  #level = false;
  #matched: number = -SHORTEST;
  /** When the guest was last seen to take an interrupt. */
  #taken = 0;

  constructor(host: HpetTimerHost, routes: number) {
    this.#host = host;
    this.#routes = routes;
    this.#match = new Deadline(host.clock, () => this.#onMatch());
  }

  get isLevel(): boolean {
    return (this.#config & LEVEL) !== 0;
  }

  /** The IO-APIC pin that the guest chose. */
  get route(): number {
    return (this.#config >> ROUTE_SHIFT) & 31;
  }

  /** The doubleword at `index`: configuration, routes, comparator, its upper half. */
  read(index: number): number {
    switch (index) {
      case 0:
        return this.#config;
      case 1:
        return this.#routes;
      case 2:
        this.#followCounter();
        return Number(BigInt.asUintN(32, this.#comparator));
      case 3:
        this.#followCounter();
        return Number(this.#comparator >> 32n);
      default:
        return 0;
    }
  }

  write(index: number, value: number): void {
    switch (index) {
      case 0:
        return this.#configure(value);
      case 2:
        this.#setComparator(0n, value);
        this.#config &= ~SET_VALUE;
        return;
      case 3:
        if ((this.#config & MODE_32) === 0) this.#setComparator(32n, value);
        return;
      default:
        return;
    }
  }

  /** Follows a change of the main counter or of what it is compared with. */
  arm(): void {
    this.#due = undefined;
    const counter = this.#host.counter();
    if (counter === undefined || !this.#isHeard) return this.#schedule(undefined);
    this.#followCounter();
    this.#scheduleAfter(BigInt.asUintN(this.#bits, this.#comparator - counter));
  }

  /** Drives its line: by the status bit if it is level-triggered. */
  drive(): boolean | void {
    const isAsserted = this.isLevel ? this.#host.status() : this.#level;
    return this.#host.line()?.set((this.#config & ENABLE) !== 0 && isAsserted);
  }

  /** The line is about to be another one. */
  release(): void {
    this.#host.line()?.set(false);
  }

  reset(): void {
    this.release();
    this.#config = PERIODIC_CAPABLE | SIZE_64;
    this.#comparator = 0xffff_ffff_ffff_ffffn;
    this.#period = 0n;
    this.#level = false;
    this.#matched = -SHORTEST;
    this.#schedule(undefined);
  }

  save(): HpetTimerState {
    return {
      config: this.#config, comparator: `${this.#comparator}`, period: `${this.#period}`, matched: this.#matched, level: this.#level,
      ...(this.#due === undefined ? {} : { due: this.#due }),
    };
  }

  /** The line is driven when the block is restored as a whole. */
  restore(state: HpetTimerState): void {
    requireDecimal('HPET comparator', state.comparator);
    requireDecimal('HPET period', state.period);
    this.#config = state.config;
    this.#comparator = BigInt.asUintN(64, BigInt(state.comparator));
    this.#period = BigInt.asUintN(64, BigInt(state.period));
    this.#matched = state.matched;
    this.#taken = this.#host.clock.now();
    this.#level = state.level;
    this.#schedule(state.due);
  }

  get #bits(): number {
    return (this.#config & MODE_32) !== 0 ? 32 : 64;
  }

  get #isPeriodic(): boolean {
    return (this.#config & PERIODIC) !== 0;
  }

  /** Whether a match shows: an idle machine is not woken for others. Level-triggered ones have a status without an interrupt, too. */
  get #isHeard(): boolean {
    return (this.#config & (ENABLE | LEVEL)) !== 0;
  }

  /** A periodic comparator that nobody waited for is where it would have got to. */
  #followCounter(): void {
    const counter = this.#host.counter();
    if (counter === undefined || !this.#isPeriodic || this.#period === 0n || this.#due !== undefined) return;
    const behind = BigInt.asIntN(this.#bits, counter - this.#comparator);
    if (behind >= 0n) this.#advance(behind / this.#period + 1n);
  }

  #advance(periods: bigint): void {
    this.#comparator = BigInt.asUintN(this.#bits, this.#comparator + periods * this.#period);
  }

  #configure(value: number): void {
    this.release();
    this.#config = (this.#config & ~WRITABLE) | (value & WRITABLE);
    if ((this.#routes & (1 << this.route)) === 0) this.#config &= ~(31 << ROUTE_SHIFT);
    if ((this.#config & MODE_32) !== 0) {
      this.#comparator = BigInt.asUintN(32, this.#comparator);
      this.#period = BigInt.asUintN(32, this.#period);
    }
    if ((this.#config & ENABLE) === 0 || this.isLevel) this.#level = false;
    void this.drive();
    this.arm();
  }

  /** A periodic timer's comparator itself is written only after SET_VALUE; else the write is its period. */
  #setComparator(shift: bigint, value: number): void {
    const replace = (old: bigint): bigint => (old & ~(0xffff_ffffn << shift)) | (BigInt(value >>> 0) << shift);
    if (this.#isPeriodic) this.#period = replace(this.#period);
    if (this.#isPeriodic && (this.#config & SET_VALUE) === 0) return;
    this.#comparator = replace(this.#comparator);
    this.arm();
  }

  #onMatch(): void {
    this.#due = undefined;
    const counter = this.#host.counter();
    if (counter === undefined) return;
    const now = this.#host.clock.now();
    this.#matched = now;
    const isMerged = this.#interrupt() === false;
    if (!isMerged) this.#taken = now;
    else if (this.#isPeriodic && this.#host.clock.mode === 'real' && now - this.#taken < MOST_MISSED) {
      // The guest has not taken the tick before: this one waits, or the guest's clock would fall behind.
      this.#schedule(now + LOOK_AGAIN);
      return;
    }
    if (this.#isPeriodic) this.#nextPeriod(counter);
    else this.#scheduleAfter(1n << BigInt(this.#bits));
  }

  /** False: the interrupt merged with one that no processor has taken yet. */
  #interrupt(): boolean | void {
    if (this.isLevel) {
      this.#host.setStatus();
      void this.drive();
      return;
    }
    if ((this.#config & ENABLE) === 0) return;
    this.#level = false;
    void this.drive();
    this.#level = true;
    return this.drive();
  }

  /** Ticks that a busy host missed follow; of those missed by more than half a second the last one alone. */
  #nextPeriod(counter: bigint): void {
    if (this.#period === 0n) return this.#schedule(undefined);
    this.#advance(1n);
    const late = BigInt.asIntN(this.#bits, counter - this.#comparator);
    if (late > BigInt(MOST_MISSED / NANOSECONDS_PER_TICK) || this.#period < BigInt(SHORTEST / NANOSECONDS_PER_TICK)) return this.arm();
    this.#scheduleAfter(late > 0n ? 0n : -late);
  }

  #scheduleAfter(ticks: bigint): void {
    // Matches at a tick's beginning; further ones than any machine runs are not waited for.
    const { clock } = this.#host;
    const start = Math.floor(clock.now() / NANOSECONDS_PER_TICK);
    const target = start + Number(ticks);
    if (target * NANOSECONDS_PER_TICK > Number.MAX_SAFE_INTEGER) return this.#schedule(undefined);
    this.#schedule(Math.max(target * NANOSECONDS_PER_TICK, this.#matched + SHORTEST));
  }

  #schedule(due: number | undefined): void {
    this.#due = due;
    if (due === undefined) this.#match.disarm();
    else this.#match.arm(due);
  }
}
