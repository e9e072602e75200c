/** A wait may end late by this part of the time that the guest has been idle. */
const PART = 32;
/** The most that it ends late, in nanoseconds: 20 wake-ups a second instead of a guest's 100 to 1,000 ticks. */
const MOST = 50_000_000;
/** Hosts' timers may end a little early. */
const EARLY = 1_000_000;
/** Instructions between two waits from which the guest is at work; a tick of Linux takes some 4,000, three merged ones 6,000. */
const WORK = 30_000;

/**
 * How late the timers of an idle guest may be. A kernel without tickless idle (Debian's for i386 is built with
 * CONFIG_HZ_PERIODIC) wakes some hundred times a second to look at a clock, and each time costs the host far more than the
 * guest's few thousand instructions do when they are warm. A guest that has done nothing for a while is woken for several
 * ticks at once: its kernel counts those that it missed by its clock, as it does behind any host that is busy.
 *
 * Whatever comes from outside ends a wait at once; that, and work, make timers exact again.
 */
export class IdleSlack {
  #since: number | undefined;
  #wakeAt = 0;
  #work = 0;

  /** Instructions that some processor retired. */
  noteWork(instructions: number): void {
    this.#work += instructions;
  }

  /** The guest waits from `now` to `deadline`: until when the host may sleep. */
  extend(now: number, deadline: number): number {
    // Woken sooner than it asked for: something came from outside.
    if (this.#work > WORK || now < this.#wakeAt - EARLY) this.#since = undefined;
    this.#work = 0;
    this.#since ??= now;
    this.#wakeAt = deadline <= now ? deadline : deadline + Math.min(MOST, (now - this.#since) / PART);
    return this.#wakeAt;
  }
}
