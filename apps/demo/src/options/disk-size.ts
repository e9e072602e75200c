import { parseSize } from './memory-size.ts';
import { OptionError } from './option.ts';

const LEAST = 2 ** 20;
const MOST = 64 * 2 ** 30;

/** The size of a new disk, such as `64M`, in bytes. Throws an {@link OptionError}. */
export function parseDiskSize(text: string): number {
  const bytes = parseSize(text.trim());
  if (bytes === undefined || bytes < LEAST || bytes > MOST) throw new OptionError('size', text.slice(0, 40), 'a size such as 64M, from 1M to 64G');
  return bytes;
}
