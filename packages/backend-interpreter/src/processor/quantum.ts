import type { VmClock } from '@ringzero/processor';
import { BUDGET, type Vp } from '@ringzero/x86-semantics';
import { hostMilliseconds } from './host-clock.ts';

/** Host time that a stretch of execution should take, and after which the event loop gets its turn, in milliseconds. */
const TARGET_MILLISECONDS = 1.5;
const TURN_MILLISECONDS = 4;
const SMALLEST = 2_000;
const LARGEST = 4_000_000;
/** Grants differ by up to this many instructions, a prime number. */
const PHASES = 13;

/** How long to execute before looking at stops, timers and the host. Bounds adapt to the speed seen; virtual time does not depend on them. */
export class Quantum {
  readonly #clock: VmClock;
  #instructions = 50_000;
  #granted = 0;
  #phase = 0;
  #began = 0;
  /** Undefined before the first run, which begins at once. */
  #lastTurn: number | undefined;

  constructor(clock: VmClock) {
    this.#clock = clock;
  }

  /** Whether the host's event loop waits too long. */
  isTurnDue(): boolean {
    const now = hostMilliseconds();
    this.#lastTurn ??= now;
    return now - this.#lastTurn > TURN_MILLISECONDS;
  }

  turned(): void {
    this.#lastTurn = hostMilliseconds();
  }

  /**
   * Instructions that the VP may retire now. Not always as many: a loop that frees a lock for a few instructions would else be left
   * at the same one of its instructions each time, and another VP that waits for the lock never find it free.
   */
  begin(): number {
    this.#began = hostMilliseconds();
    this.#phase = (this.#phase + 1) % PHASES;
    this.#granted = Math.max(1, Math.min(this.#clock.quantum(), this.#instructions - this.#phase));
    return this.#granted;
  }

  /**
   * A device was touched: a timer may be due sooner than the budget says. Syncs the clock. A device may also take the host long, and
   * a guest touch it again and again: the host's event loop then has its turn.
   */
  shorten(vp: Vp): void {
    vp.syncClock(vp.R[BUDGET]);
    const isOver = hostMilliseconds() - this.#began > TURN_MILLISECONDS;
    const most = isOver ? 0 : this.#clock.quantum();
    if (most < vp.R[BUDGET]) vp.setBudget(Math.max(0, most));
  }

  end(): void {
    const took = hostMilliseconds() - this.#began;
    // Also where the clock granted less: a guest that waits for ticks in a loop of slow instructions would get too few of them.
    if (took > 2 * TARGET_MILLISECONDS) this.#instructions = Math.max(SMALLEST, Math.min(this.#instructions, this.#granted) >>> 1);
    else if (this.#granted < this.#instructions - this.#phase) return;
    else if (took < TARGET_MILLISECONDS / 2) this.#instructions = Math.min(LARGEST, this.#instructions * 2);
  }
}
