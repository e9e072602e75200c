import { DEFAULT_OPTIONS, OPTION_NAMES, optionNamed, type Options } from './options.ts';

/** What a query string asks for, and what of it cannot be: those stay at their defaults. */
export interface ParsedOptions {
  readonly options: Options;
  readonly problems: readonly string[];
}

/** Parameters that are none of ours are left alone. */
export function parseOptions(query: string): ParsedOptions {
  const parameters = new URLSearchParams(query);
  const options: Record<string, unknown> = { ...DEFAULT_OPTIONS };
  const problems: string[] = [];
  for (const name of OPTION_NAMES) {
    const text = parameters.get(name);
    if (text === null) continue;
    try {
      options[name] = optionNamed(name).parse(text);
    } catch (error) {
      problems.push((error as Error).message);
    }
  }
  return { options: options as unknown as Options, problems };
}

/** The query string of the options: defaults are left out, and what else `query` had is kept. */
export function formatOptions(options: Options, query: string = ''): string {
  const parameters = new URLSearchParams(query);
  for (const name of OPTION_NAMES) {
    const option = optionNamed(name);
    if (options[name] === option.default) parameters.delete(name);
    else parameters.set(name, option.format(options[name]));
  }
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}
