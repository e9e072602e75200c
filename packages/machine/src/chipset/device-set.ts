import type { Device } from '@ringzero/devices';
import { MachineError } from '../errors.ts';
import { checkShape, requireSame } from '../snapshot/state-shape.ts';

/** States of the devices, by their names: survives JSON. */
export type ChipsetState = Readonly<Record<string, unknown>>;

/** A machine's devices by name, in the order in which they are restored. */
export class DeviceSet {
  readonly #devices = new Map<string, Device<unknown>>();

  /** Throws a `MachineError` if the name is taken. */
  add<D extends Device<unknown>>(name: string, device: D): D {
    if (this.#devices.has(name)) throw new MachineError('invalid-config', `device "${name}": there is one of this name already; give it another id`);
    this.#devices.set(name, device);
    return device;
  }

  get(name: string): Device<unknown> | undefined {
    return this.#devices.get(name);
  }

  get names(): readonly string[] {
    return [...this.#devices.keys()];
  }

  reset(): void {
    for (const device of this.#devices.values()) device.reset();
  }

  save(): ChipsetState {
    return Object.fromEntries([...this.#devices].map(([name, device]) => [name, device.save()]));
  }

  get stateVersions(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#devices].map(([name, device]) => [name, device.stateVersion ?? 1]));
  }

  /** Makes states of `versions` today's. Throws a `MachineError` where a device knows no way. */
  upgrade(state: ChipsetState, versions: Readonly<Record<string, number>>): ChipsetState {
    const upgraded = Object.entries(state).map(([name, saved]) => {
      const device = this.#devices.get(name);
      const version = Object.hasOwn(versions, name) ? versions[name] : 1;
      const own = device?.stateVersion ?? 1;
      if (device === undefined || version === own) return [name, saved];
      if (version === undefined || version > own || device.upgrade === undefined) {
        throw new MachineError('invalid-state', `state of device ${name} has version ${String(version)}: this Ringzero's device has version ${own}, and cannot read the other`);
      }
      return [name, device.upgrade(saved, version)];
    });
    return Object.fromEntries(upgraded) as ChipsetState;
  }

  /** Throws a `MachineError`, before anything changes, if the state is of other devices or has not the form of theirs. */
  check(state: ChipsetState): void {
    if (typeof state !== 'object' || state === null) throw new MachineError('invalid-state', 'saved state: it has no devices');
    const has = Object.keys(state);
    const missing = this.names.filter((name) => !has.includes(name));
    const unknown = has.filter((name) => !this.#devices.has(name));
    if (missing.length > 0 || unknown.length > 0) {
      throw new MachineError('invalid-config', `snapshot of other devices: ${[...missing.map((name) => `no ${name} in it`), ...unknown.map((name) => `no ${name} in the machine`)].join(', ')}`);
    }
    for (const [name, device] of this.#devices) {
      if (device.checkState === undefined) checkShape(device.save(), state[name], name);
      else device.checkState(state[name]);
    }
  }

  /** Restores them, and throws a `MachineError` if one is not then in the state that it was given. */
  restoreExactly(state: ChipsetState): void {
    this.restore(state);
    for (const [name, device] of this.#devices) requireSame(state[name], device.save(), name);
  }

  restore(state: ChipsetState): void {
    for (const [name, device] of this.#devices) device.restore(state[name]);
  }
}
