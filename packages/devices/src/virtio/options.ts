import { RingzeroError } from '@ringzero/processor';
import type { DeviceOptions } from '../bus/slot.ts';
import type { VirtioPciOptions } from './virtio-pci.ts';

function fail(type: string, name: string, value: unknown, expected: string): never {
  throw new RingzeroError('device-option', `device type "${type}": ${name} is ${JSON.stringify(value)}, expected ${expected}`);
}

/** Reads a device type's options; each error names the type, the option, its value and what was expected. */
export class OptionReader {
  readonly #type: string;
  readonly #options: DeviceOptions;

  /** `known` are the names that there may be. */
  constructor(type: string, options: DeviceOptions, known: readonly string[]) {
    this.#type = type;
    this.#options = options;
    for (const name of Object.keys(options)) {
      if (!known.includes(name)) fail(type, name, options[name], `no such option; known are ${known.join(', ')}`);
    }
  }

  boolean(name: string): boolean {
    const value = this.#options[name] ?? false;
    return typeof value === 'boolean' ? value : fail(this.#type, name, value, 'true or false');
  }

  text(name: string, fallback?: string): string {
    const value = this.#options[name] ?? fallback;
    return typeof value === 'string' ? value : fail(this.#type, name, value ?? null, 'a text');
  }

  integer(name: string, least: number, most: number, fallback: number): number {
    const value = this.#options[name] ?? fallback;
    return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most ? value : fail(this.#type, name, value, `a whole number from ${least} to ${most}`);
  }
}

/** Options that all virtio devices have. */
export const VIRTIO_OPTIONS: readonly string[] = ['disableModern', 'disableLegacy'];

/** Which interfaces a device is to have. */
export function interfaceOptions(type: string, reader: OptionReader): VirtioPciOptions {
  const options = { disableModern: reader.boolean('disableModern'), disableLegacy: reader.boolean('disableLegacy') };
  if (options.disableModern && options.disableLegacy) fail(type, 'disableLegacy', true, 'one of the two interfaces to remain');
  return options;
}
