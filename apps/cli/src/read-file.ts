import { readFileSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { UsageError } from './usage-error.ts';

const REASONS: Readonly<Record<string, string>> = { ENOENT: 'no such file', EACCES: 'permission denied', EISDIR: 'is a directory' };

function failure(what: string, path: string, error: unknown): UsageError {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return new UsageError(`${what} ${path}: ${REASONS[code] ?? message}`);
}

/** Reads a file that the user named, or says in one line why it cannot be read. */
export async function readFileOrFail(what: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw failure(what, path, error);
  }
}

/** The bytes of a buffer, not copied. */
function bytesOf({ buffer, byteOffset, length }: Buffer): Uint8Array {
  return new Uint8Array(buffer, byteOffset, length);
}

/** A file that the user named, to be read whenever it is needed instead of being kept. What can be read only once (a pipe) is kept. */
export function openFile(what: string, path: string): () => Uint8Array {
  const read = (): Uint8Array => {
    try {
      return bytesOf(readFileSync(path));
    } catch (error) {
      throw failure(what, path, error);
    }
  };
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === true) return read;
  const content = read();
  return () => content;
}
