import { readFile } from 'node:fs/promises';
import { UsageError } from './usage-error.ts';

const REASONS: Readonly<Record<string, string>> = { ENOENT: 'no such file', EACCES: 'permission denied', EISDIR: 'is a directory' };

/** Reads a file that the user named, or says in one line why it cannot be read. */
export async function readFileOrFail(what: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new UsageError(`${what} ${path}: ${REASONS[code] ?? message}`);
  }
}
