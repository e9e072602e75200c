import type { Transfer, Transfers } from '@ringzero/devices';
import type { TimerHandle } from '@ringzero/processor';
import type { MachineClock } from './clock/machine-clock.ts';

/** What a request takes in virtual time: an SSD's latency, and a gigabyte per second. */
const LATENCY_NANOSECONDS = 20_000;
const NANOSECONDS_PER_BYTE = 1;

export interface TransfersHost {
  readonly clock: MachineClock;
  /** The guest must not go on before `work` is settled. */
  hold(work: Promise<void>): void;
  /** Timers are to be looked at soon: the host has done something. */
  wake(): void;
}

type Result = { readonly error?: unknown };

/** The machine's requests in progress. See {@link Transfers}. */
export class MachineTransfers implements Transfers {
  readonly #host: TransfersHost;
  #isRehearsal = false;

  constructor(host: TransfersHost) {
    this.#host = host;
  }

  /** What is started within `trial` is not begun, and never ends: the devices will be restored once more. */
  rehearse(trial: () => void): void {
    this.#isRehearsal = true;
    try {
      trial();
    } finally {
      this.#isRehearsal = false;
    }
  }

  start(work: () => void | Promise<void>, bytes: number, done: (error?: unknown) => void, due?: number): Transfer {
    const { clock } = this.#host;
    if (this.#isRehearsal) return { due: due ?? clock.now(), cancel: () => undefined };
    const isVirtual = clock.mode === 'virtual';
    const end = due ?? clock.now() + (isVirtual ? LATENCY_NANOSECONDS + Math.ceil(bytes * NANOSECONDS_PER_BYTE) : 0);
    let isCancelled = false;
    const finish = (result: Result): void => {
      if (!isCancelled) done(result.error);
    };
    const started = begin(work);
    if (!(started instanceof Promise)) {
      const timer = clock.schedule(end, () => finish(started));
      return { due: end, cancel: () => void ((isCancelled = true), timer.cancel()) };
    }
    let result: Result | undefined;
    const settled = started.then((value) => {
      result = value;
      if (isVirtual || isCancelled) return;
      clock.schedule(end, () => finish(value));
      this.#host.wake();
    });
    const timer = isVirtual ? this.#atVirtualEnd(end, settled, () => result, finish) : undefined;
    // What is cancelled is let go at once, with the device's buffers: a guest may cancel any number before their end comes.
    return { due: end, cancel: () => void ((isCancelled = true), timer?.cancel()) };
  }

  /** At its time the request ends; if the host is not done, no instruction is executed until it is. */
  #atVirtualEnd(end: number, settled: Promise<void>, result: () => Result | undefined, finish: (result: Result) => void): TimerHandle {
    const { clock } = this.#host;
    return clock.schedule(end, () => {
      const value = result();
      if (value !== undefined) return finish(value);
      // Not scheduled before it is settled: a timer in the past would run at once, again and again.
      this.#host.hold(settled.then(() => void clock.schedule(end, () => finish(result()!))));
    });
  }
}

/** Runs `work` as far as it goes by itself: its result, or the promise of it, which is never rejected. */
function begin(work: () => void | Promise<void>): Result | Promise<Result> {
  try {
    const promise = work();
    return promise === undefined ? {} : promise.then(() => ({}), (error: unknown) => ({ error }));
  } catch (error) {
    return { error };
  }
}
