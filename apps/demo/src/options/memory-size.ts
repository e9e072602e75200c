import { OptionError } from './option.ts';

const MEGABYTE = 2 ** 20;
const UNITS: Readonly<Record<string, number>> = { K: 2 ** 10, M: MEGABYTE, G: 2 ** 30 };
/** What a page may ask for: a tab has less memory than a machine may have. */
const MOST = 2 ** 30;

/** `64M` in bytes, not rounded; undefined for what is no size. */
export function parseSize(text: string): number | undefined {
  const [, digits, unit = 'M'] = /^(\d{1,7})([KMG])?$/i.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits) * UNITS[unit.toUpperCase()]!;
}

/** `64M` in bytes. Throws an {@link OptionError}. */
export function parseMemorySize(text: string): number {
  const bytes = parseSize(text);
  if (bytes === undefined || bytes < MEGABYTE || bytes > MOST || bytes % 4096 !== 0) throw new OptionError('memory', text, 'a size such as 64M, from 1M to 1G');
  return bytes;
}

/** The inverse: the largest unit that divides it. */
export function formatMemorySize(bytes: number): string {
  for (const unit of ['G', 'M'] as const) if (bytes % UNITS[unit]! === 0) return `${bytes / UNITS[unit]!}${unit}`;
  return `${bytes / 1024}K`;
}
