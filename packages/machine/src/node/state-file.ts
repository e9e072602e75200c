import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { MachineError } from '../errors.ts';
import type { Machine } from '../machine.ts';
import { readState, type ReadStateOptions, type SavedState } from '../snapshot/read-state.ts';
import { saveState, type SaveStateOptions, type StateReference } from '../snapshot/save-state.ts';

const READ_BYTES = 0x10_0000;
const REASONS: Readonly<Record<string, string>> = { ENOENT: 'no such file or folder', EACCES: 'permission denied', EISDIR: 'is a directory', ENOSPC: 'no space left on the device' };

function fileError(action: string, path: string, error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (typeof code !== 'string' || MachineError.isInstance(error)) return error;
  return new MachineError('invalid-state', `${action} ${path}: ${REASONS[code] ?? message}`, { cause: error });
}

/**
 * Saves a machine's state as a file: whole and durable when the promise is fulfilled, else `path` is what it was before.
 *
 * @returns what a following increment names as its base.
 * @throws MachineError if the file cannot be written, or as `saveState` does.
 */
export async function saveStateFile(machine: Machine, path: string, options: SaveStateOptions = {}): Promise<StateReference> {
  let reference: StateReference | undefined;
  const onSaved = (saved: StateReference): void => void (reference = saved);
  await writeFileAtomically(path, saveState(machine, { date: Date.now(), ...options, onSaved }));
  options.onSaved?.(reference!);
  return reference!;
}

/** Reads and verifies a file that `saveStateFile` wrote. Throws a `MachineError` that says what is wrong with it. */
export async function readStateFile(path: string, options: ReadStateOptions = {}): Promise<SavedState> {
  try {
    return await readState(createReadStream(path, { highWaterMark: READ_BYTES }), options);
  } catch (error) {
    if (MachineError.isInstance(error)) throw new MachineError('invalid-state', `${path}: ${error.message}`, { cause: error });
    throw fileError('saved state', path, error);
  }
}

/** Writes a file in its place: to a new one beside it, which takes its name when all of it has reached the disk. */
export async function writeFileAtomically(path: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const temporary = `${path}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    await writeDurably(temporary, bytes);
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true });
    throw fileError('cannot write', path, error);
  }
}

async function writeDurably(path: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const file: FileHandle = await open(path, 'wx');
  try {
    for await (const piece of bytes) await writeAll(file, piece);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) done += (await file.write(bytes, done)).bytesWritten;
}

/** The new name must reach the disk as well. Not every system can say so. */
async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r');
    await folder.sync().finally(() => folder.close());
  } catch {
    // The file itself is whole.
  }
}
