import { RingzeroError } from '@ringzero/processor';
import type { DeviceOptions } from './slot.ts';

/** @throws RingzeroError `device-option`, always. */
export function failOption(type: string, name: string, value: unknown, expected: string): never {
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
      if (!known.includes(name)) failOption(type, name, options[name], `no such option; known are ${known.join(', ')}`);
    }
  }

  /** An option that is true or false. */
  boolean(name: string): boolean {
    const value = this.#options[name] ?? false;
    return typeof value === 'boolean' ? value : failOption(this.#type, name, value, 'true or false');
  }

  /** An option that is a text. */
  text(name: string, fallback?: string): string {
    const value = this.#options[name] ?? fallback;
    return typeof value === 'string' ? value : failOption(this.#type, name, value ?? null, 'a text');
  }

  /** An option that is an integer in a range. */
  integer(name: string, least: number, most: number, fallback: number): number {
    const value = this.#options[name] ?? fallback;
    return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most ? value : failOption(this.#type, name, value, `a whole number from ${least} to ${most}`);
  }
}
