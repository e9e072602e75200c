import type { TimerHandle } from '@ringzero/processor';

interface Timer extends TimerHandle {
  readonly order: number;
  readonly callback: () => void;
}

/** Timers by deadline; ties fire in the order of scheduling. A PC has a handful, so a sorted list is enough. */
export class TimerQueue {
  #timers: Timer[] = [];
  #order = 0;

  /** Deadline of the next timer, Infinity if there is none. */
  get next(): number {
    return this.#timers[0]?.deadline ?? Infinity;
  }

  schedule(deadline: number, callback: () => void): TimerHandle {
    const timer: Timer = {
      deadline,
      callback,
      order: this.#order++,
      cancel: () => {
        const at = this.#timers.indexOf(timer);
        if (at >= 0) this.#timers.splice(at, 1);
      },
    };
    let at = this.#timers.length;
    while (at > 0 && this.#timers[at - 1]!.deadline > deadline) at--;
    this.#timers.splice(at, 0, timer);
    return timer;
  }

  /** Runs the timers due at `now`, in order; those that they schedule in the past run as well. */
  run(now: number): void {
    this.#run(now, Infinity);
  }

  /** The same, but what they schedule waits for the next time, in the past or not: the guest sees one tick before the next. */
  runScheduled(now: number): void {
    if (this.next <= now) this.#run(now, this.#order);
  }

  #run(now: number, before: number): void {
    const isDue = (timer: Timer): boolean => timer.deadline <= now && timer.order < before;
    for (let at = this.#timers.findIndex(isDue); at >= 0; at = this.#timers.findIndex(isDue)) {
      const [timer] = this.#timers.splice(at, 1);
      timer?.callback();
    }
  }
}
