import type { TimerHandle, VmClock } from '@ringzero/processor';

/** Nanoseconds of one tick undivided: the timer's input is a 100 MHz bus clock. */
const TICK = 10;
/** Periods from which a periodic timer is taken for a guest's tick, and how late a host may be and still make up for it. */
const SHORTEST_TICK = 500_000;
const MOST_LATE = 500_000_000;
/** When it looks again whether the guest has taken the tick before. */
const LOOK_AGAIN = 250_000;

/** What the timer asks of its APIC. */
export interface ApicTimerHost {
  /** Its interrupt. */
  expire(): void;
  /** Whether the last one has not been taken yet: another would merge with it. */
  isWaiting(): boolean;
}

/**
 * The local APIC's timer (vol. 3A §10.5.4), one-shot or periodic. Nothing counts: the current count derives from the
 * clock, and the clock calls when it reaches zero.
 */
export class ApicTimer {
  readonly #clock: VmClock;
  /** Time of the current instruction. */
  readonly #now: () => number;
  readonly #host: ApicTimerHost;
  #handle: TimerHandle | null = null;
  #initial = 0;
  #start = 0;
  /** Nanoseconds per count. */
  #tick: number = TICK;
  #periodic = false;
  /** When the guest was last seen to take its ticks. */
  #taken = 0;

  constructor(clock: VmClock, now: () => number, host: ApicTimerHost) {
    this.#clock = clock;
    this.#now = now;
    this.#host = host;
  }

  /** Starts at `count`; counting down to 0 from `initial` again when periodic. `initial` 0 stops it. */
  start(initial: number, count: number, divide: number, periodic: boolean): void {
    this.#cancel();
    this.#initial = initial;
    this.#periodic = periodic;
    this.#tick = TICK << divideShift(divide);
    this.#taken = this.#now();
    this.#start = this.#now() - (initial - count) * this.#tick;
    if (initial === 0 || (!periodic && count === 0)) return;
    this.#arm(this.#start + initial * this.#tick);
  }

  /** Nanoseconds since the current count began. */
  get phase(): number {
    return this.#initial === 0 ? 0 : Math.max(0, this.#now() - this.#start) % this.#tick;
  }

  /** The current count began so many nanoseconds ago: the timer was started at it in the middle. */
  set phase(nanoseconds: number) {
    if (this.#handle === null || nanoseconds === 0) return;
    this.#cancel();
    this.#start -= Math.min(nanoseconds, this.#tick - 1);
    this.#arm(this.#start + this.#initial * this.#tick);
  }

  stop(): void {
    this.#cancel();
    this.#initial = 0;
  }

  /** The current count. */
  current(): number {
    if (this.#initial === 0) return 0;
    const elapsed = Math.max(0, Math.floor((this.#now() - this.#start) / this.#tick));
    if (!this.#periodic) return Math.max(0, this.#initial - elapsed);
    return this.#initial - (elapsed % this.#initial);
  }

  #arm(deadline: number, time: number = deadline): void {
    this.#handle = this.#clock.schedule(time, () => {
      this.#handle = null;
      if (this.#periodic) {
        const period = this.#initial * this.#tick;
        if (this.#isHeldBack(period)) return this.#arm(deadline, this.#clock.now() + LOOK_AGAIN);
        this.#arm(deadline + (this.#merged(deadline, period) + 1) * period);
      }
      this.#host.expire();
    });
  }

  /** A tick waits for the one before it, unless the guest takes none at all. */
  #isHeldBack(period: number): boolean {
    if (!this.#isTick(period)) return false;
    const now = this.#clock.now();
    if (this.#host.isWaiting()) return now - this.#taken < MOST_LATE;
    this.#taken = now;
    return false;
  }

  /** Whether the guest measures time by it, on a host that may be busy. */
  #isTick(period: number): boolean {
    return this.#clock.mode === 'real' && period >= SHORTEST_TICK;
  }

  /**
   * How many periods that went by unnoticed merge into one, as they would in the IRR: all, but for those of a guest's ticks that a
   * busy host is late with. They follow one by one, since the guest counts them to measure time.
   */
  #merged(deadline: number, period: number): number {
    const late = this.#clock.now() - deadline;
    if (this.#isTick(period) && late < MOST_LATE) return 0;
    return Math.max(0, Math.floor(late / period));
  }

  #cancel(): void {
    this.#handle?.cancel();
    this.#handle = null;
  }
}

/** Log2 of the divisor that the divide configuration register names (vol. 3A figure 10-10). */
function divideShift(divide: number): number {
  return ((((divide >>> 1) & 4) | (divide & 3)) + 1) & 7;
}
