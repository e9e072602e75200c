import type { AccessSize, VmClock } from '@ringzero/processor';

/** What every device may ask of the machine that owns it. */
export interface DeviceServices {
  /** The machine's time. A device asks nothing else what time it is. */
  readonly clock: VmClock;
}

/**
 * The part of a device that the machine's life cycle needs. `State` is a plain object that survives JSON.
 *
 * `restore` puts the device into exactly the saved state, cancels the timers of the old one, schedules those of the new
 * one against the clock (which is restored first), and drives its interrupt line again. Interrupt controllers
 * are therefore restored after every other device: their own saved state then overrides what the lines did.
 */
export interface Device<State> {
  /** The state after power-on or a system reset. */
  reset(): void;
  /** What decides all that it does from now on. */
  save(): State;
  /** Puts it into exactly this state. */
  restore(state: State): void;
}

/** All ones in `size` bytes: what a read that nobody answers gives. */
export function allOnes(size: AccessSize): number {
  return size === 4 ? 0xffffffff : size === 2 ? 0xffff : 0xff;
}
