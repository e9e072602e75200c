import type { Device } from '@ringzero/devices';
import { MachineError } from '../errors.ts';

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

  /** Throws a `MachineError` before anything changes if the state is of other devices. */
  check(state: ChipsetState): void {
    const has = Object.keys(state);
    const missing = this.names.filter((name) => !has.includes(name));
    const unknown = has.filter((name) => !this.#devices.has(name));
    if (missing.length > 0 || unknown.length > 0) {
      throw new MachineError('invalid-config', `snapshot of other devices: ${[...missing.map((name) => `no ${name} in it`), ...unknown.map((name) => `no ${name} in the machine`)].join(', ')}`);
    }
  }

  restore(state: ChipsetState): void {
    for (const [name, device] of this.#devices) device.restore(state[name]);
  }
}
