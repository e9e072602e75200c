import type { AccessSize, VmClock } from '@ringzero/processor';

/** What every device may ask of the machine that owns it. */
export interface DeviceServices {
  /** The machine's time. A device asks nothing else what time it is. */
  readonly clock: VmClock;
}

/**
 * The part of a device that the machine's life cycle needs. `State` is a plain object that survives JSON, numbers finite, a field
 * always of one kind. Saved states may come from anywhere: a device refuses numbers on which its loops or divisions rely, and the
 * machine refuses a state if the device, restored, would not save the very same.
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
  /** Puts it into exactly this state. Throws for one that cannot be restored, best before anything has changed. The machine then goes back to what it was. */
  restore(state: State): void;
  /** Version of the state's form; 1 if left out. */
  readonly stateVersion?: number;
  /** Makes a state of an older version one of today's, if it can. Throws if that is malformed. */
  upgrade?(state: unknown, version: number): State;
  /** Throws for a state that this device cannot have saved: in place of the machine's own comparison, for states of varying form. */
  checkState?(state: unknown): void;
}

/** All ones in `size` bytes: what a read that nobody answers gives. */
export function allOnes(size: AccessSize): number {
  return size === 4 ? 0xffffffff : size === 2 ? 0xffff : 0xff;
}
