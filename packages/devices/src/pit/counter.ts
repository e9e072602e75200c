import { requireInRange } from '../bus/state-range.ts';

/** State of one counter. Times are ticks of the 1.193182 MHz oscillator since the VM was created. */
export interface CounterState {
  readonly mode: number;
  /** 1: low byte only, 2: high byte only, 3: low then high. */
  readonly access: number;
  readonly bcd: boolean;
  readonly gate: boolean;
  /** Initial count, 1–65536. */
  readonly count: number;
  /** Tick at which the count was loaded, −1 while the counter waits for a count or a trigger. */
  readonly loadedAt: number;
  /** Ticks that had passed when the gate stopped the counter, −1 while it runs. */
  readonly stoppedAfter: number;
  /** In the periodic modes: the count that replaces `count` at tick `nextAt`; 0 for none. */
  readonly nextCount: number;
  readonly nextAt: number;
  /** The low byte of a two-byte write that waits for its high byte, −1 for none. */
  readonly writtenLow: number;
  /** Whether the next unlatched read of a two-byte count gives the high byte. */
  readonly readHigh: boolean;
  readonly latchedCount: number;
  readonly latchedStatus: number;
}

const INITIAL: CounterState = {
  mode: 0, access: 3, bcd: false, gate: true, count: 0x10000, loadedAt: -1, stoppedAfter: -1, nextCount: 0, nextAt: 0,
  writtenLow: -1, readHigh: false, latchedCount: -1, latchedStatus: -1,
};

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function fromBcd(value: number): number {
  return (value >> 12) * 1000 + ((value >> 8) & 15) * 100 + ((value >> 4) & 15) * 10 + (value & 15);
}

function toBcd(value: number): number {
  return (Math.floor(value / 1000) << 12) | (Math.floor((value / 100) % 10) << 8) | (Math.floor((value / 10) % 10) << 4) | (value % 10);
}

/**
 * One counter of an Intel 8254 (data sheet 231164), computed: count and output are functions of the tick at which the
 * count was loaded, so that an idle counter costs nothing. `now` is the current tick in every call.
 */
export class Counter {
  #state: Mutable<CounterState>;

  constructor(gate: boolean) {
    this.#state = { ...INITIAL, gate };
  }

  /** Counting mode, 0–5. */
  get mode(): number {
    return this.#state.mode;
  }

  /** Control word with the access, mode and BCD fields. */
  control(value: number): void {
    const state = this.#state;
    const mode = (value >> 1) & 7;
    this.#state = {
      ...INITIAL, gate: state.gate, count: state.count, mode: mode > 5 ? mode - 4 : mode, access: (value >> 4) & 3, bcd: (value & 1) !== 0,
    };
  }

  write(value: number, now: number): void {
    const state = this.#state;
    if (state.access === 3) {
      if (state.writtenLow < 0) {
        state.writtenLow = value;
        // In mode 0 the first byte stops the count (data sheet, mode 0).
        if (state.mode === 0) state.loadedAt = -1;
        return;
      }
      const count = (value << 8) | state.writtenLow;
      state.writtenLow = -1;
      this.#load(count, now);
    } else {
      this.#load(state.access === 2 ? value << 8 : value, now);
    }
  }

  read(now: number): number {
    const state = this.#state;
    if (state.latchedStatus >= 0) {
      const status = state.latchedStatus;
      state.latchedStatus = -1;
      return status;
    }
    const latched = state.latchedCount >= 0;
    const value = latched ? state.latchedCount : this.#currentCount(now);
    if (state.access !== 3) {
      state.latchedCount = -1;
      return state.access === 2 ? value >> 8 : value & 0xff;
    }
    const high = state.readHigh;
    state.readHigh = !high;
    if (high) state.latchedCount = -1;
    return high ? value >> 8 : value & 0xff;
  }

  /** Counter latch command; a second one before the read is ignored. */
  latchCount(now: number): void {
    if (this.#state.latchedCount < 0) this.#state.latchedCount = this.#currentCount(now);
  }

  /** Read-back of the status byte. */
  latchStatus(now: number): void {
    const state = this.#state;
    if (state.latchedStatus >= 0) return;
    this.#settle(now);
    const waiting = state.loadedAt < 0 || now < state.loadedAt || state.nextCount !== 0;
    state.latchedStatus =
      (this.output(now) ? 0x80 : 0) | (waiting ? 0x40 : 0) | (state.access << 4) | (state.mode << 1) | (state.bcd ? 1 : 0);
  }

  setGate(level: boolean, now: number): void {
    const state = this.#state;
    if (level === state.gate) return;
    this.#settle(now);
    state.gate = level;
    if (state.mode === 0 || state.mode === 4) {
      this.#pause(!level, now);
    } else if (state.mode === 2 || state.mode === 3) {
      if (level && state.loadedAt >= 0) this.#start(now);
      else if (!level) this.#pause(true, now);
    } else if (level) {
      this.#start(now);
    }
  }

  /** The OUT pin. */
  output(now: number): boolean {
    this.#settle(now);
    const state = this.#state;
    const { mode, count } = state;
    if (state.loadedAt < 0) return mode !== 0;
    const elapsed = this.#elapsed(now);
    switch (mode) {
      case 0:
        return elapsed >= count;
      case 1:
        return elapsed < 0 || elapsed >= count;
      case 2:
        return !state.gate || elapsed < 0 || elapsed % count !== count - 1;
      case 3:
        return !state.gate || elapsed < 0 || elapsed % count < (count + 1) >> 1;
      default:
        return elapsed !== count;
    }
  }

  /**
   * The next tick after `now` at which OUT rises; −1 for never. The rise ends a low pulse of one tick in modes 2, 4 and 5.
   */
  nextRise(now: number): number {
    this.#settle(now);
    const { mode, count, loadedAt, stoppedAfter, nextCount, nextAt } = this.#state;
    if (loadedAt < 0 || stoppedAfter >= 0) return -1;
    if (mode === 2 || mode === 3) {
      if (nextCount !== 0) return nextAt;
      return now < loadedAt ? loadedAt + count : loadedAt + (Math.floor((now - loadedAt) / count) + 1) * count;
    }
    const rise = loadedAt + count + (mode >= 4 ? 1 : 0);
    return rise > now ? rise : -1;
  }

  reset(): void {
    this.#state = { ...INITIAL, gate: this.#state.gate };
  }

  save(): CounterState {
    return { ...this.#state };
  }

  restore(state: CounterState): void {
    // Times are divided by counts: a count that no guest can have set would stop the host.
    requireInRange('PIT count', state.count, 1, 0x10000);
    requireInRange('PIT next count', state.nextCount, 0, 0x10000);
    requireInRange('PIT mode', state.mode, 0, 5);
    for (const tick of [state.loadedAt, state.nextAt, state.stoppedAfter]) requireInRange('PIT tick', tick, -1, Number.MAX_SAFE_INTEGER);
    this.#state = { ...state };
  }

  #load(value: number, now: number): void {
    const state = this.#state;
    const count = state.bcd ? fromBcd(value) || 10000 : value || 0x10000;
    this.#settle(now);
    if ((state.mode === 2 || state.mode === 3) && state.loadedAt >= 0 && state.stoppedAfter < 0) {
      state.nextAt = this.nextRise(now);
      state.nextCount = count;
      return;
    }
    state.count = count;
    // A hardware-triggered mode waits for its gate to rise; a count written later counts from the next trigger.
    if (state.mode === 1 || state.mode === 5) return;
    this.#start(now);
    if (!state.gate) state.stoppedAfter = 0;
  }

  #start(now: number): void {
    const state = this.#state;
    if (state.nextCount !== 0) state.count = state.nextCount;
    state.nextCount = 0;
    // The count passes from the register into the counter at the next clock pulse.
    state.loadedAt = now + 1;
    state.stoppedAfter = -1;
  }

  #pause(stop: boolean, now: number): void {
    const state = this.#state;
    if (state.loadedAt < 0) return;
    if (stop) {
      state.stoppedAfter = Math.max(0, now - state.loadedAt);
    } else if (state.stoppedAfter >= 0) {
      state.loadedAt = now - state.stoppedAfter;
      state.stoppedAfter = -1;
    }
  }

  /** Takes over a new count of a periodic mode whose time has come. */
  #settle(now: number): void {
    const state = this.#state;
    if (state.nextCount === 0 || now < state.nextAt) return;
    state.count = state.nextCount;
    state.loadedAt = state.nextAt;
    state.nextCount = 0;
  }

  #elapsed(now: number): number {
    const state = this.#state;
    return state.stoppedAfter >= 0 ? state.stoppedAfter : now - state.loadedAt;
  }

  #currentCount(now: number): number {
    this.#settle(now);
    const { mode, count, bcd, loadedAt } = this.#state;
    const elapsed = loadedAt < 0 ? 0 : Math.max(0, this.#elapsed(now));
    const modulus = bcd ? 10000 : 0x10000;
    let value: number;
    if (mode === 2) {
      value = count - (elapsed % count);
    } else if (mode === 3) {
      const phase = elapsed % count;
      const half = (count + 1) >> 1;
      value = (count & ~1) - 2 * (phase < half ? phase : phase - half);
    } else {
      value = (((count - elapsed) % modulus) + modulus) % modulus;
    }
    value %= modulus;
    return bcd ? toBcd(value) : value;
  }
}
