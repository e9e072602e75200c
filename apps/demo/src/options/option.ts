import type { MachineConfig } from '@ringzero/machine';

/** One of the values to choose from. */
export interface Choice<T> {
  readonly value: T;
  readonly label: string;
}

/** A choice that the user has: a parameter of the URL, a field of the form, and a part of the machine's configuration. */
export interface Option<T> {
  readonly label: string;
  /** What it does, in one line. */
  readonly hint: string;
  readonly default: T;
  /** What the form offers; without it the form takes text. */
  readonly choices?: readonly Choice<T>[];
  /** Throws an {@link OptionError} that says what was expected. */
  parse(text: string): T;
  /** The inverse of `parse`. */
  format(value: T): string;
  /** What it decides of the machine's configuration. */
  configure?(value: T): Partial<MachineConfig>;
}

/** A value that cannot be: the message names the parameter, the value and what was expected. */
export class OptionError extends Error {
  constructor(name: string, text: string, expected: string) {
    super(`${name} "${text}": expected ${expected}`);
    this.name = 'OptionError';
  }
}

/** An option with a fixed set of names. */
export function choiceOption<T extends string>(name: string, rest: Omit<Option<T>, 'parse' | 'format' | 'choices'> & { readonly choices: readonly Choice<T>[] }): Option<T> {
  return {
    ...rest,
    parse(text) {
      const found = rest.choices.find(({ value }) => value === text);
      if (found === undefined) throw new OptionError(name, text, rest.choices.map(({ value }) => value).join(', '));
      return found.value;
    },
    format: (value) => value,
  };
}

/** An option that is a whole number. */
export function integerOption(name: string, least: number, most: number, rest: Omit<Option<number>, 'parse' | 'format'>): Option<number> {
  return {
    ...rest,
    parse(text) {
      const value = Number(text);
      if (!/^\d+$/.test(text) || value < least || value > most) throw new OptionError(name, text, `a whole number from ${least} to ${most}`);
      return value;
    },
    format: String,
  };
}
