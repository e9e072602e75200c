import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { BlockError, reasonOf } from '../errors.ts';

/** How file systems say that they have no hard links. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];

/** Who holds a lock. */
interface Holder {
  readonly token: string;
  readonly host: string;
  readonly process: number;
  /** When that process started, where the system tells: another one may have its number today. */
  readonly started: string | undefined;
}

/**
 * A lock on an image: a file beside it that says who writes to it. What a process left behind that is gone does not count.
 *
 * It binds those who ask for it. Network file systems are served as far as host names differ.
 */
export class FileLock {
  readonly #path: string;
  readonly #token: string;

  private constructor(path: string, token: string) {
    this.#path = path;
    this.#token = token;
  }

  /**
   * Locks `image` for writing.
   * @throws BlockError `block-locked` if another writes to it, `block-open` if no lock can be made there.
   */
  static async acquire(image: string): Promise<FileLock> {
    const path = lockPath(image);
    const token = randomUUID();
    const holder: Holder = { token, host: hostname(), process: process.pid, started: startOf(process.pid) };
    const draft = `${path}.${token}`;
    const text = `${JSON.stringify(holder)}\n`;
    try {
      await writeFile(draft, text);
      try {
        for (;;) {
          if (await isPlaced(draft, path, text)) return new FileLock(path, token);
          await FileLock.requireFree(image);
          await removeStale(path, token);
        }
      } finally {
        await unlink(draft);
      }
    } catch (error) {
      if (BlockError.isInstance(error)) throw error;
      throw new BlockError('block-open', `file ${image} cannot be locked by ${path}: ${reasonOf(error)}`, { cause: error });
    }
  }

  /** @throws BlockError `block-locked` if somebody writes to `image`. */
  static async requireFree(image: string): Promise<void> {
    const path = lockPath(image);
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text === undefined) return;
    const holder = parseHolder(text);
    if (holder === undefined) throw new BlockError('block-locked', `file ${image}: its lock ${path} is not one of ours; remove it if nobody uses the image`);
    if (!isAlive(holder)) return;
    throw new BlockError('block-locked', `file ${image} is in use by process ${holder.process}${holder.host === hostname() ? '' : ` of ${holder.host}`}, which writes to it: end that one first (lock: ${path})`);
  }

  /** Gives the lock up; one that somebody else holds by now stays. */
  async release(): Promise<void> {
    const text = await readFile(this.#path, 'utf8').catch(() => undefined);
    if (text !== undefined && parseHolder(text)?.token === this.#token) await unlink(this.#path).catch(() => undefined);
  }
}

function lockPath(image: string): string {
  return `${image}.lock`;
}

/**
 * Puts the lock in its place if there is none: whole or not at all, where the file system has links. Elsewhere others may see it half
 * written, and then take it for somebody's.
 */
async function isPlaced(draft: string, path: string, text: string): Promise<boolean> {
  const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    if (!NO_LINKS.includes(codeOf(error) ?? '')) throw error;
  }
  try {
    await writeFile(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Takes a dead process's lock away. Where somebody else was faster and holds a new one, it is put back. */
async function removeStale(path: string, token: string): Promise<void> {
  const aside = `${path}.${token}.stale`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  const holder = parseHolder(await readFile(aside, 'utf8'));
  if (holder !== undefined && isAlive(holder)) await link(aside, path).catch(() => undefined);
  await unlink(aside);
}

function parseHolder(text: string): Holder | undefined {
  try {
    const value = JSON.parse(text) as Partial<Holder> | null;
    return typeof value?.token === 'string' && typeof value.host === 'string' && typeof value.process === 'number' ? (value as Holder) : undefined;
  } catch {
    return undefined;
  }
}

function isAlive({ host, process: id, started }: Holder): boolean {
  // Of another host nothing is known.
  if (host !== hostname()) return true;
  try {
    process.kill(id, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return started === undefined || startOf(id) === started;
}

/** When a process started, in ticks since the system did (Linux); undefined elsewhere. */
function startOf(id: number): string | undefined {
  try {
    // The name in parentheses may hold spaces; the start is field 22, the 20th behind it.
    return readFileSync(`/proc/${id}/stat`, 'utf8').split(') ').at(-1)!.split(' ')[19];
  } catch {
    return undefined;
  }
}
